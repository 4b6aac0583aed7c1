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
 * that somebody outside has asked to be kept. Not thread-safe; the list handed out is immutable.
 */
final class Reservations {
    private List<OwnedRange> ranges = List.of();
    private List<OwnedRange> ofUnits = List.of();
    private List<OwnedRange> kept;
    private final KnownRoom room = new KnownRoom();

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
        set(ofUnits);
    }

    /** Whether somebody had asked to keep just that range; it is free again then. */
    boolean release(AddressRange range) {
        List<OwnedRange> rest = new ArrayList<>(kept);
        boolean found = rest.removeIf(o -> o.range().equals(range));
        kept = List.copyOf(rest);
        set(ofUnits);
        return found;
    }

    List<OwnedRange> all() {
        return ranges;
    }

    /** Replaces the ranges of units and devices. */
    void set(List<OwnedRange> units) {
        ofUnits = List.copyOf(units);
        List<OwnedRange> sorted = new ArrayList<>(Stream.concat(units.stream(), kept.stream()).distinct().toList());
        sorted.sort(Comparator.comparing(OwnedRange::range));
        ranges = List.copyOf(sorted);
        room.forget();
    }

    /** Forgotten with every change here; what units can express changes only with {@link #set} behind it. */
    KnownRoom room() {
        return room;
    }

    /** Whether a mapping of that kind may lie there. Doorbells belong into the ranges kept for them, direct mappings into direct ranges. */
    boolean isFree(long start, long last, RangeKind kind) {
        return firstAgainst(start, last, kind) == null;
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

    /** All addresses around one that lie in {@code within} and are free for mappings of any kind; null if that one is not. */
    AddressRange around(long address, AddressRange within) {
        if (within == null || !within.contains(address)) {
            return null;
        }
        long from = within.start();
        long to = within.last();
        for (OwnedRange owned : ranges) {
            AddressRange range = owned.range();
            if (range.contains(address)) {
                return null;
            }
            if (Long.compareUnsigned(range.last(), address) < 0) {
                from = Long.compareUnsigned(range.last(), from) < 0 ? from : range.last() + 1;
            } else {
                to = Long.compareUnsigned(range.start(), to) > 0 ? to : range.start() - 1;
                break;
            }
        }
        return new AddressRange(from, to);
    }
}
