// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.interval;

import java.util.Arrays;

/**
 * Mappings of one address space: intervals that do not overlap, in ascending order, in blocks of primitive arrays. Looking up, adding and
 * removing cost a binary search and the shift of part of one block, however many there are; beside the last change, and at the ends of a
 * block, little of either. A found mapping is named by a handle that is valid until the next change. Not thread-safe; who looks up beside changes
 * gets an exception of arrays at worst, never an endless loop.
 */
public final class IntervalMap {
    /** No mapping. */
    public static final long NONE = -1;

    /** Blocks in order, none of them empty; the first start of each beside it, so that the search stays in one array. */
    private IntervalBlock[] blocks = new IntervalBlock[1];
    private long[] firsts = new long[1];
    private int used;
    private int size;
    /** The block that went last, for when the next one is wanted: mappings that come and go in turns need no new memory. */
    private IntervalBlock spare;
    /** The block changed last, where the next look-up begins: a hint, whatever it says. */
    private int recent;

    public int size() {
        return size;
    }

    /** A copy that later changes of this map do not touch. */
    public IntervalMap copy() {
        IntervalMap copy = new IntervalMap();
        copy.blocks = new IntervalBlock[blocks.length];
        for (int i = 0; i < used; i++) {
            copy.blocks[i] = blocks[i].copy();
        }
        copy.firsts = firsts.clone();
        copy.used = used;
        copy.size = size;
        return copy;
    }

    /** The mapping that contains {@code address}, or {@link #NONE}. */
    public long find(long address) {
        long at = floor(address);
        return at != NONE && Long.compareUnsigned(address, last(at)) <= 0 ? at : NONE;
    }

    /** The first mapping, or {@link #NONE}. */
    public long first() {
        return used == 0 ? NONE : handle(0, blocks[0].from);
    }

    /** The mapping after {@code handle}, or {@link #NONE}. */
    public long next(long handle) {
        int b = block(handle);
        int i = blocks[b].after(index(handle));
        if (i < blocks[b].to) {
            return handle(b, i);
        }
        return b + 1 < used ? handle(b + 1, blocks[b + 1].from) : NONE;
    }

