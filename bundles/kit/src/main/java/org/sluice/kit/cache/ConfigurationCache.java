// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.cache;

import java.util.function.Predicate;

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
    private final Predicate<C> kept;
    private volatile Slot[] slots = new Slot[1 << LOG2_SLOTS];

    /** Reads the structures themselves. */
    @FunctionalInterface
    public interface Source<C> {
        C find(int requester, int pasid);
    }

    private record Slot(int requester, int pasid, Object configuration) {
    }

    /** Chooses what an invalidation drops. */
    @FunctionalInterface
    public interface Choice<C> {
        boolean drops(int requester, int pasid, C configuration);
    }

    public ConfigurationCache(Source<C> source) {
        this(source, configuration -> true);
    }

    /** @param kept which configurations are cached; others are read again each time */
    public ConfigurationCache(Source<C> source, Predicate<C> kept) {
        this.source = source;
        this.kept = kept;
    }

    @SuppressWarnings("unchecked")
    public C find(int requester, int pasid) {
        Slot[] now = slots;
        int index = (requester * 31 + pasid) * HASH >>> Integer.SIZE - LOG2_SLOTS;
        Slot slot = now[index];
        if (slot == null || slot.requester != requester || slot.pasid != pasid) {
            C found = source.find(requester, pasid);
            if (kept.test(found)) {
                now[index] = new Slot(requester, pasid, found);
            }
            return found;
        }
        return (C) slot.configuration;
    }

    /** Another object after each invalidation: what was found under an older one may be gone. */
    public Object epoch() {
        return slots;
    }

    /** Drops everything. A look-up that began before fills slots that nobody reads any more. */
    public void invalidate() {
        slots = new Slot[1 << LOG2_SLOTS];
    }

    /** Drops what {@code choice} says; invalidations are serialised by the caller. As much work however much is cached. */
    @SuppressWarnings("unchecked")
    public void invalidate(Choice<C> choice) {
        Slot[] old = slots;
        Slot[] left = new Slot[old.length];
        for (int i = 0; i < old.length; i++) {
            Slot slot = old[i];
            left[i] = slot == null || choice.drops(slot.requester, slot.pasid, (C) slot.configuration) ? null : slot;
        }
        slots = left;
    }
}
