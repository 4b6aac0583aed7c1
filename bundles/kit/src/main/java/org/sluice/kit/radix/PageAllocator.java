// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.radix;

import java.util.Arrays;

import org.sluice.machine.AddressRange;
import org.sluice.machine.MemoryWindow;
import org.sluice.machine.PhysicalMemory;

/**
 * Pages for tables, taken from one range of physical memory. Pages are zeroed when handed out, aligned to their size, and
 * reused last in, first out. Not thread-safe: it belongs to whoever edits the tables.
 */
public final class PageAllocator {
    /** No page left. */
    public static final long NONE = -1;
    private static final int MIN_SHIFT = 10;
    private static final int SHIFTS = 24;

    private final PhysicalMemory memory;
    private final AddressRange range;
    private final long[][] free = new long[SHIFTS][];
    private final int[] freeCount = new int[SHIFTS];
    private long next;
    private long inUse;

    /** @param range writable memory, free for tables */
    public PageAllocator(PhysicalMemory memory, AddressRange range) {
        this.memory = memory;
        this.range = range;
        this.next = range.start();
    }

    /** A zeroed page of {@code 1 << shift} bytes (1 KiB or more), or {@link #NONE}. */
    public long allocate(int shift) {
        int kind = shift - MIN_SHIFT;
        long page;
        boolean used = freeCount[kind] > 0;
        if (used) {
            page = free[kind][--freeCount[kind]];
        } else {
            long size = 1L << shift;
            page = next + size - 1 & -size;
            if (Long.compareUnsigned(page + size - 1, range.last()) > 0 || Long.compareUnsigned(page, next) < 0) {
                return NONE;
            }
            next = page + size;
        }
        MemoryWindow window = memory.window(page);
        window.clear(page, 1 << shift);
        inUse += 1L << shift;
        return page;
    }

    /** Takes back a page that {@link #allocate} gave out with the same {@code shift}. */
    public void free(long page, int shift) {
        int kind = shift - MIN_SHIFT;
        if (free[kind] == null) {
            free[kind] = new long[64];
        } else if (freeCount[kind] == free[kind].length) {
            free[kind] = Arrays.copyOf(free[kind], 2 * freeCount[kind]);
        }
        free[kind][freeCount[kind]++] = page;
        inUse -= 1L << shift;
    }

    /** Bytes handed out and not taken back. */
    public long inUse() {
        return inUse;
    }
}
