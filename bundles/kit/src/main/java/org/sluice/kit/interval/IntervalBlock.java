// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.interval;

/**
 * A block of mappings in ascending order. Those in use are a window of its arrays, so that taking from either end and adding at either end
 * move nothing. Not thread-safe.
 */
final class IntervalBlock {
    static final int CAPACITY = 256;
    private static final int SPARSE = CAPACITY / 4;

    final long[] start = new long[CAPACITY];
    final long[] last = new long[CAPACITY];
    final long[] output = new long[CAPACITY];
    final int[] flags = new int[CAPACITY];
    /** The window: its first index, and that behind its last. */
    int from;
    int to;

    /** @param at where the window of an empty block begins: 0 if mappings will come behind one another, the capacity if before */
    IntervalBlock(int at) {
        from = at;
        to = at;
    }

    IntervalBlock copy() {
        IntervalBlock copy = new IntervalBlock(from);
        copyTo(copy, from, from, to - from);
        copy.to = to;
        return copy;
    }

    int size() {
        return to - from;
    }

    boolean isEmpty() {
        return from == to;
    }

    boolean isFull() {
        return to - from == CAPACITY;
    }

    /** The lowest start. */
    long first() {
        return start[from];
    }

    /** Index of the last mapping that starts at or below {@code address}, which is not below the first. */
    int floor(long address) {
        long[] starts = start;
        int at = from;
        int left = to - at;
        // Ascending addresses come behind the last, and what is taken out in their order is the first.
        if (Long.compareUnsigned(starts[to - 1], address) <= 0) {
            return to - 1;
        }
        if (Long.compareUnsigned(starts[at + 1], address) > 0) {
            return at;
        }
        while (left > 1) {
            int half = left >>> 1;
            at += Long.compareUnsigned(starts[at + half], address) <= 0 ? half : 0;
            left -= half;
        }
        return at;
    }

    /** Inserts before index {@code i} of the window, which is not full. */
    void insert(int i, long newStart, long newLast, long newOutput, int newFlags) {
        int at = open(i);
        start[at] = newStart;
        last[at] = newLast;
        output[at] = newOutput;
        flags[at] = newFlags;
    }

    /** Moves the fewer of those before and behind out of the way; the free index. */
    private int open(int i) {
        int before = i - from;
        int behind = to - i;
        if (to < CAPACITY && (behind <= before || from == 0)) {
            if (before == 0 && behind > 0) {
                // As dear as moving by one, and the next one before all others is free.
                shift(from, CAPACITY - behind, behind);
                from = CAPACITY - behind - 1;
                to = CAPACITY;
                return from;
            }
            shift(i, i + 1, behind);
            to++;
            return i;
        }
        if (behind == 0 && before > 0) {
            shift(from, 0, before);
            from = 0;
            to = before + 1;
            return before;
        }
        shift(from, from - 1, before);
        from--;
        return i - 1;
    }

    /** Removes what is from one index to before another; how many. */
    int remove(int first, int end) {
        int before = first - from;
        int behind = to - end;
        if (before < behind) {
            shift(from, from + (end - first), before);
            from += end - first;
        } else {
            shift(end, first, behind);
            to -= end - first;
        }
        return end - first;
    }

    /** Takes the upper half out. */
    IntervalBlock split() {
        int middle = from + to >>> 1;
        IntervalBlock upper = new IntervalBlock(0);
        copyTo(upper, middle, 0, to - middle);
        upper.to = to - middle;
        to = middle;
        return upper;
    }

    /** Takes in all of the next block if both are nearly empty; whether it did. */
    boolean takesIn(IntervalBlock next) {
        int count = next.size();
        if (size() > SPARSE || count > SPARSE) {
            return false;
        }
        if (to + count > CAPACITY) {
            int size = size();
            shift(from, 0, size);
            from = 0;
            to = size;
        }
        next.copyTo(this, next.from, to, count);
        to += count;
        return true;
    }

    private void shift(int first, int target, int count) {
        if (count > 0) {
            copyTo(this, first, target, count);
        }
    }

    private void copyTo(IntervalBlock other, int first, int target, int count) {
        System.arraycopy(start, first, other.start, target, count);
        System.arraycopy(last, first, other.last, target, count);
        System.arraycopy(output, first, other.output, target, count);
        System.arraycopy(flags, first, other.flags, target, count);
    }
}
