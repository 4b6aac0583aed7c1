// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.space;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import org.junit.Test;
import org.sluice.api.space.PlacementStatistics;
import org.sluice.testkit.Seed;

/**
 * The allocator beside {@link FirstFit}: the same address for every request, of any length, alignment and window, as long as there are few holes
 * or the length is a power of two; else a place of its own, but one whenever there is one.
 */
public class IovaTwinTest {
    private static final int SHIFT = 12;
    /** Fewer than the holes that are all looked at. */
    private static final int FEW = 60;
    private static final long MAX = (1L << Long.SIZE - SHIFT) - 1;

    private final Random random = Seed.random();
    private final List<long[]> live = new ArrayList<>();
    private final FirstFit twin = new FirstFit(MAX);
    private IovaAllocator allocator;
    private boolean down;

    @Test
    public void powersOfTwo() {
        run(false, 40_000, 2000, 0, () -> 1L << random.nextInt(1 + random.nextInt(12)));
    }

    @Test
    public void anyLength() {
        run(false, 40_000, FEW, 0, () -> 1 + random.nextInt(1 + random.nextInt(200)));
    }

    @Test
    public void anyLengthAndAlignmentFromTheTop() {
        run(true, 40_000, FEW, 40, () -> 1 + random.nextInt(1 + random.nextInt(200)));
    }

    @Test
    public void alignmentsAndWindows() {
        run(false, 40_000, FEW, 40, () -> 1 + random.nextInt(1 + random.nextInt(70)));
    }

    @Test
    public void anyLengthAmongManyHoles() {
        run(false, 20_000, 2000, 60, () -> 1 + random.nextInt(1 + random.nextInt(200)));
    }

    @Test
    public void hugeRanges() {
        run(false, 20_000, FEW, 20, () -> 1 + (random.nextLong() >>> 13 + random.nextInt(51)));
    }

    private interface Length {
        long next();
    }

    private void run(boolean topDown, int steps, int most, int percentSpecial, Length length) {
        down = topDown;
        allocator = new IovaAllocator(SHIFT, topDown);
        for (int i = 0; i < steps; i++) {
            if (live.size() < most && random.nextInt(5) < 3) {
                allocate(length.next(), random.nextInt(100) < percentSpecial, most);
            } else if (!live.isEmpty()) {
                free();
            }
            if (i % 1000 == 0) {
                compare();
            }
        }
        compare();
    }

    private void allocate(long granules, boolean special, int most) {
        long alignment = special && random.nextBoolean() ? 1L << random.nextInt(10) : Long.lowestOneBit(granules);
        long from = special ? random.nextInt(most * 4) : 0;
        long last = special && random.nextInt(3) > 0 ? from + granules + random.nextInt(most * 8) : MAX;
        last = Math.min(last, MAX);
        if (down && special) {
            long swap = MAX - last;
            last = MAX - from;
            from = swap;
        }
        boolean exact = most <= FEW || Long.bitCount(granules) == 1 && alignment == granules;
        IovaWindow window = new IovaWindow(from << SHIFT, (last << SHIFT) + (1 << SHIFT) - 1,
                alignment == Long.lowestOneBit(granules) ? 0 : alignment << SHIFT);
        long start = allocator.allocate((granules << SHIFT) - random.nextInt(1 << SHIFT), window);
        if (!exact && start != IovaAllocator.NONE) {
            long place = start >>> SHIFT;
            assertTrue("not free", twin.isFree(place, place + granules - 1));
            assertTrue("outside", window.contains(start, start + (granules << SHIFT) - 1));
            assertEquals("not aligned", 0, place % alignment);
            twin.take(place, place + granules - 1);
            live.add(new long[] {place, granules});
            return;
        }
        long expected = down ? twin.allocateDown(granules, alignment, from, last) : twin.allocate(granules, alignment, from, last);
        assertEquals(granules + " in " + window, expected == FirstFit.NONE ? IovaAllocator.NONE : expected << SHIFT, start);
        if (expected != FirstFit.NONE) {
            live.add(new long[] {expected, granules});
        }
    }

    private void free() {
        int at = random.nextInt(live.size());
        long[] one = live.get(at);
        live.set(at, live.get(live.size() - 1));
        live.remove(live.size() - 1);
        twin.give(one[0], one[0] + one[1] - 1);
        allocator.free(one[0] << SHIFT, one[1] << SHIFT);
    }

    private void compare() {
        PlacementStatistics statistics = allocator.statistics();
        assertEquals(live.stream().mapToLong(one -> one[1] << SHIFT).sum(), statistics.span() - statistics.waste());
        assertEquals(twin.largest() << SHIFT, statistics.largestHole());
        if (!down) {
            assertEquals(twin.waste() << SHIFT, statistics.waste());
            assertEquals(twin.holesWithin(), statistics.holes());
        }
    }
}
