// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.space;

import java.util.Arrays;

/**
 * An inner node: children in order and, from the second on, the lowest key of each. A reader may look while the node changes: it
 * finds nonsense but no index out of bounds, and learns from the tree's version that it has.
 */
final class RangeNode {
    static final int CAPACITY = 256;
    static final int SPARSE = CAPACITY / 4;
    static final long BYTES = 24 + 2 * 16 + CAPACITY * (8L + 4);

    final long[] fences = new long[CAPACITY];
    /** Nodes, or leaves, which are {@code long[]}. */
    final Object[] children = new Object[CAPACITY];
    int count;

    /** Index of the child that {@code key} belongs to. The first fence is never looked at: the first child reaches down to the node's own. */
    int find(long key) {
        long[] keys = fences;
        int at = 0;
        int left = Math.min(count, keys.length);
        while (left > 1) {
            int half = left >>> 1;
            at += keys[at + half] <= key ? half : 0;
            left -= half;
        }
        return at;
    }

    void insert(int at, long fence, Object child) {
        System.arraycopy(fences, at, fences, at + 1, count - at);
        System.arraycopy(children, at, children, at + 1, count - at);
        fences[at] = fence;
        children[at] = child;
        count++;
    }

    void remove(int at) {
        count--;
        System.arraycopy(fences, at + 1, fences, at, count - at);
        System.arraycopy(children, at + 1, children, at, count - at);
        children[count] = null;
    }

    /** Moves the children from {@code at} on into an empty node. */
    void split(int at, RangeNode upper) {
        upper.count = count - at;
        System.arraycopy(fences, at, upper.fences, 0, upper.count);
        System.arraycopy(children, at, upper.children, 0, upper.count);
        Arrays.fill(children, at, count, null);
        count = at;
    }

    /** Takes all children of the next node, whose own fence is {@code fence}. */
    void join(RangeNode next, long fence) {
        System.arraycopy(next.fences, 0, fences, count, next.count);
        System.arraycopy(next.children, 0, children, count, next.count);
        fences[count] = fence;
        count += next.count;
    }
}
