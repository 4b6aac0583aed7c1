// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.model;

import org.sluice.backend.vtd.lookup.ConfigurationLookup;
import org.sluice.backend.vtd.lookup.Finding;
import org.sluice.backend.vtd.lookup.Finding.PassThrough;
import org.sluice.backend.vtd.lookup.Finding.Translated;

/**
 * Context and PASID caches in one (section 6.2.2): what the configuration structures said of a source id and PASID. An entry lives
 * until it is invalidated or displaced, however memory changes. What blocks is not kept: a unit without caching mode (CAP.CM) sees
 * an entry that becomes present at once.
 *
 * <p>Direct-mapped. A slot is replaced as a whole, so that searches need no lock; a search that runs beside an invalidation may
 * still find the old entry, one that begins after it does not. Invalidations are serialised by the caller.
 */
final class ContextCache {
    private static final int LOG2_SLOTS = 10;
    private static final int HASH = 0x9e37_79b1;

    private volatile ConfigurationLookup lookup;
    private volatile Slot[] slots = new Slot[1 << LOG2_SLOTS];

    /** Chooses entries. */
    @FunctionalInterface
    interface Choice {
        /**
         * @param pasid whose table entry was used, or -1 if none was
         */
        boolean drops(int sourceId, int pasid, int domain);
    }

    private record Slot(int sourceId, int pasid, Finding finding) {
        boolean dropped(Choice choice) {
            return finding instanceof Translated table ? choice.drops(sourceId, table.pasid(), table.domain())
                    : finding instanceof PassThrough pass && choice.drops(sourceId, pass.pasid(), pass.domain());
        }
    }

    ContextCache(ConfigurationLookup lookup) {
        this.lookup = lookup;
    }

    /** Other tables from now on; what is cached stays. */
    void use(ConfigurationLookup newLookup) {
        lookup = newLookup;
    }

    Finding find(int sourceId, int pasid) {
        Slot[] now = slots;
        int index = (sourceId * 31 + pasid) * HASH >>> Integer.SIZE - LOG2_SLOTS;
        Slot slot = now[index];
        if (slot != null && slot.sourceId == sourceId && slot.pasid == pasid) {
            return slot.finding;
        }
        Finding finding = lookup.find(sourceId, pasid);
        if (finding instanceof Translated || finding instanceof PassThrough) {
            now[index] = new Slot(sourceId, pasid, finding);
        }
        return finding;
    }

    /** Another object after each invalidation. */
    Object epoch() {
        return slots;
    }

    /** Drops everything. A look-up that began before fills slots that nobody reads any more. */
    void invalidate() {
        slots = new Slot[1 << LOG2_SLOTS];
    }

    /** Drops what {@code choice} says; as much work however much is cached. */
    void invalidate(Choice choice) {
        Slot[] old = slots;
        Slot[] kept = new Slot[old.length];
        for (int i = 0; i < old.length; i++) {
            Slot slot = old[i];
            kept[i] = slot == null || slot.dropped(choice) ? null : slot;
        }
        slots = kept;
    }
}
