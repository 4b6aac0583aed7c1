// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.radix;

import java.util.Arrays;

import org.sluice.machine.AddressRange;
import org.sluice.machine.Hex;
import org.sluice.machine.MemoryWindow;
import org.sluice.machine.PhysicalMemory;

/**
 * Pages for tables, taken from one range of physical memory. Pages are zeroed when handed out, aligned to their size, and
 * reused last in, first out; each lies in one memory window. Not thread-safe: it belongs to whoever edits the tables.
 */
public final class PageAllocator {
    /** No page left. */
    public static final long NONE = -1;
    /** Smallest page: less than 1 KiB is rounded up. */
    static final int MIN_SHIFT = 10;
    private static final int SHIFTS = 18;

    private static final long[] NO_PAGES = {};

    private final PhysicalMemory memory;
    private final AddressRange range;
    private final long[][] free = new long[SHIFTS][];
    private final int[] freeCount = new int[SHIFTS];
    /** First address never handed out; above the range, or wrapped to 0, when there is none. */
    private long next;
    private boolean exhausted;
    private long inUse;

    /**
     * @param range writable memory, free for tables
     * @throws IllegalArgumentException if part of the range is not
     */
    public PageAllocator(PhysicalMemory memory, AddressRange range) {
        this.memory = memory;
        this.range = range;
        this.next = range.start();
        Arrays.fill(free, NO_PAGES);
        for (long at = range.start(); range.contains(at);) {
            MemoryWindow window = memory.window(at);
            if (window == null || !window.isWritable()) {
                throw new IllegalArgumentException("no writable memory at " + Hex.of(at) + " for tables in " + range);
            }
            at = window.range().last() + 1;
        }
    }

    /** A zeroed page of {@code 1 << shift} bytes (1 KiB to 128 MiB), or {@link #NONE}. */
    public long allocate(int shift) {
        int kind = shift - MIN_SHIFT;
        long page = freeCount[kind] > 0 ? free[kind][--freeCount[kind]] : fresh(shift);
        if (page != NONE) {
            memory.window(page).clear(page, 1 << shift);
            inUse += 1L << shift;
        }
        return page;
    }

    private long fresh(int shift) {
        long size = 1L << shift;
        while (!exhausted) {
            long page = next + size - 1 & -size;
            long last = page + size - 1;
            if (Long.compareUnsigned(page, next) < 0 || Long.compareUnsigned(last, range.last()) > 0) {
                return NONE;
            }
            MemoryWindow window = memory.window(page);
            boolean inOne = window.contains(last);
            keepSmaller(next, inOne ? page : page + size);
            next = page + size;
            exhausted = last == range.last();
            if (inOne) {
                return page;
            }
        }
        return NONE;
    }

    /** Makes smaller pages of what alignment skips. */
    private void keepSmaller(long from, long to) {
        long at = from + (1L << MIN_SHIFT) - 1 & -(1L << MIN_SHIFT);
        while (Long.compareUnsigned(at, to) < 0 && to - at >= 1L << MIN_SHIFT) {
            int shift = Math.min(Long.numberOfTrailingZeros(at), Long.SIZE - 1 - Long.numberOfLeadingZeros(to - at));
            while (shift >= MIN_SHIFT && !memory.window(at).contains(at + (1L << shift) - 1)) {
                shift--;
            }
            if (shift >= MIN_SHIFT) {
                push(at, shift - MIN_SHIFT);
            }
            at += 1L << Math.max(shift, MIN_SHIFT);
        }
    }

    /** Takes back a page that {@link #allocate} gave out with the same {@code shift}. */
    public void free(long page, int shift) {
        push(page, shift - MIN_SHIFT);
        inUse -= 1L << shift;
    }

    private void push(long page, int kind) {
        if (freeCount[kind] == free[kind].length) {
            free[kind] = Arrays.copyOf(free[kind], Math.max(64, 2 * freeCount[kind]));
        }
        free[kind][freeCount[kind]++] = page;
    }

    /** Bytes handed out and not taken back. */
    public long inUse() {
        return inUse;
    }
}
