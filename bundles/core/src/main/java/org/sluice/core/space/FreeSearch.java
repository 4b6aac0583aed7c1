// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.space;

import java.util.List;

import org.sluice.api.space.Placement;
import org.sluice.machine.AddressRange;

/** Finds the lowest free place by looking at the mappings in the way, one after the other. */
final class FreeSearch {
    static final long NONE = -1L;

    private final RangeMap truth;
    private final List<AddressRange> usable;

    FreeSearch(RangeMap truth, List<AddressRange> usable) {
        this.truth = truth;
        this.usable = usable;
    }

    /** An aligned start, or {@link #NONE}. */
    long find(long size, Placement placement, long grain) {
        long alignment = Math.max(grain, placement.alignment() != 0 ? placement.alignment() : Long.lowestOneBit(size));
        for (AddressRange range : usable) {
            AddressRange window = range.intersection(placement.window());
            long found = window == null ? NONE : findIn(window, size, alignment);
            if (found != NONE) {
                return found;
            }
        }
        return NONE;
    }

    private long findIn(AddressRange window, long size, long alignment) {
        RangeMap.Entry entry = new RangeMap.Entry();
        long at = window.start() + alignment - 1 & -alignment;
        while (window.contains(at) && window.contains(at + size - 1) && Long.compareUnsigned(at, at + size - 1) <= 0) {
            if (!truth.overlap(at, at + size - 1, entry)) {
                return at;
            }
            at = entry.last() + alignment & -alignment;
        }
        return NONE;
    }
}
