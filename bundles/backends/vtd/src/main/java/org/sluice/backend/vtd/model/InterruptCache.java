// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.model;

import org.sluice.backend.vtd.layout.InterruptEntry;
import org.sluice.kit.layout.Structure;
import org.sluice.machine.PhysicalMemory;

/**
 * The interrupt entry cache (section 6.2.4): an entry lives until it is invalidated or displaced, however memory changes. Entries that
 * are not present are not kept, so one that becomes present counts at once.
 *
 * <p>Direct-mapped; searches need no lock. One that runs beside an invalidation may still find the old entry, one that begins after it
 * does not. Invalidations are serialised by the caller.
 */
final class InterruptCache {
    private static final int SLOTS = 1 << 10;

    private final PhysicalMemory memory;
    private volatile Slot[] slots = new Slot[SLOTS];

    private record Slot(int index, Structure entry) {
    }

    InterruptCache(PhysicalMemory memory) {
        this.memory = memory;
    }

    /** The entry with that index, which is at {@code address} in memory if it is not cached. */
    Structure find(int index, long address) {
        Slot[] now = slots;
        int place = index & SLOTS - 1;
        Slot slot = now[place];
        if (slot != null && slot.index == index) {
            return slot.entry;
        }
        Structure entry = Structure.read(memory, InterruptEntry.REMAPPED, address);
        if (entry.is(InterruptEntry.PRESENT)) {
            now[place] = new Slot(index, entry);
        }
        return entry;
    }

    /** Drops everything. A look-up that began before fills slots that nobody reads any more. */
    void invalidate() {
        slots = new Slot[SLOTS];
    }

    /** Drops {@code 1 << mask} entries, naturally aligned, with {@code index} among them. */
    void invalidate(int index, int mask) {
        Slot[] old = slots;
        Slot[] kept = new Slot[SLOTS];
        for (int i = 0; i < SLOTS; i++) {
            Slot slot = old[i];
            kept[i] = slot == null || (slot.index ^ index) >>> mask == 0 ? null : slot;
        }
        slots = kept;
    }
}
