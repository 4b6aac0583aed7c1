// SPDX-License-Identifier: Apache-2.0
package org.sluice.testkit.interval;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

import org.junit.Test;
import org.sluice.kit.interval.IntervalMap;
import org.sluice.testkit.Seed;

/** The interval map against a sorted map that does everything the slow way. */
public class IntervalMapTest {
    private static final int SPACE = 4000;

    private final IntervalMap map = new IntervalMap();
    /** start -> {last, output, flags}. */
    private final TreeMap<Long, long[]> truth = new TreeMap<>(Long::compareUnsigned);

    private boolean truthOverlaps(long start, long last) {
        return truth.entrySet().stream().anyMatch(e -> Long.compareUnsigned(e.getKey(), last) <= 0 && Long.compareUnsigned(start, e.getValue()[0]) <= 0);
    }

    private void add(long start, long last, long output, int flags) {
        boolean free = !truthOverlaps(start, last);
        assertEquals(free, map.add(start, last, output, flags));
        if (free) {
            truth.put(start, new long[] {last, output, flags});
        }
    }

    private void remove(long start, long last) {
        boolean cuts = false;
        List<Long> inside = new ArrayList<>();
        for (Map.Entry<Long, long[]> e : truth.entrySet()) {
            boolean touches = Long.compareUnsigned(e.getKey(), last) <= 0 && Long.compareUnsigned(start, e.getValue()[0]) <= 0;
            boolean within = Long.compareUnsigned(start, e.getKey()) <= 0 && Long.compareUnsigned(e.getValue()[0], last) <= 0;
            cuts |= touches && !within;
            if (within) {
                inside.add(e.getKey());
            }
        }
        assertEquals(!cuts, map.remove(start, last));
        if (!cuts) {
            inside.forEach(truth::remove);
        }
    }

    private void clear(long start, long last) {
        map.clear(start, last);
        for (Map.Entry<Long, long[]> e : new ArrayList<>(truth.entrySet())) {
            long from = e.getKey();
            long[] v = e.getValue();
            if (Long.compareUnsigned(from, last) > 0 || Long.compareUnsigned(start, v[0]) > 0) {
                continue;
            }
            truth.remove(from);
            if (Long.compareUnsigned(from, start) < 0) {
                truth.put(from, new long[] {start - 1, v[1], v[2]});
            }
            if (Long.compareUnsigned(v[0], last) > 0) {
                truth.put(last + 1, new long[] {v[0], v[1] + (last + 1 - from), v[2]});
            }
        }
    }

    private void compare() {
        List<String> expected = new ArrayList<>();
        truth.forEach((start, v) -> expected.add(start + "-" + v[0] + " " + v[1] + " " + v[2]));
        List<String> told = new ArrayList<>();
        for (long at = map.first(); at != IntervalMap.NONE; at = map.next(at)) {
            told.add(map.start(at) + "-" + map.last(at) + " " + map.output(at) + " " + map.flags(at));
        }
        assertEquals(expected, told);
        assertEquals(truth.size(), map.size());
    }

    private void lookUp(long address) {
        Map.Entry<Long, long[]> floor = truth.floorEntry(address);
        boolean inside = floor != null && Long.compareUnsigned(address, floor.getValue()[0]) <= 0;
        long found = map.find(address);
        assertEquals(inside, found != IntervalMap.NONE);
        if (inside) {
            assertEquals((long) floor.getKey(), map.start(found));
        }
    }

    @Test
    public void randomChangesAgreeWithTheSlowWay() {
        Random random = Seed.random();
        for (int step = 0; step < 12_000; step++) {
            long start = random.nextInt(SPACE);
            boolean adding = random.nextInt(SPACE) > truth.size() * 3;
            long last = start + random.nextInt(adding ? 4 : 80);
            if (adding) {
                add(start, last, random.nextLong(), random.nextInt(8));
            } else {
                remove(start, last);
            }
            lookUp(random.nextInt(SPACE));
            if (step % 100 == 0) {
                compare();
            }
        }
        remove(0, -1);
        compare();
        assertEquals(0, map.size());
    }

