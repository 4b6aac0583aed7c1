// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.space;

import java.lang.invoke.VarHandle;

/**
 * The levels above the leaves of a {@link RangeMap}. A range lies wholly between the fence of its leaf and that of the next, and no leaf
 * is empty unless it is the only one; so whoever looks for an address needs its leaf and at most the next.
 *
 * <p>The writer's last two leaves are remembered with the ways to them: who maps here and unmaps there finds both. Levels change
 * rarely - once in dozens of ranges - and then under one version for all of them; whatever memory a change needs is there before it
 * begins.
 */
final class RangeTree {
    static final int MAX_DEPTH = 12;
    private static final int MOST_SPARE = 8;
    /** The version has a cache line of its own: every reader looks at it. */
    private static final int VERSION = 16;

    private final long[] state = new long[2 * VERSION];
    private Object root = RangeLeaf.create();

    /** The located leaf, and the one located before. */
    private Place here = new Place();
    private Place there = new Place();

    private final RangeNode[] fresh = new RangeNode[MAX_DEPTH];
    private final long[][] spare = new long[MOST_SPARE][];
    private int spares;
    private long leaves = 1;
    private long nodes;

    /** A leaf, the keys that belong to it, and the way to it; none if {@code low} is above {@code high}. */
    private static final class Place {
        private final RangeNode[] path = new RangeNode[MAX_DEPTH];
        private final int[] slots = new int[MAX_DEPTH];
        private int depth;
        private long[] leaf;
        private long low = Long.MAX_VALUE;
        private long high = Long.MIN_VALUE;

        private boolean has(long key) {
            return key >= low && key <= high;
        }

        private void forget() {
            low = Long.MAX_VALUE;
            high = Long.MIN_VALUE;
        }
    }

    // What readers call, at any time.

    /** Odd while levels change. */
    long version() {
        return (long) RangeLeaf.WORDS.getAcquire(state, VERSION);
    }

    boolean isStill(long version) {
        return (long) RangeLeaf.WORDS.getOpaque(state, VERSION) == version;
    }

    /** The leaf of a key, and where in it the key may be; null or any leaf if levels change. */
    long[] leaf(long key, RangeMap.Entry out) {
        Object at = root;
        RangeNode last = null;
        int slot = 0;
        while (at instanceof RangeNode node) {
            last = node;
            slot = node.find(key);
            at = node.children[slot];
        }
        out.guess = last != null && slot + 1 < Math.min(last.count, RangeNode.CAPACITY) ? RangeLeaf.guess(key, last.fences[slot], last.fences[slot + 1] - 1) : 0;
        return (long[]) at;
    }

    /** The leaf of a key; null or any leaf if levels change. */
    long[] leaf(long key) {
        Object at = root;
        while (at instanceof RangeNode node) {
            at = node.children[node.find(key)];
        }
        return (long[]) at;
    }

    /** The last key of the leaf of {@code key}; any if levels change. */
    long last(long key) {
        long last = Long.MAX_VALUE;
        Object at = root;
        while (at instanceof RangeNode node) {
            int slot = node.find(key);
            if (slot + 1 < Math.min(node.count, RangeNode.CAPACITY)) {
                last = node.fences[slot + 1] - 1;
            }
            at = node.children[slot];
        }
        return last;
    }

    // What the writer calls.

    /** The leaf of a key, remembered for what follows. */
    long[] locate(long key) {
        Place place = here;
        return place.has(key) ? place.leaf : locateElsewhere(key);
    }

    /** The leaf of all keys from one to another if it is the located one or the one located before, or null. */
    long[] near(long key, long last) {
        return key >= here.low && last <= here.high ? here.leaf : key >= there.low && last <= there.high ? there.leaf : null;
    }

    private long[] locateElsewhere(long key) {
        Place place = there;
        there = here;
        here = place;
        if (!place.has(key)) {
            descend(place, key);
        }
        return place.leaf;
    }

