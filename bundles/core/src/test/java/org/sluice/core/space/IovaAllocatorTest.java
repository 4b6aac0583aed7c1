// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.space;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

import org.junit.Test;
import org.sluice.api.space.PlacementStatistics;
import org.sluice.testkit.Seed;

public class IovaAllocatorTest {
    private static final long PAGE = 4096;
    private static final long GIB = 1L << 30;

    private final IovaAllocator allocator = new IovaAllocator(12);

    private long allocate(long size) {
        return allocator.allocate(size, IovaWindow.ALL);
    }

    @Test
    public void rangesLieLowDenseAndAligned() {
        assertEquals(0, allocate(PAGE));
        assertEquals(2 * PAGE, allocate(2 * PAGE));
        assertEquals(PAGE, allocate(1));
        assertEquals(4 * PAGE, allocate(3 * PAGE));
        assertEquals(1L << 21, allocate(1L << 21));
        assertEquals(7 * PAGE, allocate(PAGE));
    }

    @Test
    public void topDownIsTheMirrorImage() {
        IovaAllocator top = new IovaAllocator(12, true);
        assertEquals(-PAGE, top.allocate(PAGE, IovaWindow.ALL));
        assertEquals(-4 * PAGE, top.allocate(2 * PAGE, IovaWindow.ALL));
        assertEquals(-2 * PAGE, top.allocate(1, IovaWindow.ALL));
        assertEquals(-7 * PAGE, top.allocate(3 * PAGE, IovaWindow.ALL));
        assertEquals(4 * GIB - PAGE, top.allocate(PAGE, IovaWindow.ofAddressBits(32)));
        assertEquals(4 * GIB - 4 * PAGE, top.allocate(PAGE, IovaWindow.ofAddressBits(32).aligned(4 * PAGE)));
        assertEquals(4 * GIB - 8 * PAGE, top.allocate(3 * PAGE, IovaWindow.ofAddressBits(32).aligned(4 * PAGE)));
    }

    @Test
    public void whatWasFreedComesFirst() {
        for (int i = 0; i < 100; i++) {
            allocate(PAGE);
        }
        allocator.free(40 * PAGE, PAGE);
        allocator.free(20 * PAGE, PAGE);
        assertEquals(20 * PAGE, allocate(PAGE));
        assertEquals(40 * PAGE, allocate(PAGE));
        assertEquals(100 * PAGE, allocate(PAGE));
    }

    @Test
    public void devicesOfSeveralWidthsSideBySide() {
        IovaWindow isa = IovaWindow.ofAddressBits(20);
        IovaWindow narrow = IovaWindow.ofAddressBits(24);
        IovaWindow plain = IovaWindow.ofAddressBits(32);
        IovaWindow own = new IovaWindow(0x8000_0000L, 0x8000_ffffL, 0);
        for (int i = 0; i < 16; i++) {
            long start = allocator.allocate(PAGE, own);
            assertTrue(own.contains(start, start + PAGE - 1));
        }
        assertEquals(IovaAllocator.NONE, allocator.allocate(PAGE, own));
        for (int i = 0; i < 256; i++) {
            assertTrue(allocator.allocate(PAGE, isa) < 1 << 20);
        }
        assertEquals(IovaAllocator.NONE, allocator.allocate(PAGE, isa));
        assertEquals(1 << 20, allocator.allocate(1 << 20, narrow));
        assertEquals(IovaAllocator.NONE, allocator.allocate(1 << 24, narrow));
        assertEquals(1 << 24, allocator.allocate(1 << 24, plain));
        assertEquals(4 * GIB, allocate(4 * GIB));
    }

    @Test
    public void reservedRangesAreNeverHandedOutNotEvenWhenFreed() {
        assertEquals(0, allocate(16 * PAGE));
        allocator.reserve(0xfee0_0000L, 0xfeef_ffffL);
        allocator.reserve(8 * PAGE + 17, 8 * PAGE + 18);
        allocator.reserve(8 * PAGE, 10 * PAGE - 1);
        allocator.free(0, 16 * PAGE);
        assertEquals(0, allocate(8 * PAGE));
        assertEquals(10 * PAGE, allocate(PAGE));
        assertEquals(16 * PAGE, allocate(16 * PAGE));
        assertFalse(allocator.claim(9 * PAGE, 11 * PAGE - 1));
        IovaWindow around = new IovaWindow(0xfed0_0000L, 0xff00_0000L, 0);
        long start = allocator.allocate(0x10_0000, around);
        assertEquals(0xfed0_0000L, start);
        assertEquals(0xfef0_0000L, allocator.allocate(0x10_0000, around));
        assertEquals(IovaAllocator.NONE, allocator.allocate(0x10_0000, around));
    }

