// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.lookup;

import org.sluice.backend.smmuv3.layout.ControlRegisters;
import org.sluice.backend.smmuv3.layout.SmmuEvent;
import org.sluice.backend.smmuv3.layout.StreamEntry;
import org.sluice.kit.layout.Structure;

/**
 * Where stream table entries lie (section 3.3.2): the geometry that STRTAB_BASE and STRTAB_BASE_CFG describe. Immutable.
 *
 * @param base address of the table or of its level 1, aligned as hardware aligns it
 * @param streamBits StreamIDs that have an entry
 * @param split StreamID bits that level 2 resolves; 0 in a linear table
 */
public record StreamTable(long base, int streamBits, int split) {
    public static final int ENTRY_BYTES = 64;
    public static final int DESCRIPTOR_BYTES = 8;
    private static final long TWO_LEVEL = 1;
    private static final int DEFAULT_SPLIT = 6;
    private static final int ENTRY_SHIFT = 6;
    private static final int DESCRIPTOR_SHIFT = 3;

    /** The table that the registers describe; both must be known. */
    static StreamTable of(UnitState unit) {
        int size = Math.min((int) unit.get(ControlRegisters.STRTAB_BASE_CFG, ControlRegisters.LOG2SIZE), unit.streamBits());
        long address = unit.address(ControlRegisters.STRTAB_BASE, ControlRegisters.TABLE_ADDRESS);
        // Forms other than two-level are reserved and read as linear, as does two-level on a unit without it.
        boolean twoLevel = unit.get(ControlRegisters.STRTAB_BASE_CFG, ControlRegisters.FORMAT) == TWO_LEVEL && unit.twoLevelStreams();
        int split = twoLevel ? split((int) unit.get(ControlRegisters.STRTAB_BASE_CFG, ControlRegisters.SPLIT)) : 0;
        int aligned = twoLevel ? Math.max(ENTRY_SHIFT, size - split + DESCRIPTOR_SHIFT) : size + ENTRY_SHIFT;
        return new StreamTable(address & -1L << aligned, size, split);
    }

    private static int split(int field) {
        return field == 8 || field == 10 ? field : DEFAULT_SPLIT;
    }

    public boolean twoLevel() {
        return split != 0;
    }

    /** StreamIDs that have a place in the table. */
    public long streams() {
        return 1L << streamBits;
    }

    /** Entries of level 1; 0 in a linear table. */
    public long descriptors() {
        return twoLevel() ? 1L << Math.max(0, streamBits - split) : 0;
    }

    public long descriptorAddress(long streamId) {
        return base + (streamId >>> split) * DESCRIPTOR_BYTES;
    }

    /** Entries of the level-2 table that a descriptor names; 0 if it names none. */
    public int span(Structure descriptor) {
        int span = (int) descriptor.get(StreamEntry.SPAN);
        return span == 0 || span > split + 1 ? 0 : 1 << span - 1;
    }

    /** The level-2 table that a descriptor with that span names. */
    public long level2(Structure descriptor) {
        int bits = (int) descriptor.get(StreamEntry.SPAN) - 1 + ENTRY_SHIFT;
        return descriptor.getAddress(StreamEntry.L2_POINTER) & -1L << bits;
    }

    /** Reads the entry of a stream, through level 1 where there is one. */
    boolean fetch(Search search, long streamId, boolean recordsBadStream) {
        if (Long.compareUnsigned(streamId, streams()) >= 0) {
            return search.badStream(recordsBadStream, "the stream table has " + streamBits + "-bit StreamIDs");
        }
        if (!twoLevel()) {
            return search.fetch(StreamEntry.LAYOUT, base + streamId * ENTRY_BYTES, SmmuEvent.F_STE_FETCH);
        }
        if (!search.fetch(StreamEntry.LEVEL_1, descriptorAddress(streamId), SmmuEvent.F_STE_FETCH)) {
            return false;
        }
        Structure descriptor = search.entry();
        long index = streamId & (1L << split) - 1;
        if (index >= span(descriptor)) {
            return search.badStream(recordsBadStream, "Span=" + descriptor.get(StreamEntry.SPAN) + " of the level-1 descriptor does not reach it");
        }
        return search.fetch(StreamEntry.LAYOUT, level2(descriptor) + index * ENTRY_BYTES, SmmuEvent.F_STE_FETCH);
    }
}