    private void descend(Place place, long key) {
        place.low = Long.MIN_VALUE;
        place.high = Long.MAX_VALUE;
        int depth = 0;
        Object at = root;
        while (at instanceof RangeNode node) {
            int slot = node.find(key);
            place.path[depth] = node;
            place.slots[depth++] = slot;
            if (slot > 0) {
                place.low = node.fences[slot];
            }
            if (slot + 1 < node.count) {
                place.high = node.fences[slot + 1] - 1;
            }
            at = node.children[slot];
        }
        place.depth = depth;
        place.leaf = (long[]) at;
    }

    /** Where a key may be in the located leaf. */
    int guess(long key) {
        return RangeLeaf.guess(key, here.low, here.high);
    }

    /** The last key that belongs to the located leaf. */
    long high() {
        return here.high;
    }

    private void forget() {
        here.forget();
        there.forget();
    }

    private void begin() {
        RangeLeaf.WORDS.setOpaque(state, VERSION, state[VERSION] + 1);
        VarHandle.storeStoreFence();
    }

    private void end() {
        RangeLeaf.WORDS.setRelease(state, VERSION, state[VERSION] + 1);
        forget();
    }

    /** Whether the located leaf can hold a range up to {@code last}: no range of the next leaf starts at or before it. */
    boolean reaches(long last) {
        if (last <= here.high) {
            return true;
        }
        long[] next = leaf(here.high + 1);
        return next[RangeLeaf.START + RangeLeaf.first(next[RangeLeaf.HEAD])] > last;
    }

    /** Gives the located leaf the keys up to {@code last}. */
    void extend(long last) {
        Place place = here;
        int level = place.depth - 1;
        while (place.slots[level] + 1 == place.path[level].count) {
            level--;
        }
        begin();
        place.path[level].fences[place.slots[level] + 1] = last + 1;
        RangeLeaf.WORDS.setRelease(state, VERSION, state[VERSION] + 1);
        place.high = last;
        there.forget(); // it may be the leaf that has lost these keys
    }

    /** Adds a range before index {@code at} of the located leaf, which is full; {@link #prepare} first. */
    void insertFull(int at, long key, long output, long word) {
        long[] leaf = here.leaf;
        long head = leaf[RangeLeaf.HEAD];
        if (at != RangeLeaf.to(head) && at != RangeLeaf.first(head)) {
            split();
            long[] half = locate(key);
            RangeLeaf.insert(half, RangeLeaf.floor(half, half[RangeLeaf.HEAD], key, guess(key)) + 1, key, output, word);
            return;
        }
        boolean below = at != RangeLeaf.to(head);
        long[] other = take();
        RangeLeaf.hold(other, below, key, output, word);
        begin();
        if (below) {
            replace(other);
            add(leaf[RangeLeaf.START + at], leaf);
        } else {
            add(key, other);
        }
        end();
    }

    /** Makes two of the located leaf; {@link #prepare} first. */
    void split() {
        long[] leaf = here.leaf;
        long[] upper = take();
        begin();
        RangeLeaf.split(leaf, upper);
        add(upper[RangeLeaf.START], upper);
        end();
    }

    /** Gets what {@link #insertFull} or {@link #split} of the located leaf will need, so that neither can fail half-way. */
    void prepare() {
        if (spares == 0) {
            spare[spares++] = RangeLeaf.create();
        }
        int level = here.depth - 1;
        int wanted = 0;
        while (level >= 0 && here.path[level].count == RangeNode.CAPACITY) {
            level--;
            wanted++;
        }
        if (level < 0) {
            wanted++;
        }
        for (int i = 0; i < wanted; i++) {
            if (fresh[i] == null) {
                fresh[i] = new RangeNode();
            }
        }
    }

    private long[] take() {
        leaves++;
        return spare[--spares];
    }

