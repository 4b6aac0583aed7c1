// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.space;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A block of up to {@value #CAPACITY} ranges in one array: a head, then the starts, the outputs and the sizes, each in order. Starts
 * are kept with the top bit flipped, so that they compare signed.
 *
 * <p>The ranges in use are a window of the array, so that taking from either end and adding at either end move nothing. The head
 * tells where the window is and counts changes: who reads the same head before and after has read one state. A change within the
 * window locks the head meanwhile; the others replace it by one store.
 */
final class RangeLeaf {
    private static final int LOG2_CAPACITY = 7;
    static final int CAPACITY = 1 << LOG2_CAPACITY;
    /** A leaf as empty as this in front of an end that has no room left is worth moving; a fuller one is not. */
    static final int SPARSE = CAPACITY / 4;

    static final int HEAD = 0;
    static final int START = 1;
    static final int OUTPUT = START + CAPACITY;
    static final int SIZE = OUTPUT + CAPACITY;
    private static final int LENGTH = SIZE + CAPACITY;
    static final long BYTES = 16 + 8L * LENGTH;

    static final int FLAGS = 0xff;
    private static final int WINDOW = 8;

    static final VarHandle WORDS = MethodHandles.arrayElementVarHandle(long[].class);

    private static final int FIRST_SHIFT = 8;
    private static final int FIELD = (1 << FIRST_SHIFT) - 1;
    static final long LOCKED = 1 << 16;
    private static final long CHANGE = 1 << 17;
    private static final long CHANGES = -CHANGE;

    private RangeLeaf() {
    }

    /** Where {@code key} would be in a full leaf of evenly spread ranges between two fences. What comes out for nonsense is an index too. */
    static int guess(long key, long low, long high) {
        long width = (high - low >>> LOG2_CAPACITY) + 1;
        return (int) ((key - low) / width) & CAPACITY - 1;
    }

    static long[] create() {
        return new long[LENGTH];
    }

    /** Index of the first range. */
    static int first(long head) {
        return (int) (head >>> FIRST_SHIFT) & FIELD;
    }

    static int count(long head) {
        return to(head) - first(head);
    }

    /** Index after the last range. */
    static int to(long head) {
        return (int) head & FIELD;
    }

    /** Last address of a range, with the top bit flipped as in its start. */
    static long last(long[] leaf, int at) {
        return leaf[START + at] + size(leaf, at) - 1;
    }

    /** Bytes of a range; 0 is all there are. */
    static long size(long[] leaf, int at) {
        return leaf[SIZE + at] & ~FLAGS;
    }

    /**
     * Index of the last range that starts at {@code key} or before, or the one before the first.
     *
     * @param guess where it would be in a full leaf of evenly spread ranges, 0 to {@code CAPACITY - 1}
     */
    static int floor(long[] leaf, long head, long key, int guess) {
        int first = first(head);
        int to = to(head);
        if (guess >= first && guess < to && leaf[START + guess] <= key && (guess + 1 == to || leaf[START + guess + 1] > key)) {
            return guess;
        }
        return search(leaf, first, to, key, first + (guess * (to - first) >>> LOG2_CAPACITY));
    }

    /** A guess that is not far wrong narrows the search to two lines of cache. */
    private static int search(long[] leaf, int first, int to, long key, int guess) {
        int at = first;
        int end = to;
        int below = guess - WINDOW;
        if (below > at && leaf[START + below] <= key) {
            at = below;
        }
        int above = guess + WINDOW;
        if (above < end && leaf[START + above] > key) {
            end = above;
        }
        int left = end - at;
        while (left > 1) {
            int half = left >>> 1;
            at += leaf[START + at + half] <= key ? half : 0;
            left -= half;
        }
        return left == 1 && leaf[START + at] <= key ? at : at - 1;
    }

    /** Index of the first range that starts at {@code key} or after, or that after the last range. */
    static int starting(long[] leaf, long head, long key, int guess) {
        int at = floor(leaf, head, key, guess);
        return at >= first(head) && leaf[START + at] == key ? at : at + 1;
    }

    /** Index of the first range that ends at {@code key} or after, or that after the last range. */
    static int reaching(long[] leaf, long head, long key, int guess) {
        int at = floor(leaf, head, key, guess);
        return at >= first(head) && last(leaf, at) >= key ? at : at + 1;
    }

    private static long lock(long[] leaf) {
        long head = leaf[HEAD];
        WORDS.setOpaque(leaf, HEAD, head | LOCKED);
        VarHandle.storeStoreFence();
        return head;
    }

    private static void set(long[] leaf, long head, int first, int count) {
        WORDS.setRelease(leaf, HEAD, (head & CHANGES) + CHANGE | (long) first << FIRST_SHIFT | first + count);
    }

    private static void put(long[] leaf, int at, long key, long output, long word) {
        leaf[START + at] = key;
        leaf[OUTPUT + at] = output;
        leaf[SIZE + at] = word;
    }

    private static void move(long[] leaf, int from, long[] other, int to, int count) {
        System.arraycopy(leaf, START + from, other, START + to, count);
        System.arraycopy(leaf, OUTPUT + from, other, OUTPUT + to, count);
        System.arraycopy(leaf, SIZE + from, other, SIZE + to, count);
    }

    /** Whether a range before index {@code at} asks for another leaf. */
    static boolean isFull(long head, int at) {
        int first = first(head);
        int to = to(head);
        if (at == to) {
            return to == CAPACITY && first < SPARSE;
        }
        return at == first ? first == 0 && to > CAPACITY - SPARSE : to - first == CAPACITY;
    }

    /** Whether a range from {@code key} on goes behind all others, with room for it there; not if the leaf is empty. */
    static boolean takesBehind(long[] leaf, long head, long key) {
        int to = to(head);
        return to < CAPACITY && to > first(head) && last(leaf, to - 1) < key;
    }

