// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.space;

/**
 * Which granules of an address space are free, in a tree of 64-way nodes over bitmaps. What is all free or all used has no node. Each node knows
 * of each child the largest power of two that it has free and aligned, so the lowest such block is found on one way down, whatever lies
 * around it: cost follows from the width of the space and not from how much is in use or how torn it is.
 *
 * <p>A byte says what a child has: 0 nothing, else one more than the order (log2 of granules). Not thread-safe.
 */
final class IovaTrie {
    static final long NONE = -1;

    private static final int WAYS = 64;
    private static final int LOG2_WAYS = 6;
    private static final int MOST_SPARE = 64;
    /** Bits whose index is a multiple of 1, 2, 4, ... */
    private static final long[] ALIGNED = {-1L, 0x5555_5555_5555_5555L, 0x1111_1111_1111_1111L, 0x0101_0101_0101_0101L,
        0x0001_0001_0001_0001L, 0x1_0000_0001L, 1};

    private final int topLevel;
    private final long max;
    private final Node top;
    private final Node[] spareBottom = new Node[MOST_SPARE];
    private int spares;

    private static final class Node {
        final byte[] order = new byte[WAYS];
        /** Children that are wholly free. */
        long full;
        /** On the lowest level, a bit for each free granule. */
        final long[] words;
        /** On the others; null where all is free or all is used. */
        final Node[] children;

        Node(int level) {
            words = level == 1 ? new long[WAYS] : null;
            children = level == 1 ? null : new Node[WAYS];
        }

        void put(int child, int newOrder, boolean isFull) {
            order[child] = (byte) newOrder;
            full = isFull ? full | 1L << child : full & ~(1L << child);
        }

        /** What the node's parent keeps of it. */
        int best(int level) {
            int bits = LOG2_WAYS * level;
            if (full != 0) {
                return bits + bestRun(full);
            }
            int best = 0;
            for (int i = 0; i < WAYS && best < bits; i++) {
                best = Math.max(best, order[i]);
            }
            return best;
        }
    }

    /** @param bits log2 of the granules that there are, at least 12 */
    IovaTrie(int bits) {
        topLevel = (bits + LOG2_WAYS - 1) / LOG2_WAYS - 1;
        max = (1L << bits) - 1;
        top = new Node(topLevel);
        set(top, topLevel, 0, max, true);
    }

    /** The last granule. */
    long max() {
        return max;
    }

    /** One more than the order of the largest aligned run of ones. */
    private static int bestRun(long bits) {
        int order = 0;
        long left = bits;
        while (left != 0) {
            left = order < LOG2_WAYS ? left & left >>> (1 << order) & ALIGNED[order + 1] : 0;
            order++;
        }
        return order;
    }

    /** Where aligned runs of {@code 1 << order} ones start. */
    private static long runs(long bits, int order) {
        long left = bits;
        for (int i = 0; i < order; i++) {
            left &= left >>> (1 << i) & ALIGNED[i + 1];
        }
        return left;
    }

    /** The lowest free aligned block of {@code 1 << order} granules that starts at {@code from} or above, or {@link #NONE}. */
    long find(int order, long from) {
        return from > max || order > LOG2_WAYS * (topLevel + 1) ? NONE : find(top, topLevel, order, from);
    }

    private static long find(Node node, int level, int order, long from) {
        int bits = LOG2_WAYS * level;
        int child = (int) (from >>> bits);
        long within = from & (1L << bits) - 1;
        if (order >= bits) {
            int first = within == 0 ? child : child + 1;
            long starts = first == WAYS ? 0 : runs(node.full, order - bits) & -1L << first;
            return starts == 0 ? NONE : (long) Long.numberOfTrailingZeros(starts) << bits;
        }
        for (; child < WAYS; child++, within = 0) {
            if (node.order[child] > order) {
                long at = findIn(node, level, child, order, within);
                if (at != NONE) {
                    return (long) child << bits | at;
                }
            }
        }
        return NONE;
    }

    private static long findIn(Node node, int level, int child, int order, long within) {
        if (level == 1) {
            long starts = runs(node.words[child], order) & -1L << within;
            return starts == 0 ? NONE : Long.numberOfTrailingZeros(starts);
        }
        if ((node.full >>> child & 1) != 0) {
            long size = 1L << order;
            long at = within + size - 1 & -size;
            return at < 1L << LOG2_WAYS * level ? at : NONE;
        }
        return find(node.children[child], level - 1, order, within);
    }

