// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.capture;

import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

import org.sluice.machine.AddressRange;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;
import org.sluice.machine.PhysicalMemory;

/** The RAM that a description states, checked: none overlaps, all below 2^52; or that it states none, and it is unknown. Immutable. */
final class RamRanges {
    /** Firmware memory maps have tens of ranges. */
    static final int MAX_RANGES = 4096;

    private final List<AddressRange> ranges;
    /** First to last address, with ranges that touch joined. */
    private final NavigableMap<Long, Long> joined = new TreeMap<>();

    /**
     * @param stated null if the description does not say
     * @throws IommuException {@code BAD_FORMAT} or {@code LIMIT}
     */
    RamRanges(List<AddressRange> stated) {
        if (stated == null) {
            ranges = List.of();
            joined.put(PhysicalMemory.ADDRESSABLE.start(), PhysicalMemory.ADDRESSABLE.last());
            return;
        }
        ranges = stated.stream().sorted().toList();
        if (ranges.isEmpty()) {
            throw Trouble.bad("'ram' names no range; leave the key out if it is not known");
        }
        if (ranges.size() > MAX_RANGES) {
            throw new IommuException(Reason.LIMIT, "'ram' has " + ranges.size() + " ranges, more than " + MAX_RANGES);
        }
        for (int i = 0; i < ranges.size(); i++) {
            AddressRange range = ranges.get(i);
            if (!PhysicalMemory.ADDRESSABLE.contains(range)) {
                throw new IommuException(Reason.BAD_FORMAT, "'ram': " + range + " lies above the highest physical address", range, null);
            }
            if (i > 0 && ranges.get(i - 1).overlaps(range)) {
                throw new IommuException(Reason.BAD_FORMAT, "'ram': " + ranges.get(i - 1) + " and " + range + " overlap", range, null);
            }
            Map.Entry<Long, Long> before = joined.lastEntry();
            boolean touches = before != null && before.getValue() + 1 == range.start();
            joined.put(touches ? before.getKey() : range.start(), range.last());
        }
    }

    /** In ascending order; empty if they are not known. */
    List<AddressRange> ranges() {
        return ranges;
    }

    /** Whether all of {@code range} is, or for all that is known may be, RAM, also where it runs over ranges that touch. */
    boolean contains(AddressRange range) {
        Map.Entry<Long, Long> floor = range.start() < 0 ? null : joined.floorEntry(range.start());
        return floor != null && range.last() >= range.start() && range.last() <= floor.getValue();
    }
}
