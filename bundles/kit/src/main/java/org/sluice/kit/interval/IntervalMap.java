// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.interval;

import java.util.Arrays;

/**
 * Mappings of one address space: intervals that do not overlap, in ascending order, in blocks of primitive arrays. Looking up, adding and
 * removing cost a binary search and the shift of one block, however many there are. A found mapping is named by a handle that is valid
 * until the next change. Not thread-safe.
 */
public final class IntervalMap {
    /** No mapping. */
    public static final long NONE = -1;
    private static final int BLOCK = 256;

    private static final class Block {
        final long[] start = new long[BLOCK];
        final long[] last = new long[BLOCK];
        final long[] output = new long[BLOCK];
        final int[] flags = new int[BLOCK];
        int size;

        /** Index of the last mapping that starts at or below {@code address}, or -1. */
        int floor(long address) {
            int low = 0;
            int high = size - 1;
            while (low <= high) {
                int middle = low + high >>> 1;
                if (Long.compareUnsigned(start[middle], address) <= 0) {
                    low = middle + 1;
                } else {
                    high = middle - 1;
                }
            }
            return high;
        }

        void move(int from, Block to, int at, int count) {
            System.arraycopy(start, from, to.start, at, count);
            System.arraycopy(last, from, to.last, at, count);
            System.arraycopy(output, from, to.output, at, count);
            System.arraycopy(flags, from, to.flags, at, count);
        }
    }

    /** Blocks in order, none of them empty; the first start of each beside it, so that the search stays in one array. */
    private Block[] blocks = new Block[1];
    private long[] firsts = new long[1];
    private int used;
    private int size;

    public int size() {
        return size;
    }

    /** A copy that later changes of this map do not touch. */
    public IntervalMap copy() {
        IntervalMap copy = new IntervalMap();
        copy.blocks = new Block[blocks.length];
        for (int i = 0; i < used; i++) {
            copy.blocks[i] = new Block();
            blocks[i].move(0, copy.blocks[i], 0, blocks[i].size);
            copy.blocks[i].size = blocks[i].size;
        }
        copy.firsts = firsts.clone();
        copy.used = used;
        copy.size = size;
        return copy;
    }

    /** The mapping that contains {@code address}, or {@link #NONE}. */
    public long find(long address) {
        int b = blockOf(address);
        if (b < 0) {
            return NONE;
        }
        int i = blocks[b].floor(address);
        return Long.compareUnsigned(address, blocks[b].last[i]) <= 0 ? handle(b, i) : NONE;
    }

    /** The first mapping, or {@link #NONE}. */
    public long first() {
        return used == 0 ? NONE : handle(0, 0);
    }

    /** The mapping after {@code handle}, or {@link #NONE}. */
    public long next(long handle) {
        int b = block(handle);
        int i = index(handle) + 1;
        if (i < blocks[b].size) {
            return handle(b, i);
        }
        return b + 1 < used ? handle(b + 1, 0) : NONE;
    }

    /** The first mapping that touches {@code start} to {@code last}, or {@link #NONE}. */
    public long firstWithin(long start, long last) {
        long found = find(start);
        if (found == NONE) {
            int b = blockOf(start);
            found = b < 0 ? first() : next(handle(b, blocks[b].floor(start)));
        }
        return found != NONE && Long.compareUnsigned(start(found), last) <= 0 ? found : NONE;
    }

    public long start(long handle) {
        return blocks[block(handle)].start[index(handle)];
    }

    public long last(long handle) {
        return blocks[block(handle)].last[index(handle)];
    }

    /** Output of the first address. */
    public long output(long handle) {
        return blocks[block(handle)].output[index(handle)];
    }

    public int flags(long handle) {
        return blocks[block(handle)].flags[index(handle)];
    }

    /** Adds a mapping; false, and nothing happens, if it overlaps another. */
    public boolean add(long start, long last, long output, int flags) {
        if (firstWithin(start, last) != NONE) {
            return false;
        }
        int b = Math.max(blockOf(start), 0);
        if (used == 0) {
            insertBlock(0, new Block());
        } else if (blocks[b].size == BLOCK) {
            b = makeRoom(b, start);
        }
        Block block = blocks[b];
        int i = block.floor(start) + 1;
        block.move(i, block, i + 1, block.size - i);
        block.start[i] = start;
        block.last[i] = last;
        block.output[i] = output;
        block.flags[i] = flags;
        block.size++;
        size++;
        firsts[b] = block.start[0];
        return true;
    }