    /** The first mapping that touches {@code start} to {@code last}, or {@link #NONE}. */
    public long firstWithin(long start, long last) {
        if (isBehindAll(start)) {
            return NONE;
        }
        long at = floor(start);
        if (at == NONE || Long.compareUnsigned(last(at), start) < 0) {
            at = after(at);
        }
        return at != NONE && Long.compareUnsigned(start(at), last) <= 0 ? at : NONE;
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

    /** The last mapping that starts at or below {@code address}, or {@link #NONE}. */
    private long floor(long address) {
        int b = blockOf(address);
        return b < 0 ? NONE : handle(b, blocks[b].floor(address));
    }

    /** The mapping after one, or the first. */
    private long after(long handle) {
        return handle == NONE ? first() : next(handle);
    }

    /** Whether an address is above all that is mapped, which needs no search; true also of an empty map. */
    private boolean isBehindAll(long address) {
        return used == 0 || Long.compareUnsigned(blocks[used - 1].end(), address) < 0;
    }

    /** Adds a mapping; false, and nothing happens, if it overlaps another. */
    public boolean add(long start, long last, long output, int flags) {
        int end = used - 1;
        if (end >= 0 && isBehindAll(start)) {
            if (blocks[end].append(start, last, output, flags)) {
                size++;
                recent = end;
            } else {
                insert(end, blocks[end].to - 1, start, last, output, flags);
            }
            return true;
        }
        long below = floor(start);
        if (below != NONE && Long.compareUnsigned(start, last(below)) <= 0) {
            return false;
        }
        long above = after(below);
        if (above != NONE && Long.compareUnsigned(start(above), last) <= 0) {
            return false;
        }
        int b = below == NONE ? 0 : block(below);
        if (used == 0) {
            insertBlock(0, newBlock(0));
        }
        insert(b, below == NONE ? IntervalBlock.FRONT : index(below), start, last, output, flags);
        return true;
    }

    /** Inserts behind a mapping of a block, or at its {@link IntervalBlock#FRONT}; into another block if that one is full. */
    private void insert(int place, int after, long start, long last, long output, int flags) {
        int b = place;
        int behind = after;
        if (blocks[b].isFull(behind)) {
            b = makeRoom(b, start);
            behind = blocks[b].isEmpty() ? IntervalBlock.FRONT : blocks[b].floor(start);
        }
        blocks[b].insert(behind, start, last, output, flags);
        size++;
        changed(b);
    }

    /** Removes every mapping within {@code start} to {@code last}; false, and nothing happens, if one is only partly inside. */
    public boolean remove(long start, long last) {
        long low = firstWithin(start, last);
        if (low == NONE) {
            return true;
        }
        long high = reachesTo(low, last) ? low : floor(last);
        if (Long.compareUnsigned(start(low), start) < 0 || Long.compareUnsigned(last(high), last) > 0) {
            return false;
        }
        removeRuns(block(low), index(low), block(high), index(high));
        return true;
    }

    /** Whether no mapping after {@code handle} starts at or below {@code last}. */
    private boolean reachesTo(long handle, long last) {
        long after = next(handle);
        return after == NONE || Long.compareUnsigned(start(after), last) > 0;
    }

    /** Removes whatever is mapped from {@code start} to {@code last}, if anything; of mappings that reach beyond, the rest stays. */
    public boolean clear(long start, long last) {
        long low = firstWithin(start, last);
        if (low == NONE) {
            return false;
        }
        long high = reachesTo(low, last) ? low : floor(last);
        if (Long.compareUnsigned(start(low), start) >= 0 && Long.compareUnsigned(last(high), last) <= 0) {
            removeRuns(block(low), index(low), block(high), index(high));
            return true;
        }
        cut(start);
        if (last != -1L) {
            cut(last + 1);
        }
        return remove(start, last);
    }

    /** Makes two of a mapping that contains {@code address} but does not start there. */
    private void cut(long address) {
        long at = find(address);
        if (at == NONE || start(at) == address) {
            return;
        }
        IntervalBlock block = blocks[block(at)];
        int i = index(at);
        long last = block.last[i];
        long output = block.output[i] + (address - block.start[i]);
        int flags = block.flags[i];
        block.last[i] = address - 1;
        add(address, last, output, flags);
    }

    /** Removes from one place to another, inclusive; whole blocks between the two go at once. */
    private void removeRuns(int first, int from, int end, int to) {
        if (first == end) {
            size -= blocks[first].remove(from, to);
        } else {
            size -= blocks[first].remove(from, blocks[first].to - 1) + blocks[end].remove(blocks[end].from, to);
            for (int b = first + 1; b < end; b++) {
                size -= blocks[b].size();
            }
            removeBlocks(first + 1, end);
        }
        settle(first);
    }

    /** After removals from a block and perhaps the start of the next: empty ones go, two nearly empty ones become one. */
    private void settle(int b) {
        if (b + 1 < used) {
            if (blocks[b + 1].isEmpty()) {
                removeBlocks(b + 1, b + 2);
            } else {
                firsts[b + 1] = blocks[b + 1].first();
            }
        }
        if (blocks[b].isEmpty()) {
            removeBlocks(b, b + 1);
            recent = Math.min(b, Math.max(used - 1, 0));
            return;
        }
        if (b + 1 < used && blocks[b].takesIn(blocks[b + 1])) {
            removeBlocks(b + 1, b + 2);
        }
        changed(b);
    }

    private void changed(int b) {
        firsts[b] = blocks[b].first();
        recent = b;
    }

    private void removeBlocks(int from, int to) {
        if (from < to) {
            spare = blocks[from];
        }
        System.arraycopy(blocks, to, blocks, from, used - to);
        System.arraycopy(firsts, to, firsts, from, used - to);
        Arrays.fill(blocks, used - (to - from), used, null);
        used -= to - from;
    }

    /**
     * Makes room for a mapping that belongs into a full or dense block, and tells the block that takes it. One behind or before all others begins a
     * block: ascending or descending addresses would leave a trail of half empty ones otherwise.
     */
    private int makeRoom(int b, long start) {
        if (b + 1 == used && Long.compareUnsigned(start, blocks[b].start[blocks[b].to - 1]) > 0) {
            insertBlock(used, newBlock(0));
            return b + 1;
        }
        if (b == 0 && Long.compareUnsigned(start, firsts[0]) < 0) {
            insertBlock(0, newBlock(IntervalBlock.CAPACITY));
            return 0;
        }
        IntervalBlock upper = newBlock(0);
        blocks[b].splitInto(upper);
        insertBlock(b + 1, upper);
        firsts[b + 1] = upper.first();
        return Long.compareUnsigned(start, upper.first()) < 0 ? b : b + 1;
    }

    /** @param at where the window of the empty block begins */
    private IntervalBlock newBlock(int at) {
        IntervalBlock block = spare == null ? new IntervalBlock() : spare;
        spare = null;
        block.empty(at);
        return block;
    }

    private void insertBlock(int at, IntervalBlock block) {
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
        int count = used;
        long[] starts = firsts;
        int hint = recent;
        if (hint < count && Long.compareUnsigned(starts[hint], address) <= 0
                && (hint + 1 == count || Long.compareUnsigned(starts[hint + 1], address) > 0)) {
            return hint;
        }
        int at = 0;
        for (int left = count; left > 1;) {
            int half = left >>> 1;
            at += Long.compareUnsigned(starts[at + half], address) <= 0 ? half : 0;
            left -= half;
        }
        return count == 0 || Long.compareUnsigned(starts[at], address) > 0 ? -1 : at;
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
