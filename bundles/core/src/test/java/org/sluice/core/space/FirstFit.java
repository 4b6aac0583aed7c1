// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.space;

import java.util.Map;
import java.util.TreeMap;

/** First fit by looking at every hole, in granules; what the allocator has to equal. */
final class FirstFit {
    static final long NONE = -1;

    private final long max;
    /** Free stretches: first to last granule. */
    private final TreeMap<Long, Long> holes = new TreeMap<>();

    FirstFit(long max) {
        this.max = max;
        holes.put(0L, max);
    }

    long allocate(long granules, long alignment, long from, long last) {
        for (Map.Entry<Long, Long> hole : holes.entrySet()) {
            long start = (Math.max(hole.getKey(), from) + alignment - 1) / alignment * alignment;
            if (start + granules - 1 <= Math.min(hole.getValue(), last)) {
                take(start, start + granules - 1);
                return start;
            }
        }
        return NONE;
    }

    /** The highest place; its start is aligned. */
    long allocateDown(long granules, long alignment, long from, long last) {
        for (Map.Entry<Long, Long> hole : holes.descendingMap().entrySet()) {
            long end = Math.min(hole.getValue(), last);
            long start = end < granules - 1 ? -1 : (end - granules + 1) / alignment * alignment;
            if (start >= Math.max(hole.getKey(), from)) {
                take(start, start + granules - 1);
                return start;
            }
        }
        return NONE;
    }

    boolean isFree(long first, long last) {
        Map.Entry<Long, Long> hole = holes.floorEntry(first);
        return hole != null && hole.getValue() >= last;
    }

    void take(long first, long last) {
        Map.Entry<Long, Long> hole = holes.floorEntry(first);
        holes.remove(hole.getKey());
        if (hole.getKey() < first) {
            holes.put(hole.getKey(), first - 1);
        }
        if (hole.getValue() > last) {
            holes.put(last + 1, hole.getValue());
        }
    }

    void give(long first, long last) {
        long from = first;
        long to = last;
        Map.Entry<Long, Long> below = holes.lowerEntry(first);
        if (below != null && below.getValue() == first - 1) {
            from = below.getKey();
        }
        Long above = holes.get(last + 1);
        if (above != null) {
            to = above;
            holes.remove(last + 1);
        }
        holes.put(from, to);
    }

    long largest() {
        return holes.entrySet().stream().mapToLong(e -> e.getValue() - e.getKey() + 1).max().orElse(0);
    }

    /** Granules up to the last one in use. */
    long span() {
        return holes.lastEntry().getValue() == max ? holes.lastKey() : max + 1;
    }

    /** Free granules below the last one in use. */
    long waste() {
        return holes.entrySet().stream().filter(e -> e.getValue() != max).mapToLong(e -> e.getValue() - e.getKey() + 1).sum();
    }

    long holesWithin() {
        return holes.values().stream().filter(last -> last != max).count();
    }
}