    /** The first used granule from {@code from} on, or one more than the last granule. */
    long nextUsed(long from) {
        long at = from > max ? NONE : nextUsed(top, topLevel, from);
        return at == NONE ? max + 1 : at;
    }

    private static long nextUsed(Node node, int level, long from) {
        int bits = LOG2_WAYS * level;
        int child = (int) (from >>> bits);
        long within = from & (1L << bits) - 1;
        for (; child < WAYS; child++, within = 0) {
            long at = NONE;
            if (level == 1) {
                long used = ~node.words[child] & -1L << within;
                at = used == 0 ? NONE : Long.numberOfTrailingZeros(used);
            } else if ((node.full >>> child & 1) == 0) {
                at = node.children[child] == null ? within : nextUsed(node.children[child], level - 1, within);
            }
            if (at != NONE) {
                return (long) child << bits | at;
            }
        }
        return NONE;
    }

    /** The last used granule up to {@code from}, or {@link #NONE}. */
    long previousUsed(long from) {
        return previousUsed(top, topLevel, from);
    }

    private static long previousUsed(Node node, int level, long from) {
        int bits = LOG2_WAYS * level;
        long mask = (1L << bits) - 1;
        long within = from & mask;
        for (int child = (int) (from >>> bits); child >= 0; child--, within = mask) {
            long at = NONE;
            if (level == 1) {
                long used = ~node.words[child] & -1L >>> WAYS - 1 - within;
                at = used == 0 ? NONE : WAYS - 1 - Long.numberOfLeadingZeros(used);
            } else if ((node.full >>> child & 1) == 0) {
                at = node.children[child] == null ? within : previousUsed(node.children[child], level - 1, within);
            }
            if (at != NONE) {
                return (long) child << bits | at;
            }
        }
        return NONE;
    }

    boolean isFree(long first, long last) {
        return nextUsed(first) > last;
    }

    boolean isUsed(long first, long last) {
        long free = find(0, first);
        return free == NONE || free > last;
    }

    /** Makes granules free or used, whatever they were. */
    void set(long first, long last, boolean free) {
        set(top, topLevel, first, last, free);
    }

    private void set(Node node, int level, long first, long last, boolean free) {
        int bits = LOG2_WAYS * level;
        long mask = (1L << bits) - 1;
        int end = (int) (last >>> bits);
        for (int child = (int) (first >>> bits); child <= end; child++) {
            long low = child == first >>> bits ? first & mask : 0;
            long high = child == end ? last & mask : mask;
            if (low == 0 && high == mask) {
                setAll(node, level, child, free);
            } else if (level == 1) {
                long some = -1L >>> WAYS - 1 - (high - low) << low;
                node.words[child] = free ? node.words[child] | some : node.words[child] & ~some;
                node.put(child, bestRun(node.words[child]), node.words[child] == -1);
            } else {
                setPart(node, level, child, low, high, free);
            }
        }
    }

    private void setAll(Node node, int level, int child, boolean free) {
        if (level == 1) {
            node.words[child] = free ? -1 : 0;
        } else {
            node.children[child] = null;
        }
        node.put(child, free ? LOG2_WAYS * level + 1 : 0, free);
    }

    private void setPart(Node node, int level, int child, long low, long high, boolean free) {
        boolean wasFull = (node.full >>> child & 1) != 0;
        Node below = node.children[child];
        if (below == null) {
            if (wasFull == free) {
                return;
            }
            below = take(level - 1);
            for (int i = 0; i < WAYS; i++) {
                setAll(below, level - 1, i, wasFull);
            }
            node.children[child] = below;
        }
        set(below, level - 1, low, high, free);
        int best = below.best(level - 1);
        boolean isFull = below.full == -1;
        if (isFull || best == 0) {
            node.children[child] = null;
            give(below, level - 1);
        }
        node.put(child, best, isFull);
    }

    /** Nodes of the lowest level come and go with every few pages; they are kept. */
    private Node take(int level) {
        return level == 1 && spares > 0 ? spareBottom[--spares] : new Node(level);
    }

    private void give(Node node, int level) {
        if (level == 1 && spares < MOST_SPARE) {
            spareBottom[spares++] = node;
        }
    }
}