    @Test
    public void whatACallerClaimsIsTheCallers() {
        assertTrue(allocator.claim(PAGE, 3 * PAGE - 1));
        assertFalse(allocator.claim(2 * PAGE, 4 * PAGE - 1));
        assertEquals(0, allocate(PAGE));
        assertEquals(3 * PAGE, allocate(PAGE));
        assertFalse(allocator.claim(0, PAGE - 1));
        allocator.release(PAGE, 2 * PAGE - 1);
        assertEquals(PAGE, allocate(PAGE));
        assertTrue(allocator.claim(-PAGE, -1L));
        assertFalse(allocator.claim(0, -1L));
        assertEquals(-2 * PAGE, allocator.allocate(PAGE, new IovaWindow(-2 * PAGE, -1L, 0)));
        assertEquals(IovaAllocator.NONE, allocator.allocate(PAGE, new IovaWindow(-2 * PAGE, -1L, 0)));
    }

    @Test
    public void aWindowThatIsNoMultipleOfTheGranuleIsUsedFromTheInside() {
        assertEquals(PAGE, allocator.allocate(PAGE, new IovaWindow(1, 2 * PAGE, 0)));
        assertEquals(IovaAllocator.NONE, allocator.allocate(PAGE, new IovaWindow(1, 2 * PAGE, 0)));
        assertEquals(IovaAllocator.NONE, allocator.allocate(PAGE, new IovaWindow(5 * PAGE + 1, 6 * PAGE + 1, 0)));
        assertEquals(IovaAllocator.NONE, allocator.allocate(PAGE, new IovaWindow(0, PAGE - 2, 0)));
        assertEquals(IovaAllocator.NONE, allocator.allocate(PAGE, new IovaWindow(-1L, -1L, 0)));
        assertEquals(0, allocator.allocate(PAGE, new IovaWindow(0, PAGE - 1, 0)));
    }

    @Test
    public void mistakesAreRefusedAndChangeNothing() {
        long start = allocate(2 * PAGE);
        PlacementStatistics before = allocator.statistics();
        assertThrows(IllegalArgumentException.class, () -> allocator.free(start, 4 * PAGE));
        assertThrows(IllegalArgumentException.class, () -> allocator.free(start + 1, PAGE));
        assertThrows(IllegalArgumentException.class, () -> allocator.free(-PAGE, 2 * PAGE));
        assertThrows(IllegalArgumentException.class, () -> allocator.release(0, 1L << 40));
        assertThrows(IllegalArgumentException.class, () -> allocator.claim(PAGE, 0));
        assertThrows(IllegalArgumentException.class, () -> allocator.allocate(0, IovaWindow.ALL));
        assertThrows(IllegalArgumentException.class, () -> new IovaWindow(0, 1, 3));
        assertThrows(IllegalArgumentException.class, () -> new IovaWindow(1, 0, 0));
        assertEquals(before, allocator.statistics());
        allocator.free(start, 2 * PAGE);
        assertThrows(IllegalArgumentException.class, () -> allocator.free(start, 2 * PAGE));
    }

    /** Holes in which a request nearly fits must not be looked at one by one, and the last one that fits must be found. */
    @Test
    public void manyHolesThatNearlyFit() {
        int holes = 100_000;
        assertEquals(0, allocate(4L * holes * PAGE));
        for (long i = 0; i < holes; i++) {
            allocator.release((4 * i + 1) * PAGE, (4 * i + 3) * PAGE - 1);
        }
        assertEquals(4L * holes * PAGE, allocate(3 * PAGE));
        IovaWindow below = new IovaWindow(0, 4L * holes * PAGE - 1, 0);
        assertEquals(IovaAllocator.NONE, allocator.allocate(3 * PAGE, below));
        allocator.release((4L * holes - 4) * PAGE, (4L * holes - 3) * PAGE - 1);
        assertEquals((4L * holes - 4) * PAGE, allocator.allocate(3 * PAGE, below));
        assertEquals(IovaAllocator.NONE, allocator.allocate(2 * PAGE, below));
        assertEquals(PAGE, allocator.allocate(2 * PAGE, below.aligned(PAGE)));
    }

