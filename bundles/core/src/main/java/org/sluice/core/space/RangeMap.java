// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.space;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

import org.sluice.machine.AddressRange;
import org.sluice.machine.Hex;

/**
 * The truth of an address space: disjoint ranges of addresses, each with an output address and eight bits of the caller's. Ranges begin
 * and end at multiples of {@value #GRAIN}, may reach the last address there is, and stay apart even if they continue each other.
 *
 * <p>A tree of sorted blocks ({@link RangeLeaf}, {@link RangeTree}): finding, adding and taking out cost O(log n) whatever their order, and
 * 24.5 bytes a range if they come in order, 35 if they come at random.
 *
 * <p>One writer at a time, which is the caller's to see to. Any number of readers beside it, without a lock: each call of {@link #first},
 * {@link #next} and {@link #overlap} answers what was true at some moment during the call. Reads are repeated when a change came in
 * between; after some repetitions a reader asks the writer to pause between two changes.
 */
public final class RangeMap {
    /** Starts and sizes are multiples of this. */
    public static final int GRAIN = 256;
    /** Answer of {@link #remove}: an end would have cut a range. */
    public static final long CUT = -1;

    private static final long TOP = Long.MIN_VALUE;

    private static final int AGAIN = -1;
    private static final int TRIES = 64;
    private static final int PAUSE_SPINS = 2000;
    private static final VarHandle WORDS = RangeLeaf.WORDS;
    private static final VarHandle COUNT = field("count");
    private static final VarHandle BYTES = field("bytes");
    private static final VarHandle WAITING = field("waiting");

    private final RangeTree tree = new RangeTree();
    private long count;
    private long bytes;
    /** Readers that have waited long. */
    private long waiting;

