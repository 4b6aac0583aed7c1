// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.firmware;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.sluice.machine.AddressRange;

/**
 * The I/O virtualisation table of AMD machines. Immutable. Source: AMD I/O Virtualization Technology specification 3.08,
 * chapter 5. Every record has the {@code offset} of its structure in the table. Device ids are 16-bit requester ids.
 *
 * @param info IVinfo: bit 0 EFRSup, bit 1 protection before the system starts, 7:5 GVASize, 14:8 PASize, 21:15 VASize
 * @param blocks every IVHD block, also those that software passes over for one of a higher type
 * @param memory IVMD blocks
 * @param skipped offsets of blocks of other types
 */
public record IvrsTable(AcpiHeader header, long info, List<Unit> blocks, List<Memory> memory, List<Integer> skipped) {
    public static final String SIGNATURE = "IVRS";

    /** One entry for all device ids or a range of them. */
    static final int LAST_DEVICE = 0xffff;
    /** Block types that describe a unit, lowest first; the highest one for a unit counts. */
    private static final List<Integer> UNIT_TYPES = List.of(0x10, 0x11, 0x40);
    private static final int MEMORY_ALL = 0x20;
    private static final int MEMORY_ONE = 0x21;
    private static final int MEMORY_RANGE = 0x22;
    private static final int INFO = 36;
    private static final int FIRST_BLOCK = 48;
    private static final int BLOCK_HEADER = 4;
    private static final int SHORT_UNIT = 24;
    private static final int LONG_UNIT = 40;
    private static final int MEMORY_BYTES = 32;

    /**
     * IVHD: one unit.
     *
     * @param deviceId requester id of the unit itself
     * @param info bits 4:0 MSI number, 12:8 unit id
     * @param features features as this block type reports them
     * @param efr extended feature register; 0 for type 0x10, which has none
     */
    public record Unit(int offset, int type, int flags, int deviceId, int capabilityOffset, long registerBase, int segment, int info,
            long features, long efr, long efr2, List<IvrsEntries.Range> ranges, List<IvrsEntries.Special> specials,
            List<IvrsEntries.Named> named) {
        public Unit {
            ranges = List.copyOf(ranges);
            specials = List.copyOf(specials);
            named = List.copyOf(named);
        }

        /** The last entry that names this requester id, if any; a later entry refines an earlier one. */
        public Optional<IvrsEntries.Range> entryOf(int requesterId) {
            Optional<IvrsEntries.Range> found = Optional.empty();
            for (IvrsEntries.Range range : ranges) {
                if (requesterId >= range.first() && requesterId <= range.last()) {
                    found = Optional.of(range);
                }
            }
            return found;
        }
    }

    /**
     * IVMD: memory that devices {@code first} to {@code last} use without the operating system's knowledge.
     *
     * @param flags bit 0 unity map, bit 1 read, bit 2 write, bit 3 exclusion range
     */
    public record Memory(int offset, int flags, int first, int last, int segment, long start, long length) {
        public boolean unity() {
            return (flags & 1) != 0;
        }

        public boolean exclusion() {
            return (flags & 8) != 0;
        }

        public boolean allDevices() {
            return first == 0 && last == LAST_DEVICE;
        }

        /** The range, if it has bytes and ends below 2^64. */
        public Optional<AddressRange> range() {
            boolean sound = length != 0 && Long.compareUnsigned(start, start + (length - 1)) <= 0;
            return sound ? Optional.of(AddressRange.ofSize(start, length)) : Optional.empty();
        }
    }

    public IvrsTable {
        blocks = List.copyOf(blocks);
        memory = List.copyOf(memory);
        skipped = List.copyOf(skipped);
    }

    /** One block per unit, that of the highest type, in the order in which units first appear. */
    public List<Unit> units() {
        Map<Integer, Unit> best = new LinkedHashMap<>();
        for (Unit unit : blocks) {
            best.merge(unit.segment() << 16 | unit.deviceId(), unit, (a, b) -> b.type() > a.type() ? b : a);
        }
        return List.copyOf(best.values());
    }

    /**
     * @throws org.sluice.machine.IommuException {@code TRUNCATED} or {@code BAD_FORMAT} with the offset
     */
    public static IvrsTable read(byte[] bytes) {
        TableBytes table = new TableBytes(SIGNATURE, bytes);
        List<Unit> units = new ArrayList<>();
        List<Memory> memory = new ArrayList<>();
        List<Integer> skipped = new ArrayList<>();
        long info = table.u32(INFO);
        for (int at = FIRST_BLOCK; at < table.length();) {
            int type = table.u8(at);
            int length = table.u16(at + 2);
            table.structure(at, length, BLOCK_HEADER, table.length(), "the block");
            if (UNIT_TYPES.contains(type)) {
                units.add(unit(table, at, type, at + length));
            } else if (type >= MEMORY_ALL && type <= MEMORY_RANGE) {
                memory.add(memory(table, at, type, length));
            } else {
                skipped.add(at);
            }
            at += length;
        }
        return new IvrsTable(table.header(), info, units, memory, skipped);
    }

    private static Unit unit(TableBytes table, int at, int type, int end) {
        int header = type == UNIT_TYPES.get(0) ? SHORT_UNIT : LONG_UNIT;
        table.structure(at, end - at, header, end, "the unit (IVHD)");
        boolean extended = header == LONG_UNIT;
        IvrsEntries entries = IvrsEntries.read(table, at + header, end);
        return new Unit(at, type, table.u8(at + 1), table.u16(at + 4), table.u16(at + 6), table.u64(at + 8), table.u16(at + 16),
                table.u16(at + 18), table.u32(at + 20), extended ? table.u64(at + 24) : 0, extended ? table.u64(at + 32) : 0,
                entries.ranges(), entries.specials(), entries.named());
    }

    private static Memory memory(TableBytes table, int at, int type, int length) {
        table.structure(at, length, MEMORY_BYTES, at + length, "the memory block (IVMD)");
        int device = table.u16(at + 4);
        int first = type == MEMORY_ALL ? 0 : device;
        int last = switch (type) {
            case MEMORY_ALL -> LAST_DEVICE;
            case MEMORY_ONE -> device;
            default -> table.u16(at + 6);
        };
        if (last < first) {
            throw table.bad(at, "the memory block's device range ends before it starts");
        }
        return new Memory(at, table.u8(at + 1), first, last, table.u16(at + 8), table.u64(at + 16), table.u64(at + 24));
    }
}
