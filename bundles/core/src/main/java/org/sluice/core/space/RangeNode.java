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

    /** Above all keys where there is no child, so that a search need not know how many there are. */
    private static final long NO_FENCE = Long.MAX_VALUE;

    final long[] fences = new long[CAPACITY];
    /** Nodes, or leaves, which are {@code long[]}. */
    final Object[] children = new Object[CAPACITY];
    int count;

    RangeNode() {
        Arrays.fill(fences, NO_FENCE);
    }

    /**
     * Index of the child that {@code key} belongs to. The first fence is never looked at: the first child reaches down to the node's own. Always
     * the same eight steps, without a branch that depends on the key.
     */
    int find(long key) {
        long[] keys = fences;
        int at = keys[128] <= key ? 128 : 0;
        at += keys[at + 64] <= key ? 64 : 0;
        at += keys[at + 32] <= key ? 32 : 0;
        at += keys[at + 16] <= key ? 16 : 0;
        at += keys[at + 8] <= key ? 8 : 0;
        at += keys[at + 4] <= key ? 4 : 0;
        at += keys[at + 2] <= key ? 2 : 0;
        at += keys[at + 1] <= key ? 1 : 0;
        // Beyond the last child only for the highest key of all.
        return at < count ? at : Math.max(count - 1, 0);
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
        fences[count] = NO_FENCE;
    }

    /** Moves the children from {@code at} on into an empty node. */
    void split(int at, RangeNode upper) {
        upper.count = count - at;
        System.arraycopy(fences, at, upper.fences, 0, upper.count);
        System.arraycopy(children, at, upper.children, 0, upper.count);
        Arrays.fill(children, at, count, null);
        Arrays.fill(fences, at, count, NO_FENCE);
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