    /** MSI-13: the windows of a machine's doorbells do not depend on who was attached first. */
    @Test
    public void aSetIsPlacedAlikeInAnyOrder() {
        Random random = Seed.random();
        List<IovaAllocator.Request> requests = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            IovaWindow window = i % 3 == 0 ? IovaWindow.ofAddressBits(32) : i % 3 == 1 ? IovaWindow.ALL
                    : new IovaWindow(0x800_0000L, 0x8ff_ffffL, i % 2 == 0 ? 0x10000 : 0);
            requests.add(new IovaAllocator.Request("doorbell" + i, PAGE << random.nextInt(5), window));
        }
        Map<String, Long> expected = null;
        for (int i = 0; i < 50; i++) {
            Collections.shuffle(requests, random);
            IovaAllocator fresh = new IovaAllocator(12);
            fresh.reserve(0x800_4000L, 0x800_7fffL);
            Map<String, Long> placed = fresh.allocateAll(requests);
            expected = expected == null ? placed : expected;
            assertEquals(expected, placed);
        }
        assertEquals(40, expected.size());
    }

    /** Of equal windows the longest range comes first, then the one of the lower name. */
    @Test
    public void longRangesAreNotCutOffByShortOnes() {
        List<IovaAllocator.Request> requests = List.of(new IovaAllocator.Request("a", PAGE, IovaWindow.ALL), new IovaAllocator.Request("c", 4 * PAGE, IovaWindow.ALL),
                new IovaAllocator.Request("b", 4 * PAGE, IovaWindow.ALL), new IovaAllocator.Request("d", PAGE, new IovaWindow(0, 16 * PAGE - 1, 0)));
        assertEquals(Map.of("d", 0L, "b", 4 * PAGE, "c", 8 * PAGE, "a", PAGE), allocator.allocateAll(requests));
    }

    @Test
    public void aSetIsPlacedWhollyOrNotAtAll() {
        PlacementStatistics before = allocator.statistics();
        assertNull(allocator.allocateAll(List.of(new IovaAllocator.Request("a", PAGE, IovaWindow.ALL),
                new IovaAllocator.Request("b", 2 * PAGE, new IovaWindow(0, PAGE - 1, 0)))));
        assertEquals(before, allocator.statistics());
        assertThrows(IllegalArgumentException.class, () -> allocator.allocateAll(List.of(
                new IovaAllocator.Request("a", PAGE, IovaWindow.ALL), new IovaAllocator.Request("a", PAGE, IovaWindow.ALL))));
    }

    /** One caller at a time, but each from another thread: the same addresses as from one thread. */
    @Test
    public void theThreadThatAsksDoesNotMatter() throws Exception {
        long seed = Seed.random().nextLong();
        ExecutorService threads = Executors.newFixedThreadPool(7);
        try {
            IovaAllocator other = new IovaAllocator(12);
            Random random = new Random(seed);
            List<Long> live = new ArrayList<>();
            for (int i = 0; i < 3000; i++) {
                if (live.size() < 100 || random.nextInt(3) != 0) {
                    long start = allocate(PAGE);
                    Future<Long> elsewhere = threads.submit(() -> other.allocate(PAGE, IovaWindow.ALL));
                    assertEquals(start, (long) elsewhere.get(60, TimeUnit.SECONDS));
                    live.add(start);
                } else {
                    long start = live.remove(random.nextInt(live.size()));
                    allocator.free(start, PAGE);
                    threads.submit(() -> other.free(start, PAGE)).get(60, TimeUnit.SECONDS);
                }
            }
        } finally {
            threads.shutdownNow();
        }
    }

    @Test
    public void threadsAtOnceNeverGetTheSame() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        RangeMap owned = new RangeMap();
        try {
            List<Future<?>> all = new ArrayList<>();
            for (int t = 0; t < 4; t++) {
                int seed = t;
                all.add(threads.submit(() -> churn(owned, new Random(seed))));
            }
            for (Future<?> one : all) {
                one.get(60, TimeUnit.SECONDS);
            }
            PlacementStatistics statistics = allocator.statistics();
            assertEquals(owned.mappedBytes(), statistics.span() - statistics.waste());
        } finally {
            threads.shutdownNow();
        }
    }

    private void churn(RangeMap owned, Random random) {
        List<long[]> mine = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            if (mine.size() < 50 || random.nextBoolean()) {
                long size = PAGE * (1 + random.nextInt(9));
                long start = allocate(size);
                synchronized (owned) {
                    assertTrue("handed out twice", owned.insert(start, size, 0, 0));
                }
                mine.add(new long[] {start, size});
            } else {
                long[] one = mine.remove(random.nextInt(mine.size()));
                synchronized (owned) {
                    assertEquals(one[1], owned.remove(one[0], one[0] + one[1] - 1));
                }
                allocator.free(one[0], one[1]);
            }
        }
    }
}
