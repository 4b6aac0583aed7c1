// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.space;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.util.Random;
import java.util.TreeMap;
import java.util.function.IntToLongFunction;

import org.junit.Test;
import org.sluice.api.space.PlacementStatistics;

/**
 * SHM-14: how much room ranges take that come and go at random, under the allocator, under first fit and under the policy that Linux has
 * for addresses of DMA: downwards from the last one, lengths and alignments rounded up to powers of two. The traces are fixed, so the
 * bounds are facts and not chances.
 */
public class IovaWasteTest {
    private static final int SHIFT = 12;
    private static final int LOW_LIVE = 3000;
    private static final int HIGH_LIVE = 4000;
    private static final int STEPS = 40_000;
    private static final long LIMIT = 1L << 48 - SHIFT;

    /** Linux' policy without what its processors keep aside, which would only add to what it needs. */
    private static final class DownFromLast {
        private final FirstFit space = new FirstFit(LIMIT - 1);
        private final TreeMap<Long, Long> live = new TreeMap<>();
        private long from = LIMIT;

        long allocate(long granules) {
            long rounded = granules == 1 ? 1 : Long.highestOneBit(granules - 1) << 1;
            long start = space.allocateDown(rounded, rounded, 0, from - 1);
            if (start == FirstFit.NONE) {
                start = space.allocateDown(rounded, rounded, 0, LIMIT - 1);
            }
            live.put(start, rounded);
            from = start;
            return start;
        }

        void free(long start) {
            long granules = live.remove(start);
            space.give(start, start + granules - 1);
            if (start >= from) {
                Long next = live.higherKey(start);
                from = next == null ? LIMIT : next;
            }
        }

        long span() {
            return LIMIT - live.firstKey();
        }
    }

    private final Random random = new Random(14);
    private final IovaAllocator allocator = new IovaAllocator(SHIFT);
    private final FirstFit firstFit = new FirstFit(LIMIT - 1);
    private final DownFromLast linux = new DownFromLast();
    private final long[][] live = new long[HIGH_LIVE][];
    private int count;
    private long liveGranules;

    @Test
    public void sizesOfANetworkCard() {
        run("70 % of 1 page, 15 % of 4, 10 % of 16, 5 % of 512", x -> x < 70 ? 1 : x < 85 ? 4 : x < 95 ? 16 : 512, 0.25);
    }

    @Test
    public void anyLengthUpToSixteenPages() {
        run("1 to 16 pages", x -> 1 + random.nextInt(16), 0.25);
    }

    @Test
    public void onePage() {
        run("1 page", x -> 1, 0.25);
    }

    private void run(String name, IntToLongFunction length, double bound) {
        double worst = 0;
        for (int i = 0; i < STEPS; i++) {
            if (count < LOW_LIVE || count < HIGH_LIVE && random.nextBoolean()) {
                allocate(length.applyAsLong(random.nextInt(100)));
            } else {
                free(random.nextInt(count));
            }
            if (count == LOW_LIVE) {
                worst = Math.max(worst, (double) firstFit.span() / liveGranules);
            }
        }
        PlacementStatistics statistics = allocator.statistics();
        long ours = statistics.span() >> SHIFT;
        System.out.printf("%s: %d live, %d pages; span over live: ours %.3f, first fit %.3f (worst %.3f), down from last %.3f; holes %d%n", name,
                count, liveGranules, (double) ours / liveGranules, (double) firstFit.span() / liveGranules, worst,
                (double) linux.span() / liveGranules, statistics.holes());
        assertEquals(liveGranules << SHIFT, statistics.span() - statistics.waste());
        assertTrue("needs more than first fit", ours <= firstFit.span() * 1.1);
        assertTrue("wastes more than " + bound, ours <= liveGranules * (1 + bound));
        assertTrue("the policy from the top needs less", ours <= linux.span());
    }

    private void allocate(long granules) {
        long ours = allocator.allocate(granules << SHIFT, IovaWindow.ofAddressBits(48)) >>> SHIFT;
        long first = firstFit.allocate(granules, Long.lowestOneBit(granules), 0, LIMIT - 1);
        live[count++] = new long[] {ours, first, linux.allocate(granules), granules};
        liveGranules += granules;
    }

    private void free(int at) {
        long[] one = live[at];
        live[at] = live[--count];
        allocator.free(one[0] << SHIFT, one[3] << SHIFT);
        firstFit.give(one[1], one[1] + one[3] - 1);
        linux.free(one[2]);
        liveGranules -= one[3];
    }
}