    /** Blocks that ascending addresses have filled, with holes made and filled again in all of them, and what comes behind the last. */
    @Test
    public void ascendingAddressesAndWhatComesBetween() {
        for (int i = 0; i < 2_000; i++) {
            add(16L * i, 16L * i + 7, i, i & 7);
        }
        compare();
        for (int i = 0; i < 2_000; i += 3) {
            add(16L * i + 8, 16L * i + 11, -i, 1);
        }
        compare();
        for (int i = 1_999; i >= 0; i -= 2) {
            remove(16L * i, 16L * i + 15);
        }
        for (int i = 0; i < 600; i++) {
            add(40_000 + 2L * i, 40_000 + 2L * i, i, 2);
            lookUp(40_000 + 2L * i);
            lookUp(40_001 + 2L * i);
        }
        compare();
        remove(0, -1);
        assertEquals(0, map.size());
    }

    /** Windows of blocks go through their arrays in both directions, and wide removals take whole blocks between two halves. */
    @Test
    public void ringsAndDescendingAddressesWithWideRemovals() {
        Random random = Seed.random();
        for (int i = 0; i < 1_500; i++) {
            add(100_000 - 8L * i, 100_000 - 8L * i + 3, i, i & 7);
            if (i >= 700) {
                remove(100_000 - 8L * (i - 700), 100_000 - 8L * (i - 700) + 3);
            }
        }
        compare();
        for (int i = 0; i < 1_500; i++) {
            add(200_000 + 8L * i, 200_000 + 8L * i + 3, i, i & 7);
            if (i >= 200) {
                remove(200_000 + 8L * (i - 200), 200_000 + 8L * (i - 200) + 3);
            }
        }
        compare();
        for (int round = 0; round < 6; round++) {
            for (int i = 0; i < 1_500; i++) {
                long at = 8L * random.nextInt(4_000);
                add(at, at + 7, ~at, 1);
            }
            long at = 8L * random.nextInt(3_000);
            remove(at, at + 8L * random.nextInt(1_500) - 1 + 8);
            compare();
            clear(at + 3, at + random.nextInt(20_000) + 3);
            compare();
        }
    }

    @Test
    public void clearingCutsWhatReachesBeyond() {
        Random random = Seed.random();
        for (int step = 0; step < 6_000; step++) {
            long start = random.nextInt(SPACE);
            long last = start + random.nextInt(60);
            if (random.nextInt(3) > 0) {
                add(start, last, random.nextInt(1 << 20), random.nextInt(8));
            } else {
                clear(start, last);
            }
            lookUp(random.nextInt(SPACE));
            if (step % 50 == 0) {
                compare();
            }
        }
        add(-4096, -1, 7, 1);
        clear(-2048, -1);
        compare();
        clear(0, -1);
        compare();
        assertEquals(0, map.size());
    }

    @Test
    public void manyMappingsInAnyOrderStayInOrder() {
        Random random = Seed.random();
        int count = 20_000;
        long[] order = random.longs(count).distinct().map(x -> x & -4096).distinct().toArray();
        for (long start : order) {
            assertTrue(map.add(start, start + 4095, ~start, 1));
        }
        long before = map.first();
        for (long at = map.next(before); at != IntervalMap.NONE; at = map.next(at)) {
            assertTrue(Long.compareUnsigned(map.last(before), map.start(at)) < 0);
            before = at;
        }
        for (long start : order) {
            assertEquals(~start, map.output(map.find(start + 7)));
            assertTrue(map.remove(start, start + 4095));
        }
        assertEquals(IntervalMap.NONE, map.first());
    }

    @Test
    public void theWholeAddressSpaceIsOneMapping() {
        assertTrue(map.add(0, -1, 0, 3));
        assertFalse(map.add(-4096, -1, 0, 3));
        assertEquals(-1, map.last(map.find(Long.MIN_VALUE)));
        assertFalse(map.remove(1, -1));
        assertFalse(map.remove(0, -2));
        assertTrue(map.remove(0, -1));
        assertEquals(IntervalMap.NONE, map.find(0));
        assertTrue("empty range of an empty map", map.remove(0, -1));
    }

    @Test
    public void theTopOfTheAddressSpaceDoesNotWrap() {
        add(-4096, -1, 5, 1);
        add(0, 4095, 6, 1);
        lookUp(-1);
        lookUp(0);
        remove(-4096, -1);
        compare();
    }
}
