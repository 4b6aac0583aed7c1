// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.space;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

import org.sluice.api.space.OwnedRange;
import org.sluice.api.space.RangeKind;
import org.sluice.machine.AddressRange;

/**
 * Ranges of one space that are not for mapping, each with its owner: those of its units and devices, which come and go with these, and those
 * that somebody outside has asked to be kept. Few of them, asked with every map: what was last found free is
 * remembered as far as the units reach, so that most answers cost two compares. Not thread-safe; the list handed out is immutable.
 */
final class Reservations {
    private static final AddressRange ALL = new AddressRange(0, -1L);

    private List<OwnedRange> ranges = List.of();
    private List<OwnedRange> ofUnits = List.of();
    private List<OwnedRange> kept;
    /** What the units cover; null if there is nothing that all of them do. */
    private AddressRange aperture = ALL;
    /** Addresses known to be free and covered, as last found: the first, and how far the last is from it. */
    private boolean open;
    private long openStart;
    private long openSpan;

    Reservations(List<OwnedRange> kept) {
        this.kept = List.copyOf(kept);
    }

    /** What was asked to be kept, in that order. */
    List<OwnedRange> kept() {
        return kept;
    }

    /** Keeps a range, which is not mapped. */
    void keep(OwnedRange range) {
        List<OwnedRange> more = new ArrayList<>(kept);
        more.add(range);
        kept = List.copyOf(more);
        set(ofUnits, aperture);
    }

    /** Whether somebody had asked to keep just that range; it is free again then. */
    boolean release(AddressRange range) {
        List<OwnedRange> rest = new ArrayList<>(kept);
        boolean found = rest.removeIf(o -> o.range().equals(range));
        kept = List.copyOf(rest);
        set(ofUnits, aperture);
        return found;
    }

    List<OwnedRange> all() {
        return ranges;
    }

    /**
     * Replaces the ranges of units and devices.
     *
     * @param covered what all units cover, or null
     */
    void set(List<OwnedRange> units, AddressRange covered) {
        ofUnits = List.copyOf(units);
        aperture = covered;
        List<OwnedRange> sorted = new ArrayList<>(Stream.concat(units.stream(), kept.stream()).distinct().toList());
        sorted.sort(Comparator.comparing(OwnedRange::range));
        ranges = List.copyOf(sorted);
        open = false;
    }

    /** Whether such a range is known to be free for mappings of any kind, and covered by all units; {@code size} is not 0. */
    boolean isOpen(long start, long size) {
        return open && Limits.within(start - openStart, size, openSpan);
    }

    /** Whether a mapping of that kind may lie there. Doorbells belong into the ranges kept for them, direct mappings into direct ranges. */
    boolean isFree(long start, long last, RangeKind kind) {
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
        if (aperture == null || !aperture.contains(address)) {
            return;
        }
        long from = aperture.start();
        long to = aperture.last();
        for (OwnedRange owned : ranges) {
            AddressRange range = owned.range();
            if (range.contains(address)) {
                return;
            }
            if (Long.compareUnsigned(range.last(), address) < 0) {
                from = Long.compareUnsigned(range.last(), from) < 0 ? from : range.last() + 1;
            } else {
                to = Long.compareUnsigned(range.start(), to) > 0 ? to : range.start() - 1;
                break;
            }
        }
        open = true;
        openStart = from;
        openSpan = to - from;
    }
}