    /** Removes every mapping within {@code start} to {@code last}; false, and nothing happens, if one is only partly inside. */
    public boolean remove(long start, long last) {
        long low = find(start);
        long high = find(last);
        if (low != NONE && start(low) != start || high != NONE && last(high) != last) {
            return false;
        }
        for (long at = firstWithin(start, last); at != NONE; at = firstWithin(start, last)) {
            removeRun(block(at), index(at), last);
        }
        return true;
    }

    /** Removes whatever is mapped from {@code start} to {@code last}; of mappings that reach beyond, the rest stays. */
    public void clear(long start, long last) {
        cut(start);
        if (last != -1L) {
            cut(last + 1);
        }
        remove(start, last);
    }

    /** Makes two of a mapping that contains {@code address} but does not start there. */
    private void cut(long address) {
        long at = find(address);
        if (at == NONE || start(at) == address) {
            return;
        }
        Block block = blocks[block(at)];
        int i = index(at);
        long last = block.last[i];
        long output = block.output[i] + (address - block.start[i]);
        int flags = block.flags[i];
        block.last[i] = address - 1;
        add(address, last, output, flags);
    }

    /** Removes what of one block starts at or below {@code last}, from an index on. */
    private void removeRun(int b, int from, long last) {
        Block block = blocks[b];
        int count = block.floor(last) + 1 - from;
        block.move(from + count, block, from, block.size - from - count);
        block.size -= count;
        size -= count;
        if (block.size == 0) {
            removeBlock(b);
            return;
        }
        firsts[b] = block.start[0];
        if (block.size < BLOCK / 4 && b + 1 < used && blocks[b + 1].size <= BLOCK / 4) {
            blocks[b + 1].move(0, block, block.size, blocks[b + 1].size);
            block.size += blocks[b + 1].size;
            removeBlock(b + 1);
        }
    }

    private void removeBlock(int b) {
        used--;
        System.arraycopy(blocks, b + 1, blocks, b, used - b);
        System.arraycopy(firsts, b + 1, firsts, b, used - b);
        blocks[used] = null;
    }

    /**
     * Makes room for a mapping that belongs into a full block, and tells the block that takes it. One behind all others begins a block: ascending
     * addresses would leave a trail of half empty ones otherwise.
     */
    private int makeRoom(int b, long start) {
        if (b + 1 == used && Long.compareUnsigned(start, blocks[b].start[BLOCK - 1]) > 0) {
            insertBlock(used, new Block());
            return b + 1;
        }
        split(b);
        return Math.max(blockOf(start), 0);
    }

    private void split(int b) {
        Block upper = new Block();
        upper.size = BLOCK / 2;
        blocks[b].move(BLOCK / 2, upper, 0, BLOCK / 2);
        blocks[b].size = BLOCK / 2;
        insertBlock(b + 1, upper);
        firsts[b + 1] = upper.start[0];
    }

    private void insertBlock(int at, Block block) {
        if (used == blocks.length) {
            blocks = Arrays.copyOf(blocks, used * 2);
            firsts = Arrays.copyOf(firsts, used * 2);
        }
        System.arraycopy(blocks, at, blocks, at + 1, used - at);
        System.arraycopy(firsts, at, firsts, at + 1, used - at);
        blocks[at] = block;
        used++;
    }

    /** The last block that starts at or below {@code address}, or -1. */
    private int blockOf(long address) {
        int low = 0;
        int high = used - 1;
        while (low <= high) {
            int middle = low + high >>> 1;
            if (Long.compareUnsigned(firsts[middle], address) <= 0) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return high;
    }

    private static long handle(int block, int index) {
        return (long) block << Integer.SIZE | index;
    }

    private static int block(long handle) {
        return (int) (handle >>> Integer.SIZE);
    }

    private static int index(long handle) {
        return (int) handle;
    }
}