    private void give(long[] leaf) {
        leaves--;
        RangeLeaf.clear(leaf);
        if (spares < MOST_SPARE) {
            spare[spares++] = leaf;
        }
    }

    private void replace(long[] leaf) {
        if (here.depth == 0) {
            root = leaf;
        } else {
            here.path[here.depth - 1].children[here.slots[here.depth - 1]] = leaf;
        }
    }

    /** Adds a child behind the present path, splitting nodes upwards. */
    private void add(long fence, Object child) {
        int used = 0;
        for (int level = here.depth - 1; level >= 0; level--) {
            RangeNode node = here.path[level];
            int at = here.slots[level] + 1;
            if (node.count < RangeNode.CAPACITY) {
                node.insert(at, fence, child);
                return;
            }
            RangeNode upper = use(used++);
            // Behind the last child: the node stays full, so that ascending keys fill every node.
            node.split(at == node.count ? at : node.count / 2, upper);
            if (at > node.count || upper.count == 0) {
                upper.insert(at - node.count, fence, child);
            } else {
                node.insert(at, fence, child);
            }
            fence = upper.fences[0];
            child = upper;
        }
        RangeNode top = use(used);
        top.insert(0, Long.MIN_VALUE, root);
        top.insert(1, fence, child);
        root = top;
    }

    private RangeNode use(int index) {
        RangeNode node = fresh[index];
        fresh[index] = null;
        nodes++;
        return node;
    }

    /** Whether the located leaf is the only one. */
    boolean isSingle() {
        return here.depth == 0;
    }

    /** Drops the located leaf, which is not the only one, with its ranges. */
    void drop() {
        long[] leaf = here.leaf;
        begin();
        unlink(here.depth - 1);
        give(leaf);
        end();
    }

    /** Joins the located leaf with a neighbour under the same node if both are sparse. */
    void join() {
        if (here.depth == 0) {
            return;
        }
        RangeNode node = here.path[here.depth - 1];
        int slot = here.slots[here.depth - 1];
        int count = RangeLeaf.count(here.leaf[RangeLeaf.HEAD]);
        if (slot + 1 < node.count && count + countOf(node, slot + 1) <= RangeLeaf.CAPACITY / 2) {
            here.slots[here.depth - 1]++;
        } else if (slot == 0 || count + countOf(node, slot - 1) > RangeLeaf.CAPACITY / 2) {
            return;
        }
        int right = here.slots[here.depth - 1];
        long[] next = (long[]) node.children[right];
        begin();
        RangeLeaf.join((long[]) node.children[right - 1], next);
        unlink(here.depth - 1);
        give(next);
        end();
    }

    private static int countOf(RangeNode node, int slot) {
        return RangeLeaf.count(((long[]) node.children[slot])[RangeLeaf.HEAD]);
    }

    /** Takes the child on the path out of its node; joins nodes that become sparse. */
    private void unlink(int level) {
        RangeNode node = here.path[level];
        node.remove(here.slots[level]);
        if (level == 0) {
            while (root instanceof RangeNode top && top.count == 1) {
                root = top.children[0];
                nodes--;
            }
        } else if (node.count == 0) {
            nodes--;
            unlink(level - 1);
        } else if (node.count <= RangeNode.SPARSE) {
            joinNodes(level - 1);
        }
    }

    private void joinNodes(int level) {
        RangeNode parent = here.path[level];
        int slot = here.slots[level];
        if (slot + 1 == parent.count) {
            slot--;
        }
        if (slot < 0) {
            return;
        }
        RangeNode left = (RangeNode) parent.children[slot];
        RangeNode right = (RangeNode) parent.children[slot + 1];
        if (left.count + right.count <= RangeNode.CAPACITY / 2) {
            left.join(right, parent.fences[slot + 1]);
            here.slots[level] = slot + 1;
            nodes--;
            unlink(level);
        }
    }

    long bytes() {
        return (leaves + spares) * RangeLeaf.BYTES + nodes * RangeNode.BYTES;
    }
}
