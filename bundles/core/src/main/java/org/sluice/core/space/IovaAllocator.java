// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.space;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

import org.sluice.api.space.PlacementStatistics;
import org.sluice.machine.Hex;

/**
 * Chooses addresses of an address space for those who do not care which. It takes the lowest place that fits (or the highest, if built so),
 * so what is in use stays dense and what was freed is used first. Reserved ranges and those that a caller claims are never handed out.
 *
 * <p>The same calls in the same order give the same addresses, from whatever threads they come; {@link #allocateAll} gives them whatever
 * the order. So no thread has a store of its own, see docs/decisions.
 *
 * <p>Safe for any number of threads.
 */
public final class IovaAllocator {
    /** No place fits. */
    public static final long NONE = -1;

    /** Holes looked at before only larger ones are, where the length is no power of two or not what it is aligned to. */
    private static final int TRIES = 64;

    /** @param name tells requests apart and decides between equal ones */
    public record Request(String name, long size, IovaWindow window) {
    }

    private final int shift;
    private final boolean topDown;
    private final IovaTrie trie;
    private final ReentrantLock lock = new ReentrantLock();
    /** Ranges that stay used even when what lay there is freed. */
    private final RangeMap reserved = new RangeMap();
    private final RangeMap.Entry entry = new RangeMap.Entry();

    /** The request that failed last; it need not search again before something is freed. */
    private long failedSize;
    private IovaWindow failedWindow;

    /** @param granuleShift log2 of what all ranges are multiples of, 8 to 30 */
    public IovaAllocator(int granuleShift) {
        this(granuleShift, false);
    }

    /** @param topDown take the highest place that fits */
    public IovaAllocator(int granuleShift, boolean topDown) {
        if (granuleShift < 8 || granuleShift > 30) {
            throw new IllegalArgumentException("granule of 2^" + granuleShift + " bytes");
        }
        shift = granuleShift;
        this.topDown = topDown;
        trie = new IovaTrie(Long.SIZE - granuleShift);
    }