    private static VarHandle field(String name) {
        try {
            return MethodHandles.lookup().findVarHandle(RangeMap.class, name, long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** One range as it was found, and a place in the map to go on from. One thread's; filled anew by each call. */
    public static final class Entry {
        private long start;
        private long last;
        private long output;
        private int flags;

        private long[] leaf;
        private long head;
        private int at;
        private long version;
        int guess;

        public long start() {
            return start;
        }

        public long last() {
            return last;
        }

        public long output() {
            return output;
        }

        public int flags() {
            return flags;
        }

        private void set(long key, long newOutput, long word) {
            start = key ^ TOP;
            last = start + (word & ~RangeLeaf.FLAGS) - 1;
            output = newOutput;
            flags = (int) word & RangeLeaf.FLAGS;
        }

        private void place(long[] newLeaf, long newHead, int newAt, long newVersion) {
            leaf = newLeaf;
            head = newHead;
            at = newAt;
            version = newVersion;
        }
    }

    /**
     * Adds a range.
     *
     * @param size in bytes; 0 is all there are
     * @param flags eight bits
     * @return false, and nothing has changed, if part of it is there already
     */
    public boolean insert(long start, long size, long output, int flags) {
        long key = start ^ TOP;
        long last = key + size - 1;
        if (((start | size) & GRAIN - 1 | flags & ~RangeLeaf.FLAGS) != 0 || last < key) {
            throw new IllegalArgumentException(Hex.of(size) + " bytes at " + Hex.of(start) + ", flags " + flags);
        }
        return add(start, size, output, flags);
    }

    /** As {@link #insert} for who knows that start and size are multiples of {@value #GRAIN}, and that the range does not wrap. */
    boolean add(long start, long size, long output, int flags) {
        long key = start ^ TOP;
        long last = key + size - 1;
        long[] leaf = tree.near(key, last);
        long head = leaf == null ? 0 : leaf[RangeLeaf.HEAD];
        if (leaf == null || !RangeLeaf.takesBehind(leaf, head, key)) {
            return insertAnywhere(key, last, output, size | flags);
        }
        begin();
        RangeLeaf.append(leaf, head, key, output, size | flags);
        end(1, size);
        return true;
    }

    private boolean insertAnywhere(long key, long last, long output, long word) {
        long[] leaf = tree.locate(key);
        long head = leaf[RangeLeaf.HEAD];
        int to = RangeLeaf.to(head);
        int first = RangeLeaf.first(head);
        int at = to == first || key > leaf[RangeLeaf.START + to - 1] ? to : RangeLeaf.floor(leaf, head, key, tree.guess(key)) + 1;
        if (at > first && RangeLeaf.last(leaf, at - 1) >= key || at < to && leaf[RangeLeaf.START + at] <= last || !tree.reaches(last)) {
            return false;
        }
        boolean full = RangeLeaf.isFull(head, at);
        if (full) {
            tree.prepare();
        }
        begin();
        if (last > tree.high()) {
            tree.extend(last);
        }
        if (full) {
            tree.insertFull(at, key, output, word);
        } else {
            RangeLeaf.insert(leaf, at, key, output, word);
        }
        end(1, last - key + 1);
        return true;
    }

    /**
     * Takes a range out if it is the first of a leaf where one of the last changes was and leaves enough behind, as nearly always when
     * ranges go in order; if not, false, and nothing has changed.
     *
     * @param size of the whole range
     */
    boolean removeFirst(long start, long size) {
        long key = start ^ TOP;
        long[] leaf = tree.near(key, key);
        if (leaf == null) {
            return false;
        }
        long head = leaf[RangeLeaf.HEAD];
        if (!RangeLeaf.isFirst(leaf, head, key, size) || RangeLeaf.isSparseWithout(head)) {
            return false;
        }
        begin();
        RangeLeaf.removeFirst(leaf, head);
        end(-1, -size);
        return true;
    }

    /** Whether an address belongs where the last changes were, so that nothing has to be waited for; for the writer. */
    boolean isNear(long address) {
        long key = address ^ TOP;
        return tree.near(key, key) != null;
    }

    /**
     * Takes out all ranges that lie within {@code start} to {@code last}. Readers see them go one by one.
     *
     * @return how many bytes they had, 2<sup>64</sup> being 0 as for none; or {@link #CUT}, and nothing has changed, if one reaches beyond
     */
    public long remove(long start, long last) {
        long key = start ^ TOP;
        long end = last ^ TOP;
        order(start, last);
        long[] leaf = tree.locate(key);
        long head = leaf[RangeLeaf.HEAD];
        int at = RangeLeaf.first(head);
        if (at == RangeLeaf.to(head) || leaf[RangeLeaf.START + at] != key) {
            at = RangeLeaf.reaching(leaf, head, key, tree.guess(key));
        }
        if (at < RangeLeaf.to(head)) {
            if (leaf[RangeLeaf.START + at] < key) {
                return CUT;
            }
            if (RangeLeaf.last(leaf, at) == end) {
                begin();
                long size = RangeLeaf.size(leaf, at);
                take(leaf, at, at + 1);
                end(-1, -size);
                return size;
            }
        }
        return cutBy(end) >= 0 ? CUT : removeAll(key, end);
    }

    /**
     * Takes the addresses from {@code start} to {@code last} out of all ranges, of those that reach beyond only the part. What stays of a
     * range is there all the time.
     *
     * @param start a multiple of {@value #GRAIN}
     * @param last one less than a multiple of {@value #GRAIN}
     * @return how many bytes were taken out, 2<sup>64</sup> being 0 as for none
     */
    public long cut(long start, long last) {
        order(start, last);
        if (((start | last + 1) & GRAIN - 1) != 0) {
            throw new IllegalArgumentException(Hex.of(start) + " to " + Hex.of(last));
        }
        long key = start ^ TOP;
        long end = last ^ TOP;
        long bytes = 0;
        long[] leaf = tree.locate(key);
        int at = RangeLeaf.reaching(leaf, leaf[RangeLeaf.HEAD], key, tree.guess(key));
        if (at < RangeLeaf.to(leaf[RangeLeaf.HEAD]) && leaf[RangeLeaf.START + at] < key) {
            long old = RangeLeaf.last(leaf, at);
            if (old > end) {
                punch(leaf, at, key, end);
                return end - key + 1;
            }
            bytes = old - key + 1;
            begin();
            RangeLeaf.shrink(leaf, at, leaf[RangeLeaf.START + at], key - 1);
            end(0, -bytes);
        }
        at = cutBy(end);
        if (at >= 0) {
            leaf = tree.locate(end);
            long part = end - leaf[RangeLeaf.START + at] + 1;
            begin();
            RangeLeaf.shrink(leaf, at, end + 1, RangeLeaf.last(leaf, at));
            end(0, -part);
            bytes += part;
        }
        return bytes + removeAll(key, end);
    }

    private void punch(long[] leaf, int at, long key, long end) {
        boolean full = RangeLeaf.count(leaf[RangeLeaf.HEAD]) == RangeLeaf.CAPACITY;
        if (full) {
            tree.prepare();
        }
        begin();
        long[] place = leaf;
        int index = at;
        if (full) {
            tree.split();
            place = tree.locate(key);
            index = RangeLeaf.floor(place, place[RangeLeaf.HEAD], key, tree.guess(key));
        }
        RangeLeaf.punch(place, index, key, end);
        end(1, -(end - key + 1));
    }

    /** Index, in its leaf, of the range that holds both {@code end} and the address after it; or -1. */
    private int cutBy(long end) {
        long[] leaf = tree.locate(end);
        int at = RangeLeaf.floor(leaf, leaf[RangeLeaf.HEAD], end, tree.guess(end));
        return at >= RangeLeaf.first(leaf[RangeLeaf.HEAD]) && RangeLeaf.last(leaf, at) > end ? at : -1;
    }

    /** Takes out every range that starts from {@code key} to {@code end}. */
    private long removeAll(long key, long end) {
        long bytes = 0;
        long from = key;
        while (true) {
            long[] leaf = tree.locate(from);
            long high = tree.high();
            int at = RangeLeaf.starting(leaf, leaf[RangeLeaf.HEAD], from, tree.guess(from));
            int to = RangeLeaf.floor(leaf, leaf[RangeLeaf.HEAD], end, tree.guess(end)) + 1;
            if (at < to) {
                long part = 0;
                for (int i = at; i < to; i++) {
                    part += RangeLeaf.size(leaf, i);
                }
                begin();
                take(leaf, at, to);
                end(at - to, -part);
                bytes += part;
            }
            if (high >= end) {
                return bytes;
            }
            from = high + 1;
        }
    }

    private void take(long[] leaf, int at, int to) {
        int left = RangeLeaf.count(leaf[RangeLeaf.HEAD]) - (to - at);
        if (left == 0 && !tree.isSingle()) {
            tree.drop();
            return;
        }
        RangeLeaf.remove(leaf, at, to);
        if (RangeLeaf.looksAround(left)) {
            tree.join();
        }
    }

    private static void order(long start, long last) {
        if (Long.compareUnsigned(start, last) > 0) {
            throw new IllegalArgumentException(Hex.of(start) + " is above " + Hex.of(last));
        }
    }

    private void begin() {
        if ((long) WAITING.getOpaque(this) != 0) {
            pause();
        }
    }

    private void end(int ranges, long more) {
        long nowRanges = count + ranges;
        long nowBytes = bytes + more;
        COUNT.setOpaque(this, nowRanges);
        BYTES.setOpaque(this, nowBytes);
    }

    /** Lets waiting readers by, for a while. */
    private void pause() {
        for (int i = 0; i < PAUSE_SPINS && (long) WAITING.getAcquire(this) != 0; i++) {
            if (i % 100 == 99) {
                Thread.yield();
            } else {
                Thread.onSpinWait();
            }
        }
    }

    /** The first range that is not wholly below {@code from}; false if there is none. */
    public boolean first(long from, Entry out) {
        for (int i = 0; i < TRIES; i++) {
            int found = tryFirst(from ^ TOP, out);
            if (found != AGAIN) {
                return found != 0;
            }
            Thread.onSpinWait();
        }
        WAITING.getAndAdd(this, 1L);
        try {
            int found = tryFirst(from ^ TOP, out);
            while (found == AGAIN) {
                Thread.onSpinWait();
                found = tryFirst(from ^ TOP, out);
            }
            return found != 0;
        } finally {
            WAITING.getAndAdd(this, -1L);
        }
    }

    /** As {@link #first}, for the writer alone, who is about to change what lies there. */
    boolean peek(long from, Entry out) {
        long key = from ^ TOP;
        long[] leaf = tree.locate(key);
        long head = leaf[RangeLeaf.HEAD];
        int at = RangeLeaf.first(head);
        if (at == RangeLeaf.to(head) || leaf[RangeLeaf.START + at] != key) {
            at = RangeLeaf.reaching(leaf, head, key, tree.guess(key));
        }
        return at < RangeLeaf.to(head) ? read(leaf, head, at, tree.version(), out) : first(from, out);
    }

    private int tryFirst(long key, Entry out) {
        long version = tree.version();
        long[] leaf = (version & 1) == 0 ? tree.leaf(key, out) : null;
        if (leaf == null) {
            return AGAIN;
        }
        long head = (long) WORDS.getAcquire(leaf, RangeLeaf.HEAD);
        if ((head & RangeLeaf.LOCKED) != 0) {
            return AGAIN;
        }
        int at = RangeLeaf.reaching(leaf, head, key, out.guess);
        if (at == RangeLeaf.to(head)) {
            return tryNextLeaf(key, leaf, head, version, out);
        }
        return read(leaf, head, at, version, out) ? 1 : AGAIN;
    }

    /** The leaf of {@code key} has nothing more; then it is the first of the next one. */
    private int tryNextLeaf(long key, long[] leaf, long head, long version, Entry out) {
        long high = tree.last(key);
        if (high == Long.MAX_VALUE) {
            return isStill(leaf, head, version) ? 0 : AGAIN;
        }
        long[] next = tree.leaf(high + 1);
        if (next == null) {
            return AGAIN;
        }
        long nextHead = (long) WORDS.getAcquire(next, RangeLeaf.HEAD);
        if ((nextHead & RangeLeaf.LOCKED) != 0 || RangeLeaf.count(nextHead) == 0) {
            return AGAIN;
        }
        // Still the same after the head of the next: that was the moment at which both were so.
        return isStill(leaf, head, version) && read(next, nextHead, RangeLeaf.first(nextHead), version, out) ? 1 : AGAIN;
    }

    private boolean isStill(long[] leaf, long head, long version) {
        VarHandle.loadLoadFence();
        return (long) WORDS.getOpaque(leaf, RangeLeaf.HEAD) == head && tree.isStill(version);
    }

    private boolean read(long[] leaf, long head, int at, long version, Entry out) {
        long key = leaf[RangeLeaf.START + at];
        long output = leaf[RangeLeaf.OUTPUT + at];
        long word = leaf[RangeLeaf.SIZE + at];
        if (!isStill(leaf, head, version)) {
            return false;
        }
        out.set(key, output, word);
        out.place(leaf, head, at, version);
        return true;
    }

    /** The first range above {@code entry}, whether that one is still there or not; false, and {@code entry} stays, if there is none. */
    public boolean next(Entry entry) {
        int at = entry.at + 1;
        if (at < RangeLeaf.to(entry.head) && read(entry.leaf, entry.head, at, entry.version, entry)) {
            return true;
        }
        return entry.last != -1 && first(entry.last + 1, entry);
    }

    /**
     * The first range that is not wholly below {@code from}, and up to {@code most} with those that follow it in its leaf; false if there is
     * none. For who keeps the writer out.
     */
    boolean run(long from, int most, RangeRun out) {
        long key = from ^ TOP;
        long[] leaf = tree.leaf(key);
        long head = leaf[RangeLeaf.HEAD];
        int at = RangeLeaf.reaching(leaf, head, key, 0);
        if (at == RangeLeaf.to(head)) {
            long high = tree.last(key);
            if (high == Long.MAX_VALUE) {
                return false;
            }
            leaf = tree.leaf(high + 1);
            head = leaf[RangeLeaf.HEAD];
            at = RangeLeaf.first(head);
        }
        out.take(leaf, at, Math.min(RangeLeaf.to(head) - at, most));
        return true;
    }

    /** From the first address of the first range to the last of the last; null if there is none. For who keeps the writer out. */
    AddressRange extent() {
        long[] first = tree.leaf(Long.MIN_VALUE);
        long[] last = tree.leaf(Long.MAX_VALUE);
        long head = first[RangeLeaf.HEAD];
        return RangeLeaf.count(head) == 0 ? null : new AddressRange(first[RangeLeaf.START + RangeLeaf.first(head)] ^ TOP,
                RangeLeaf.last(last, RangeLeaf.to(last[RangeLeaf.HEAD]) - 1) ^ TOP);
    }

    /** The first range that has an address from {@code start} to {@code last}; false if there is none. */
    public boolean overlap(long start, long last, Entry out) {
        return first(start, out) && Long.compareUnsigned(out.start, last) <= 0;
    }

    /** How many ranges there are. */
    public long count() {
        return (long) COUNT.getOpaque(this);
    }

    /** How many bytes they have together; 0 if they are all there are. */
    public long mappedBytes() {
        return (long) BYTES.getOpaque(this);
    }

    /** Memory in use, to within the rounding of the Java heap. */
    public long heapBytes() {
        return tree.bytes() + 1024;
    }
}
