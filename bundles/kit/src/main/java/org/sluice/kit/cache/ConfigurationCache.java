// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.cache;

/**
 * What a unit's configuration structures said of a requester and its PASID. An entry lives until it is displaced or all are
 * invalidated, however memory changes.
 *
 * <p>Direct-mapped. A slot is replaced as a whole, so that searches need no lock; a search that runs beside an invalidation may still
 * find the old entry, one that begins after it does not. Nothing is allocated where an entry is found.
 *
 * @param <C> an immutable configuration
 */
public final class ConfigurationCache<C> {
    private static final int LOG2_SLOTS = 10;
    private static final int HASH = 0x9e37_79b1;

    private final Source<C> source;
    private volatile Slot[] slots = new Slot[1 << LOG2_SLOTS];

    /** Reads the structures themselves. */
    @FunctionalInterface
    public interface Source<C> {
        C find(int requester, int pasid);
    }

    private record Slot(int requester, int pasid, Object configuration) {
    }

    public ConfigurationCache(Source<C> source) {
        this.source = source;
    }

    @SuppressWarnings("unchecked")
    public C find(int requester, int pasid) {
        Slot[] now = slots;
        int index = (requester * 31 + pasid) * HASH >>> Integer.SIZE - LOG2_SLOTS;
        Slot slot = now[index];
        if (slot == null || slot.requester != requester || slot.pasid != pasid) {
            slot = new Slot(requester, pasid, source.find(requester, pasid));
            now[index] = slot;
        }
        return (C) slot.configuration;
    }

    /** Drops everything. A look-up that began before fills slots that nobody reads any more. */
    public void invalidate() {
        slots = new Slot[1 << LOG2_SLOTS];
    }
}