    /**
     * A range of {@code size} bytes, rounded up to granules, inside {@code window}.
     *
     * @return its start, or {@link #NONE}
     */
    public long allocate(long size, IovaWindow window) {
        long granules = granules(size);
        lock.lock();
        try {
            return place(granules, window);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes a range back.
     *
     * @param size as it was asked for
     * @throws IllegalArgumentException if part of it is not in use
     */
    public void free(long start, long size) {
        long granules = granules(size);
        if ((start & (1L << shift) - 1) != 0) {
            throw new IllegalArgumentException(Hex.of(start) + " is no multiple of the granule");
        }
        lock.lock();
        try {
            takeBack(start, granules);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Places a set of requests, all or none. The outcome depends on the set and on what is in use, not on the order of the list: the
     * narrowest windows first, then the longest ranges, then by name.
     *
     * @return start by name; null if one has no place
     */
    public Map<String, Long> allocateAll(List<Request> requests) {
        List<Request> sorted = new ArrayList<>(requests);
        sorted.sort(Comparator.<Request, Long>comparing(r -> r.window.last() - r.window.base(), Long::compareUnsigned)
                .thenComparing(Request::size, (a, b) -> Long.compareUnsigned(b, a)).thenComparing(Request::name));
        if (sorted.stream().map(Request::name).distinct().count() < sorted.size()) {
            throw new IllegalArgumentException("two requests of one name");
        }
        Map<String, Long> starts = new HashMap<>();
        lock.lock();
        try {
            for (Request request : sorted) {
                long start = place(granules(request.size), request.window);
                if (start == NONE) {
                    sorted.subList(0, starts.size()).forEach(r -> takeBack(starts.get(r.name), granules(r.size)));
                    return null;
                }
                starts.put(request.name, start);
            }
            return starts;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Takes a range that a caller has chosen.
     *
     * @return false, and nothing has changed, if part of it is in use or reserved
     */
    public boolean claim(long start, long last) {
        check(start, last);
        lock.lock();
        try {
            long first = index(topDown ? last : start);
            long end = index(topDown ? start : last);
            if (!trie.isFree(first, end)) {
                return false;
            }
            trie.set(first, end, false);
            return true;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Gives up what {@link #claim} has taken, or a part of it.
     *
     * @throws IllegalArgumentException if part of it is not in use
     */
    public void release(long start, long last) {
        check(start, last);
        lock.lock();
        try {
            open(start, last);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Where {@link #allocate} would place a range; nothing is taken, {@link #claim} does that.
     *
     * @return its start, or {@link #NONE}
     */
    public long find(long size, IovaWindow window) {
        long granules = granules(size);
        lock.lock();
        try {
            long index = lookup(granules, window);
            return index == IovaTrie.NONE ? NONE : start(index, granules);
        } finally {
            lock.unlock();
        }
    }

    /** Gives up whatever a caller has claimed in a range, which may be anything from nothing to all of it; what is reserved stays so. */
    public void vacate(long start, long last) {
        check(start, last);
        lock.lock();
        try {
            open(start, last, index(topDown ? last : start), index(topDown ? start : last));
        } finally {
            lock.unlock();
        }
    }

    /** Never hands out any of these addresses from now on; what is in use there may stay, and is not used again once it is freed. */
    public void reserve(long start, long last) {
        long mask = (1L << shift) - 1;
        long from = start & ~mask;
        long to = last | mask;
        check(from, to);
        lock.lock();
        try {
            reserved.cut(from, to);
            reserved.insert(from, to - from + 1, 0, 0);
            close(from, to);
        } finally {
            lock.unlock();
        }
    }

    /** Counted from the end that is filled first; what is only reserved is neither in use nor free. */
    public PlacementStatistics statistics() {
        lock.lock();
        try {
            long farthest = farthest();
            long waste = 0;
            long holes = 0;
            long largest = 0;
            for (long at = trie.find(0, 0); at != IovaTrie.NONE;) {
                long end = trie.nextUsed(at);
                largest = Math.max(largest, end - at);
                if (at < farthest) {
                    waste += end - at;
                    holes++;
                }
                at = trie.find(0, end);
            }
            return new PlacementStatistics(farthest + 1 << shift, waste << shift, holes, largest << shift);
        } finally {
            lock.unlock();
        }
    }

    /** The last granule in use that is not just reserved, or -1. */
    private long farthest() {
        long at = trie.previousUsed(trie.max());
        while (at != IovaTrie.NONE) {
            long address = start(at, 1);
            if (!reserved.overlap(address, address, entry)) {
                return at;
            }
            long next = index(topDown ? entry.last() : entry.start());
            at = next == 0 ? IovaTrie.NONE : trie.previousUsed(next - 1);
        }
        return -1;
    }

    private void check(long start, long last) {
        long mask = (1L << shift) - 1;
        if (Long.compareUnsigned(start, last) > 0 || (start & mask) != 0 || (last & mask) != mask) {
            throw new IllegalArgumentException(Hex.of(start) + " to " + Hex.of(last) + " are no granules of " + Hex.of(mask + 1));
        }
    }

    private long granules(long size) {
        if (size == 0) {
            throw new IllegalArgumentException("0 bytes");
        }
        return (size - 1 >>> shift) + 1;
    }

    // Everything below holds the lock.

    private void takeBack(long start, long granules) {
        open(start, start + (granules << shift) - 1);
    }

    private void open(long start, long last) {
        long first = index(topDown ? last : start);
        long end = index(topDown ? start : last);
        if (first > end || !trie.isUsed(first, end)) {
            throw new IllegalArgumentException(Hex.of(start) + " to " + Hex.of(last) + " is not in use");
        }
        open(start, last, first, end);
    }

    private void open(long start, long last, long first, long end) {
        trie.set(first, end, true);
        failedWindow = null;
        for (boolean more = reserved.overlap(start, last, entry); more && Long.compareUnsigned(entry.start(), last) <= 0;
                more = reserved.next(entry)) {
            close(Long.compareUnsigned(entry.start(), start) > 0 ? entry.start() : start,
                    Long.compareUnsigned(entry.last(), last) < 0 ? entry.last() : last);
        }
    }

    private void close(long start, long last) {
        trie.set(index(topDown ? last : start), index(topDown ? start : last), false);
    }

    /** Granules are counted from the end that is filled first. */
    private long index(long address) {
        return (topDown ? ~address : address) >>> shift;
    }

    private long start(long index, long granules) {
        return topDown ? ~(index + granules - 1 << shift | (1L << shift) - 1) : index << shift;
    }

    private long lookup(long granules, IovaWindow window) {
        long index = failedWindow != null && failedSize == granules && failedWindow.equals(window) ? IovaTrie.NONE : search(granules, window);
        if (index == IovaTrie.NONE) {
            failedSize = granules;
            failedWindow = window;
        }
        return index;
    }

    private long place(long granules, IovaWindow window) {
        long index = lookup(granules, window);
        if (index == IovaTrie.NONE) {
            return NONE;
        }
        trie.set(index, index + granules - 1, false);
        return start(index, granules);
    }

    private long search(long granules, IovaWindow window) {
        long mask = (1L << shift) - 1;
        if (Long.compareUnsigned(window.base(), -1L - mask) > 0 && (window.base() & mask) != 0) {
            return IovaTrie.NONE;
        }
        long base = window.base() + mask & ~mask;
        long end = (window.last() >>> shift) - ((window.last() & mask) == mask ? 0 : 1);
        long from = topDown ? trie.max() - end : base >>> shift;
        long last = topDown ? trie.max() - (base >>> shift) : end;
        int order = window.alignment() == 0 ? Long.numberOfTrailingZeros(granules)
                : Math.max(0, Long.numberOfTrailingZeros(window.alignment()) - shift);
        if (end < 0 || from > last || last - from < granules - 1) {
            return IovaTrie.NONE;
        }
        if (granules == 1L << order) {
            long at = trie.find(order, from);
            return at != IovaTrie.NONE && at + granules - 1 <= last ? at : IovaTrie.NONE;
        }
        return searchRuns(granules, order, from, last);
    }

    /**
     * Any hole that is long enough has an aligned block of a certain order in it, so the holes with such a block are looked at. After some in vain
     * only those with a larger block are, until one that surely fits; if even that fails, those left out.
     */
    private long searchRuns(long granules, int order, long from, long last) {
        int least = granules < 1L << order ? log2(granules) : log2((granules >>> order) + 1) - 1 + order;
        int enough = Math.max(order, log2(granules - 1) + 1);
        int block = least;
        long at = from;
        long leftOut = IovaTrie.NONE;
        boolean all = false;
        for (int tries = 1;; tries++) {
            long found = at > last ? IovaTrie.NONE : trie.find(block, at);
            if (found == IovaTrie.NONE || found > last) {
                if (block == least) {
                    return IovaTrie.NONE;
                }
                block = least;
                at = leftOut;
                all = true;
                continue;
            }
            long end = Math.min(trie.nextUsed(found) - 1, last);
            long place = align(Math.max(from, trie.previousUsed(found) + 1), granules, order);
            if (place <= end && end - place >= granules - 1) {
                return place;
            }
            at = align(end + 1, granules, order);
            if (!all && tries % TRIES == 0 && block < enough) {
                leftOut = block == least ? at : leftOut;
                block++;
            }
        }
    }

    private static int log2(long value) {
        return Long.SIZE - 1 - Long.numberOfLeadingZeros(value);
    }

    /** The next index at which a range can begin; counted from the top, it is the range's end that has to be aligned. */
    private long align(long index, long granules, int order) {
        long mask = (1L << order) - 1;
        return topDown ? (index + granules + mask & ~mask) - granules : index + mask & ~mask;
    }
}
