// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.driver;

import java.util.ArrayList;
import java.util.List;

import org.sluice.backend.smmuv3.layout.ControlRegisters;
import org.sluice.backend.smmuv3.layout.StreamEntry;
import org.sluice.backend.smmuv3.lookup.StreamTable;
import org.sluice.backend.smmuv3.lookup.UnitState;
import org.sluice.kit.radix.PageAllocator;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;
import org.sluice.machine.PhysicalMemory;

/**
 * The stream table, of two levels where the unit has them, with an entry that aborts for every stream (section 3.21.3). An entry is
 * changed by one write of a word if that is all that differs; otherwise it aborts while it is rewritten. Not thread-safe.
 */
final class StreamTables {
    /** Words that say something; the rest belongs to other security states. */
    static final int WORDS = 4;
    /** V with Config = 0. */
    private static final long ABORT = StreamEntry.VALID.put(1);
    private static final int SPLIT = 8;
    private static final int ENTRY_SHIFT = Integer.numberOfTrailingZeros(StreamTable.ENTRY_BYTES);
    private static final int DESCRIPTOR_SHIFT = Integer.numberOfTrailingZeros(StreamTable.DESCRIPTOR_BYTES);
    /** StreamID bits of the largest tables that are made: a megabyte at the first level, four at the only one. */
    private static final int MOST_TWO_LEVEL = 17 + SPLIT;
    private static final int MOST_LINEAR = 16;
    private static final int SMALLEST_SHIFT = 10;

    private final PhysicalMemory memory;
    private final PageAllocator pages;
    private final boolean twoLevel;
    private final int bits;
    private final long base;
    private final List<Long> leaves = new ArrayList<>();

    StreamTables(PhysicalMemory memory, PageAllocator pages, UnitState unit) {
        this.memory = memory;
        this.pages = pages;
        twoLevel = unit.twoLevelStreams() && unit.streamBits() > SPLIT;
        bits = Math.min(unit.streamBits(), twoLevel ? MOST_TWO_LEVEL : MOST_LINEAR);
        base = allocate(pages, twoLevel ? bits - SPLIT + DESCRIPTOR_SHIFT : bits + ENTRY_SHIFT);
        if (!twoLevel) {
            abort(base, bits);
        }
    }

    /** A zeroed page of 2^{@code log2} bytes, or more. */
    static long allocate(PageAllocator pages, int log2) {
        long page = pages.allocate(Math.max(SMALLEST_SHIFT, log2));
        if (page == PageAllocator.NONE) {
            throw new IommuException(Reason.LIMIT, "no page is left for the unit's structures");
        }
        return page;
    }

    /** What {@link #allocate} takes. */
    static long bytes(int log2) {
        return 1L << Math.max(SMALLEST_SHIFT, log2);
    }

    static void free(PageAllocator pages, long page, int log2) {
        pages.free(page, Math.max(SMALLEST_SHIFT, log2));
    }

    private void abort(long table, int log2) {
        for (long i = 0; i < 1L << log2; i++) {
            memory.writeLong(table + i * StreamTable.ENTRY_BYTES, ABORT);
        }
    }

    /** STRTAB_BASE. */
    long base() {
        return ControlRegisters.TABLE_ADDRESS.address(base);
    }

    /** STRTAB_BASE_CFG. */
    long form() {
        return ControlRegisters.LOG2SIZE.put(bits) | (twoLevel ? ControlRegisters.FORMAT.put(1) | ControlRegisters.SPLIT.put(SPLIT) : 0);
    }

    /** Makes sure that {@link #write} finds its entry, so that it cannot fail half-way. */
    void reserve(long streamId) {
        if (streamId >>> bits != 0) {
            throw new IommuException(Reason.LIMIT, "the stream table has " + bits + "-bit StreamIDs, " + streamId + " is beyond");
        }
        long descriptor = base + (streamId >>> SPLIT) * StreamTable.DESCRIPTOR_BYTES;
        if (twoLevel && memory.readLong(descriptor) == 0) {
            long leaf = allocate(pages, SPLIT + ENTRY_SHIFT);
            abort(leaf, SPLIT);
            leaves.add(leaf);
            memory.writeLong(descriptor, leaf | StreamEntry.SPAN.put(SPLIT + 1));
        }
    }

    private long entry(long streamId) {
        return !twoLevel ? base + streamId * StreamTable.ENTRY_BYTES
                : StreamEntry.L2_POINTER.address(memory.readLong(base + (streamId >>> SPLIT) * StreamTable.DESCRIPTOR_BYTES))
                        + (streamId & (1 << SPLIT) - 1) * StreamTable.ENTRY_BYTES;
    }

    /** Changes an entry; {@code invalidate} makes the unit forget it. Word 0 is that which makes it valid. */
    void write(long streamId, long[] words, Runnable invalidate) {
        long entry = entry(streamId);
        int differing = 0;
        int last = 0;
        for (int i = 0; i < WORDS; i++) {
            if (memory.readLong(entry + (long) i * Long.BYTES) != words[i]) {
                differing++;
                last = i;
            }
        }
        if (differing == 0) {
            return;
        }
        if (differing > 1) {
            if (memory.readLong(entry) != ABORT) {
                memory.writeLong(entry, ABORT);
                invalidate.run();
            }
            for (int i = WORDS - 1; i > 0; i--) {
                memory.writeLong(entry + (long) i * Long.BYTES, words[i]);
            }
            last = 0;
        }
        memory.writeLong(entry + (long) last * Long.BYTES, words[last]);
        invalidate.run();
    }

    static long[] aborting() {
        return new long[] {ABORT, 0, 0, 0};
    }

    /** Makes every entry abort; tables of level 2 are freed when the unit has forgotten them, which {@code invalidate} makes sure of. */
    void clear(Runnable invalidate) {
        if (!twoLevel) {
            for (long i = 0; i < 1L << bits; i++) {
                if (memory.readLong(base + i * StreamTable.ENTRY_BYTES) != ABORT) {
                    memory.writeLong(base + i * StreamTable.ENTRY_BYTES, ABORT);
                }
            }
        }
        for (long i = 0; twoLevel && i < 1L << bits - SPLIT; i++) {
            if (memory.readLong(base + i * StreamTable.DESCRIPTOR_BYTES) != 0) {
                memory.writeLong(base + i * StreamTable.DESCRIPTOR_BYTES, 0);
            }
        }
        invalidate.run();
        leaves.forEach(leaf -> free(pages, leaf, SPLIT + ENTRY_SHIFT));
        leaves.clear();
    }
}
