// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.driver;

import java.util.HashMap;
import java.util.Map;

import org.sluice.backend.smmuv3.layout.ContextDescriptor;
import org.sluice.backend.smmuv3.layout.StreamEntry;
import org.sluice.backend.smmuv3.lookup.ContextTable;
import org.sluice.backend.smmuv3.lookup.UnitState;
import org.sluice.kit.radix.PageAllocator;
import org.sluice.machine.PhysicalMemory;

/**
 * The context descriptors of one stream that uses SubstreamIDs (section 3.3.3), in tables of two levels where the unit has them. A
 * descriptor becomes valid by the last word written, its first. Not thread-safe.
 */
final class Substreams {
    private static final int LEAF_BITS = 6;
    private static final int ENTRY_SHIFT = Integer.numberOfTrailingZeros(ContextTable.ENTRY_BYTES);
    private static final int DESCRIPTOR_SHIFT = Integer.numberOfTrailingZeros(ContextTable.DESCRIPTOR_BYTES);
    private static final int MOST_TWO_LEVEL = 16;
    private static final int MOST_LINEAR = 10;
    private static final int SMALL_LEAVES = 1;

    private final PhysicalMemory memory;
    private final PageAllocator pages;
    private final boolean twoLevel;
    private final int bits;
    private final long base;
    private final Map<Integer, Long> leaves = new HashMap<>();

    Substreams(PhysicalMemory memory, PageAllocator pages, UnitState unit) {
        this.memory = memory;
        this.pages = pages;
        bits = bits(unit);
        twoLevel = unit.twoLevelContexts() && bits > LEAF_BITS;
        base = StreamTables.allocate(pages, baseShift());
    }

    /** Width of SubstreamIDs that tables are made for. */
    static int bits(UnitState unit) {
        return Math.min(unit.substreamBits(), unit.twoLevelContexts() ? MOST_TWO_LEVEL : MOST_LINEAR);
    }

    private int baseShift() {
        return twoLevel ? bits - LEAF_BITS + DESCRIPTOR_SHIFT : bits + ENTRY_SHIFT;
    }

    /** Fields of the stream table entry's first word. */
    long pointer() {
        return StreamEntry.CONTEXT_POINTER.address(base) | StreamEntry.CD_MAX.put(bits) | StreamEntry.S1_FORMAT.put(twoLevel ? SMALL_LEAVES : 0);
    }

    /** Makes sure that {@link #set} finds its entry. */
    void reserve(int substream) {
        int index = substream >>> LEAF_BITS;
        if (twoLevel && !leaves.containsKey(index)) {
            long leaf = StreamTables.allocate(pages, LEAF_BITS + ENTRY_SHIFT);
            leaves.put(index, leaf);
            memory.writeLong(base + (long) index * ContextTable.DESCRIPTOR_BYTES, leaf | ContextDescriptor.L1_VALID.put(1));
        }
    }

    private long entry(int substream) {
        return twoLevel ? leaves.get(substream >>> LEAF_BITS) + (long) (substream & (1 << LEAF_BITS) - 1) * ContextTable.ENTRY_BYTES
                : base + (long) substream * ContextTable.ENTRY_BYTES;
    }

    /** The descriptor must not be valid. */
    void set(int substream, long[] words) {
        write(memory, entry(substream), words);
    }

    static void write(PhysicalMemory memory, long entry, long[] words) {
        for (int i = words.length - 1; i >= 0; i--) {
            memory.writeLong(entry + (long) i * Long.BYTES, words[i]);
        }
    }

    void clear(int substream) {
        memory.writeLong(entry(substream), 0);
    }

    /** The stream must not use the tables any more. */
    void release() {
        leaves.values().forEach(leaf -> StreamTables.free(pages, leaf, LEAF_BITS + ENTRY_SHIFT));
        StreamTables.free(pages, base, baseShift());
    }
}
