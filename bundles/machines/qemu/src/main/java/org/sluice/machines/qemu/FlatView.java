// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.qemu;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import org.sluice.machine.AddressRange;

/**
 * What lies where in a machine's physical address space, as {@code info mtree -f} prints it: RAM with its place in its back
 * end, and the register blocks of devices. It is what QEMU itself goes by, splits and holes included.
 *
 * @param regions in ascending order
 */
record FlatView(List<Region> regions) {
    private static final String SPACE = " AS \"memory\",";
    private static final Pattern LINE = Pattern.compile(
            "\\s*([0-9a-f]{16})-([0-9a-f]{16}) \\(prio -?\\d+, ([a-z/]+)\\): (.+?)(?: @([0-9a-f]{16}))?(?: KVM)?(?: nonvolatile)?");

    FlatView {
        regions = List.copyOf(regions);
    }

    /**
     * One piece.
     *
     * @param kind {@code ram}, {@code rom}, {@code i/o}, ...
     * @param name of the region that is seen here
     * @param offset where in that region the piece begins
     */
    record Region(AddressRange range, String kind, String name, long offset) {
        /** Whether guests find memory here, be it write-protected at the moment. */
        boolean isMemory() {
            return kind.equals("ram") || kind.equals("rom") || kind.equals("romd");
        }
    }

    /** Reads the view of the address space {@code memory}; empty if there is none. */
    static FlatView parse(String text) {
        List<Region> regions = new ArrayList<>();
        boolean wanted = false;
        for (String line : text.split("\n")) {
            if (line.startsWith("FlatView #")) {
                if (wanted) {
                    break;
                }
            } else if (line.startsWith(SPACE)) {
                wanted = true;
            } else if (wanted) {
                region(line).ifPresent(regions::add);
            }
        }
        return new FlatView(regions);
    }

    private static Optional<Region> region(String line) {
        Matcher m = LINE.matcher(line);
        if (!m.matches()) {
            return Optional.empty();
        }
        long start = Long.parseUnsignedLong(m.group(1), 16);
        long last = Long.parseUnsignedLong(m.group(2), 16);
        long offset = m.group(5) == null ? 0 : Long.parseUnsignedLong(m.group(5), 16);
        return Long.compareUnsigned(start, last) > 0 ? Optional.empty()
                : Optional.of(new Region(new AddressRange(start, last), m.group(3), m.group(4), offset));
    }

    /** Regions of that name, as devices call their registers. */
    List<Region> named(String name) {
        return regions.stream().filter(r -> r.name().equals(name)).toList();
    }
}
