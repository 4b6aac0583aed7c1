// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.firmware;

import java.util.ArrayList;
import java.util.List;

/**
 * Device entries of one IVHD block, with pairs of range entries put together. Source: AMD I/O Virtualization Technology
 * specification 3.08, section 5.2.2.
 */
public record IvrsEntries(List<Range> ranges, List<Special> specials, List<Named> named) {
    public static final int NO_ALIAS = -1;
    public static final int IO_APIC = 1;
    public static final int HPET = 2;

    private static final int ALL = 1;
    private static final int SELECT = 2;
    private static final int RANGE_START = 3;
    private static final int RANGE_END = 4;
    private static final int ALIAS = 66;
    private static final int ALIAS_RANGE = 67;
    private static final int EXTENDED = 70;
    private static final int EXTENDED_RANGE = 71;
    private static final int SPECIAL = 72;
    private static final int ACPI_NAME = 240;
    private static final int FIRST_VARIABLE = 128;
    private static final int NAME_HEADER = 22;

    /**
     * Requester ids {@code first} to {@code last}.
     *
     * @param alias requester id under which they reach the unit, or {@link #NO_ALIAS}: their own
     * @param settings data byte: bit 0 INIT pass, 1 ExtInt pass, 2 NMI pass, 5:4 system management, 6 and 7 LINT pass
     * @param extended extended settings; bit 31: translation requests are refused
     */
    public record Range(int offset, int first, int last, int alias, int settings, long extended) {
    }

    /** An interrupt controller: {@code variety} 1 I/O APIC, 2 HPET; {@code handle} is its id. */
    public record Special(int offset, int settings, int handle, int deviceId, int variety) {
    }

    /** A device of the ACPI namespace; {@code uid} is text, or the digits of a number. */
    public record Named(int offset, int deviceId, int settings, String hid, String cid, String uid) {
    }

    static IvrsEntries read(TableBytes table, int from, int end) {
        return new Reader(table).read(from, end);
    }

    private static final class Reader {
        private final TableBytes table;
        private final List<Range> ranges = new ArrayList<>();
        private final List<Special> specials = new ArrayList<>();
        private final List<Named> named = new ArrayList<>();
        /** A range entry that waits for its end entry, or null. */
        private Range open;

        Reader(TableBytes table) {
            this.table = table;
        }

        IvrsEntries read(int from, int end) {
            for (int at = from; at < end;) {
                int type = table.u8(at);
                int length = length(at, type, end);
                table.structure(at, length, 4, end, "the device entry");
                entry(at, type);
                at += length;
            }
            if (open != null) {
                throw table.bad(open.offset(), "the device range has a start and no end");
            }
            return new IvrsEntries(ranges, specials, named);
        }

        /** Bits 7:6 of the type tell the length, but for the one type of variable length. */
        private int length(int at, int type, int end) {
            if (type < FIRST_VARIABLE) {
                return 4 << (type >>> 6);
            }
            if (type != ACPI_NAME) {
                throw table.bad(at, "device entry type " + type + " has no known length");
            }
            table.structure(at, NAME_HEADER, NAME_HEADER, end, "the device entry");
            return NAME_HEADER + table.u8(at + 21);
        }

        private void entry(int at, int type) {
            int device = table.u16(at + 1);
            int settings = table.u8(at + 3);
            switch (type) {
                case ALL -> ranges.add(new Range(at, 0, IvrsTable.LAST_DEVICE, NO_ALIAS, settings, 0));
                case SELECT -> ranges.add(new Range(at, device, device, NO_ALIAS, settings, 0));
                case ALIAS -> ranges.add(new Range(at, device, device, table.u16(at + 5), settings, 0));
                case EXTENDED -> ranges.add(new Range(at, device, device, NO_ALIAS, settings, table.u32(at + 4)));
                case RANGE_START -> start(new Range(at, device, device, NO_ALIAS, settings, 0));
                case ALIAS_RANGE -> start(new Range(at, device, device, table.u16(at + 5), settings, 0));
                case EXTENDED_RANGE -> start(new Range(at, device, device, NO_ALIAS, settings, table.u32(at + 4)));
                case RANGE_END -> end(at, device);
                case SPECIAL -> specials.add(new Special(at, settings, table.u8(at + 4), table.u16(at + 5), table.u8(at + 7)));
                case ACPI_NAME -> named.add(named(at, device, settings));
                default -> {
                    // Padding, and types of a known length that newer specifications may add.
                }
            }
        }

        private void start(Range range) {
            if (open != null) {
                throw table.bad(range.offset(), "a device range starts inside another");
            }
            open = range;
        }

        private void end(int at, int device) {
            if (open == null || device < open.first()) {
                throw table.bad(at, open == null ? "a device range ends that never started" : "the device range ends before it starts");
            }
            ranges.add(new Range(open.offset(), open.first(), device, open.alias(), open.settings(), open.extended()));
            open = null;
        }

        private Named named(int at, int device, int settings) {
            int length = table.u8(at + 21);
            String uid = switch (table.u8(at + 20)) {
                case 1 -> length >= 8 ? Long.toUnsignedString(table.u64(at + NAME_HEADER)) : "";
                case 2 -> table.text(at + NAME_HEADER, at + NAME_HEADER + length);
                default -> "";
            };
            return new Named(at, device, settings, table.text(at + 4, at + 12), table.text(at + 12, at + 20), uid);
        }
    }
}
