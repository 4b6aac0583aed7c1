// SPDX-License-Identifier: Apache-2.0
package org.sluice.benchmarks;

import java.util.HashMap;
import java.util.Map;

/** W7: a million changes as a busy machine makes them, 32 bytes each, as they would lie in a trace. Immutable. */
final class Stream {
    static final int RECORDS = 1_000_000;
    static final long HASH = 0x5f69_678c_2993_06b1L;
    private static final int WORDS = 4;
    private static final int IOVA = 0;
    private static final int OUTPUT = 1;
    private static final int SIZE = 2;
    private static final int OPERATION = 3;
    private static final int FEW = 32_768;
    private static final int MANY = 40_960;
    private static final int SMALL_SLOTS = 65_536;
    private static final int LARGE_SLOTS = 4_096;
    private static final long SMALL_SLOT = 64 << 10;
    private static final long LARGE = 2 << 20;
    private static final long LARGE_BASE = 0x100_0000_0000L;

    private final long[] words = new long[RECORDS * WORDS];

    Stream() {
        Slots small = new Slots(SMALL_SLOTS, Bench.B, SMALL_SLOT);
        Slots large = new Slots(LARGE_SLOTS, LARGE_BASE, LARGE);
        SplitMix random = new SplitMix(7);
        int[] live = new int[MANY];
        int count = 0;
        for (int i = 0; i < RECORDS; i++) {
            long x = random.next();
            if (count < FEW || count < MANY && (x & 1) != 0) {
                long size = size((int) Long.remainderUnsigned(x >>> 1, 100), large);
                long output = Bench.PAB + (x >>> 20 & 0x1_FFFF) * LARGE + (size < LARGE ? (x >>> 40 & 31) << 16 : 0);
                put(i, (size == LARGE ? large : small).take(), output, size, 1);
                live[count++] = i;
            } else {
                int at = (int) Long.remainderUnsigned(x >>> 8, count);
                int gone = live[at];
                live[at] = live[--count];
                (size(gone) == LARGE ? large : small).give(iova(gone));
                put(i, iova(gone), 0, size(gone), 0);
            }
        }
    }

    private static long size(int percent, Slots large) {
        if (percent >= 95) {
            return large.any() ? LARGE : Bench.PAGE;
        }
        return percent < 70 ? Bench.PAGE : percent < 85 ? 4 * Bench.PAGE : 16 * Bench.PAGE;
    }

    private void put(int record, long iova, long output, long size, long operation) {
        int at = record * WORDS;
        words[at + IOVA] = iova;
        words[at + OUTPUT] = output;
        words[at + SIZE] = size;
        words[at + OPERATION] = operation;
    }

    long iova(int record) {
        return words[record * WORDS + IOVA];
    }

    long output(int record) {
        return words[record * WORDS + OUTPUT];
    }

    long size(int record) {
        return words[record * WORDS + SIZE];
    }

    /** Takes a mapping. */
    interface Live {
        void mapping(long iova, long output, long size);
    }

    /** Tells every mapping that the whole stream leaves, in no order; returns how many. */
    int eachLive(Live out) {
        Map<Long, Integer> live = new HashMap<>();
        for (int i = 0; i < RECORDS; i++) {
            if (isMap(i)) {
                live.put(iova(i), i);
            } else {
                live.remove(iova(i));
            }
        }
        live.values().forEach(i -> out.mapping(iova(i), output(i), size(i)));
        return live.size();
    }

    boolean isMap(int record) {
        return words[record * WORDS + OPERATION] != 0;
    }

    /** Free places, the last freed first; at the start the lowest is on top. */
    private static final class Slots {
        private final long[] free;
        private int count;

        Slots(int slots, long base, long bytes) {
            free = new long[slots];
            for (int i = slots - 1; i >= 0; i--) {
                give(base + i * bytes);
            }
        }

        boolean any() {
            return count > 0;
        }

        long take() {
            return free[--count];
        }

        void give(long at) {
            free[count++] = at;
        }
    }
}