    /** Adds a range that goes behind all others. */
    static void append(long[] leaf, long head, long key, long output, long word) {
        VarHandle.storeStoreFence(); // who still goes by an older head, which had this place, must see that it is older
        put(leaf, to(head), key, output, word);
        WORDS.setRelease(leaf, HEAD, head + CHANGE + 1);
    }

    /** Whether the first range is the one from {@code key} of {@code size} bytes. */
    static boolean isFirst(long[] leaf, long head, long key, long size) {
        int first = first(head);
        return first < to(head) && leaf[START + first] == key && size(leaf, first) == size;
    }

    /** Whether a leaf that has lost a range may join its neighbours, or must be dropped. */
    static boolean isSparseWithout(long head) {
        return looksAround(count(head) - 1);
    }

    /** A look at the neighbours now and then is enough: whoever becomes sparse later looks as well. */
    static boolean looksAround(int left) {
        return left <= SPARSE && (left & 7) == 0;
    }

    /** Takes the first range out. */
    static void removeFirst(long[] leaf, long head) {
        WORDS.setRelease(leaf, HEAD, head + CHANGE + (1 << FIRST_SHIFT));
    }

    /** Adds a range before index {@code at} of a leaf that is not full. */
    static void insert(long[] leaf, int at, long key, long output, long word) {
        long head = leaf[HEAD];
        int first = first(head);
        int to = to(head);
        if (at == to && to < CAPACITY) {
            append(leaf, head, key, output, word);
        } else if (at == first && first > 0) {
            VarHandle.storeStoreFence();
            put(leaf, at - 1, key, output, word);
            set(leaf, head, first - 1, to - first + 1);
        } else {
            lock(leaf);
            int place = open(leaf, first, to, at);
            put(leaf, place, key, output, word);
            set(leaf, head, place - (at - first), to - first + 1);
        }
    }

    /** Makes room before index {@code at}, moving the fewer ranges; at an end, moves all, to have room for more of the kind. */
    private static int open(long[] leaf, int first, int to, int at) {
        if (at == to) {
            move(leaf, first, leaf, 0, to - first);
            return to - first;
        }
        if (at == first) {
            int up = CAPACITY - to;
            move(leaf, first, leaf, first + up, to - first);
            return first + up - 1;
        }
        if (first > 0 && (to == CAPACITY || at - first < to - at)) {
            move(leaf, first, leaf, first - 1, at - first);
            return at - 1;
        }
        move(leaf, at, leaf, at + 1, to - at);
        return at;
    }

    /** Takes the ranges from index {@code at} to before {@code end} out. */
    static void remove(long[] leaf, int at, int end) {
        long head = leaf[HEAD];
        int first = first(head);
        int to = to(head);
        int left = to - first - (end - at);
        if (at == first || end == to) {
            set(leaf, head, at == first ? end : first, left);
            return;
        }
        lock(leaf);
        if (at - first < to - end) {
            move(leaf, first, leaf, first + end - at, at - first);
            first += end - at;
        } else {
            move(leaf, end, leaf, at, to - end);
        }
        set(leaf, head, first, left);
    }

    /** Gives one range other ends within its old ones. */
    static void shrink(long[] leaf, int at, long key, long last) {
        long head = lock(leaf);
        shrinkLocked(leaf, at, key, last);
        set(leaf, head, first(head), count(head));
    }

    private static void shrinkLocked(long[] leaf, int at, long key, long last) {
        leaf[OUTPUT + at] += key - leaf[START + at];
        leaf[SIZE + at] = last - key + 1 | leaf[SIZE + at] & FLAGS;
        leaf[START + at] = key;
    }

    /** Takes {@code key} to {@code last} out of the middle of one range, in a leaf with room; nobody sees its ends missing. */
    static void punch(long[] leaf, int at, long key, long last) {
        long head = lock(leaf);
        int first = first(head);
        int to = to(head);
        long start = leaf[START + at];
        long end = last(leaf, at);
        int place;
        if (first > 0 && (to == CAPACITY || at - first < to - at)) {
            move(leaf, first, leaf, first - 1, at - first + 1);
            first--;
            place = at - 1;
        } else {
            move(leaf, at, leaf, at + 1, to - at);
            place = at;
        }
        put(leaf, place + 1, leaf[START + place], leaf[OUTPUT + place], leaf[SIZE + place]);
        shrinkLocked(leaf, place, start, key - 1);
        shrinkLocked(leaf, place + 1, last + 1, end);
        set(leaf, head, first, count(head) + 1);
    }

    /** Makes an unused leaf hold one range, placed for more at the low or the high end. */
    static void hold(long[] leaf, boolean moreBelow, long key, long output, long word) {
        int at = moreBelow ? CAPACITY - 1 : 0;
        put(leaf, at, key, output, word);
        set(leaf, leaf[HEAD], at, 1);
    }

    /** Moves the upper half into an unused leaf. */
    static void split(long[] leaf, long[] upper) {
        long head = lock(leaf);
        int first = first(head);
        int low = count(head) / 2;
        int high = count(head) - low;
        move(leaf, first + low, upper, 0, high);
        set(upper, upper[HEAD], 0, high);
        set(leaf, head, first, low);
    }

    /** Moves all ranges of the next leaf behind those of this one; both together fit. */
    static void join(long[] leaf, long[] next) {
        long head = lock(leaf);
        long other = lock(next);
        move(leaf, first(head), leaf, 0, count(head));
        move(next, first(other), leaf, count(head), count(other));
        set(leaf, head, 0, count(head) + count(other));
        set(next, other, 0, 0);
    }

    static void clear(long[] leaf) {
        set(leaf, leaf[HEAD], 0, 0);
    }
}
