// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.space;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

import org.sluice.api.space.OwnedRange;
import org.sluice.api.space.RangeKind;
import org.sluice.machine.AddressRange;

/**
 * Ranges of one space that are not for mapping, each with its owner. Few of them, asked with every map: what was last found free is
 * remembered, so that most answers cost two compares. Not thread-safe; the list handed out is immutable.
 */
final class Reservations {
    private List<OwnedRange> ranges = List.of();
    /** Addresses known to be free, as last found; none if {@code freeStart} is above {@code freeLast}. */
    private long freeStart = 1;
    private long freeLast;

    List<OwnedRange> all() {
        return ranges;
    }

    /** Replaces all ranges. */
    void set(List<OwnedRange> all) {
        List<OwnedRange> sorted = new ArrayList<>(all.stream().distinct().toList());
        sorted.sort(Comparator.comparing(OwnedRange::range));
        ranges = List.copyOf(sorted);
        freeStart = 1;
        freeLast = 0;
    }

    /** Whether a mapping of that kind may lie there. Doorbells belong into the ranges kept for them, direct mappings into direct ranges. */
    boolean isFree(long start, long last, RangeKind kind) {
        if (Long.compareUnsigned(start, freeStart) >= 0 && Long.compareUnsigned(last, freeLast) <= 0) {
            return true;
        }
        if (firstAgainst(start, last, kind) != null) {
            return false;
        }
        remember(start);
        return true;
    }

    /** The lowest range that such a mapping would meet, or null. */
    OwnedRange firstAgainst(long start, long last, RangeKind kind) {
        for (OwnedRange owned : ranges) {
            AddressRange range = owned.range();
            if (Long.compareUnsigned(range.start(), last) <= 0 && Long.compareUnsigned(start, range.last()) <= 0 && !hosts(owned, kind)) {
                return owned;
            }
        }
        return null;
    }

    /** Whether that owner keeps the range for mappings of that kind. */
    static boolean hosts(OwnedRange owned, RangeKind kind) {
        return owned.kind() == kind && (kind == RangeKind.DOORBELL || kind == RangeKind.DIRECT);
    }

    private void remember(long address) {
        long from = 0;
        long to = -1L;
        for (OwnedRange owned : ranges) {
            AddressRange range = owned.range();
            if (range.contains(address)) {
                return;
            }
            if (Long.compareUnsigned(range.last(), address) < 0) {
                from = range.last() + 1;
            } else {
                to = range.start() - 1;
                break;
            }
        }
        freeStart = from;
        freeLast = to;
    }
}
