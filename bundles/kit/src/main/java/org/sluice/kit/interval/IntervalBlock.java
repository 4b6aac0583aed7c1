// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.interval;

/**
 * A block of mappings in ascending order. Those in use are a window of its arrays with at most one gap inside, so that taking from either end,
 * adding at either end, and changes beside the one before move nothing. Not thread-safe.
 */
final class IntervalBlock {
    static final int CAPACITY = 256;
    private static final int SPARSE = CAPACITY / 4;
    private static final int DENSE = CAPACITY - SPARSE;
    /** Before the first mapping. */
    static final int FRONT = -1;

    final long[] start = new long[CAPACITY];
    final long[] last = new long[CAPACITY];
    final long[] output = new long[CAPACITY];
    final int[] flags = new int[CAPACITY];
    /** The window: its first index, and that behind its last. Both ends are in use, unless there is nothing. */
    int from;
    int to;
    /** The gap: its first index, and that behind its last; equal if there is none. */
    private int gapFrom;
    private int gapTo;

    /**
     * Makes it empty.
     *
     * @param at where its window begins: 0 if mappings will come behind one another, the capacity if before
     */
    void empty(int at) {
        setWindow(at, at);
    }

    private void setWindow(int first, int end) {
        from = first;
        to = end;
        gapFrom = first;
        gapTo = first;
    }

    IntervalBlock copy() {
        IntervalBlock copy = new IntervalBlock();
        copyTo(copy, from, from, to - from);
        copy.from = from;
        copy.to = to;
        copy.gapFrom = gapFrom;
        copy.gapTo = gapTo;
        return copy;
    }

    int size() {
        return to - from - (gapTo - gapFrom);
    }

    boolean isEmpty() {
        return from == to;
    }

    /** Whether a mapping behind that at an index, or at the {@link #FRONT}, asks for another block: there is no room, or too little is left to move all for it. */
    boolean isFull(int behind) {
        boolean atEnd = behind == to - 1 ? to == CAPACITY : behind == FRONT && from == 0;
        return size() >= (atEnd ? DENSE : CAPACITY);
    }

    /** The lowest start. */
    long first() {
        return start[from];
    }

    /** The highest last address. */
    long end() {
        return last[to - 1];
    }

    /** The index after one in use; {@link #to} after the last. */
    int after(int i) {
        return i + 1 == gapFrom ? gapTo : i + 1;
    }

    /** Index of the last mapping that starts at or below {@code address}, which is not below the first. */
    int floor(long address) {
        long[] starts = start;
        // Ascending addresses come behind the last, or before the gap that others leave.
        if (Long.compareUnsigned(starts[to - 1], address) <= 0) {
            return to - 1;
        }
        int at = from;
        int end = to;
        if (gapFrom != gapTo) {
            boolean behind = Long.compareUnsigned(starts[gapTo], address) <= 0;
            at = behind ? gapTo : from;
            end = behind ? to : gapFrom;
            if (Long.compareUnsigned(starts[end - 1], address) <= 0) {
                return end - 1;
            }
        }
        // What is taken out in ascending order is the first, or that behind the gap.
        if (Long.compareUnsigned(starts[at + 1], address) > 0) {
            return at;
        }
        for (int left = end - at; left > 1;) {
            int half = left >>> 1;
            at += Long.compareUnsigned(starts[at + half], address) <= 0 ? half : 0;
            left -= half;
        }
        return at;
    }

    /** Inserts behind the mapping at an index, or at the {@link #FRONT}; the block is not full. */
    void insert(int behind, long newStart, long newLast, long newOutput, int newFlags) {
        int at = behind == to - 1 ? openBack() : behind == FRONT ? openFront() : openInside(behind + 1);
        put(at, newStart, newLast, newOutput, newFlags);
    }

    /** Adds behind all others if there is room behind them; false if not. */
    boolean append(long newStart, long newLast, long newOutput, int newFlags) {
        int at = to;
        if (at == CAPACITY) {
            return false;
        }
        put(at, newStart, newLast, newOutput, newFlags);
        to = at + 1;
        return true;
    }

