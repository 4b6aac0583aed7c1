// SPDX-License-Identifier: Apache-2.0
package org.sluice.benchmarks;

import org.sluice.core.space.RangeMap;

/** Workloads of docs/benchmarks.md on the map of ranges alone. Not thread-safe. */
final class RangeBench {
    private static final int READ_WRITE = 3;

    private final RangeMap.Entry entry = new RangeMap.Entry();
    private RangeMap map = new RangeMap();

    void fresh() {
        map = new RangeMap();
    }

    void freshWith(int pages) {
        fresh();
        mapScattered(pages);
    }

    RangeMap map() {
        return map;
    }

    /** W1. */
    void mapScattered(int pages) {
        for (int i = 0; i < pages; i++) {
            insert(Bench.B + i * Bench.PAGE, Bench.scattered(i));
        }
    }

    /** W9. */
    void mapApart(int pages) {
        for (int i = 0; i < pages; i++) {
            insert(Bench.B + 2L * i * Bench.PAGE, Bench.scattered(i));
        }
    }

    void insert(long start, long output) {
        if (!map.insert(start, Bench.PAGE, output, READ_WRITE)) {
            throw new IllegalStateException("not mapped: " + start);
        }
    }

    void remove(long start) {
        if (map.remove(start, start + Bench.PAGE - 1) != Bench.PAGE) {
            throw new IllegalStateException("not unmapped: " + start);
        }
    }

    /** W3a. */
    void unmapOneByOne() {
        for (int i = 0; i < Bench.SMALL; i++) {
            remove(Bench.B + i * Bench.PAGE);
        }
    }

    /** W4m. */
    void many() {
        SplitMix random = new SplitMix(41);
        long sum = 0;
        for (int i = 0; i < Bench.WALKS; i++) {
            long x = random.next();
            long iova = Bench.B + (x & Bench.MANY - 1) * Bench.PAGE + (x >>> 52);
            sum += map.first(iova, entry) ? entry.output() + iova - entry.start() : 0;
        }
        if (sum != 0x225_5405_c5b1_19b1L) {
            throw new IllegalStateException("W4m is void: " + Long.toHexString(sum));
        }
    }

    long sumOfStarts() {
        long sum = 0;
        for (boolean more = map.first(0, entry); more; more = map.next(entry)) {
            sum += entry.start();
        }
        return sum;
    }
}