    private void put(int at, long newStart, long newLast, long newOutput, int newFlags) {
        start[at] = newStart;
        last[at] = newLast;
        output[at] = newOutput;
        flags[at] = newFlags;
    }

    private int openBack() {
        if (to == CAPACITY) {
            slideDown(gapFrom == gapTo ? 0 : from);
        }
        return to++;
    }

    private int openFront() {
        if (from == 0) {
            slideUp(gapFrom == gapTo ? CAPACITY : to);
        }
        setWindowStart(from - 1);
        return from;
    }

    /** Moves what is in use together, to begin at {@code first}, which is not above where it begins. */
    private void slideDown(int first) {
        int before = gapFrom - from;
        int behind = to - gapTo;
        shift(from, first, before);
        shift(gapTo, first + before, behind);
        setWindow(first, first + before + behind);
    }

    /** Moves what is in use together, to end before {@code end}, which is not below where it ends. */
    private void slideUp(int end) {
        int before = gapFrom - from;
        int behind = to - gapTo;
        shift(gapTo, end - behind, behind);
        shift(from, end - behind - before, before);
        setWindow(end - behind - before, end);
    }

    private void setWindowStart(int first) {
        if (gapFrom == gapTo) {
            gapFrom = first;
            gapTo = first;
        }
        from = first;
    }

    /** Makes the place before index {@code i}, or before the gap if that is there, free. */
    private int openInside(int i) {
        if (gapFrom == gapTo) {
            return openWithoutGap(i);
        }
        moveGap(i);
        int at = gapFrom++;
        return at;
    }

    /** The gap comes before what is at index {@code i}; where it begins already, it stays. */
    private void moveGap(int i) {
        if (i <= gapFrom) {
            int count = gapFrom - i;
            shift(i, gapTo - count, count);
            gapFrom -= count;
            gapTo -= count;
        } else {
            int count = i - gapTo;
            shift(gapTo, gapFrom, count);
            gapFrom += count;
            gapTo += count;
        }
    }

    /** Moves the fewer of those before and behind out of the way. */
    private int openWithoutGap(int i) {
        int before = i - from;
        int behind = to - i;
        if (to < CAPACITY && (behind <= before || from == 0)) {
            shift(i, i + 1, behind);
            to++;
            return i;
        }
        shift(from, from - 1, before);
        setWindowStart(from - 1);
        return i - 1;
    }

    /** Removes what is from one index to another, inclusive, both in use; how many. */
    int remove(int first, int end) {
        int before = size();
        if (gapFrom == gapTo || first < gapFrom && end >= gapTo) {
            gapFrom = first;
            gapTo = end + 1;
        } else if (first == from) {
            from = end + 1;
        } else if (end == to - 1) {
            to = first;
        } else if (end < gapFrom) {
            moveGap(end + 1);
            gapFrom = first;
        } else {
            moveGap(first);
            gapTo = end + 1;
        }
        settle();
        return before - size();
    }

    /** A gap at an end is none. */
    private void settle() {
        if (gapFrom == from) {
            setWindow(gapTo, to);
        } else if (gapTo == to) {
            setWindow(from, gapFrom);
        }
    }

    /** Moves the upper half into an empty block. */
    void splitInto(IntervalBlock upper) {
        slideDown(from);
        int middle = from + to >>> 1;
        copyTo(upper, middle, 0, to - middle);
        upper.setWindow(0, to - middle);
        setWindow(from, middle);
    }

    /** Takes in all of the next block if both are nearly empty; whether it did. */
    boolean takesIn(IntervalBlock next) {
        if (size() > SPARSE || next.size() > SPARSE) {
            return false;
        }
        slideDown(0);
        next.slideDown(next.from);
        next.copyTo(this, next.from, to, next.size());
        to += next.size();
        return true;
    }

    private void shift(int first, int target, int count) {
        if (count > 0 && first != target) {
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
