// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.space;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

import org.junit.Test;
import org.sluice.machine.AddressRange;
import org.sluice.testkit.Seed;

/** Random changes of a map and of a naive twin; after each, both have answered alike, and now and then all of both is compared. */
public class RangeMapTwinTest {
    private static final long GRAIN = RangeMap.GRAIN;

    private record Range(long last, long output, int flags) {
    }

    private final TreeMap<Long, Range> twin = new TreeMap<>(Long::compareUnsigned);
    private final RangeMap map = new RangeMap();
    private final RangeMap.Entry entry = new RangeMap.Entry();
    private final Random random = Seed.random();
    /** Addresses are of {@code slots} slots of {@code width} bytes, from {@code base} on. */
    private long base;
    private long slots;
    private long width;
    private long size;

    @Test
    public void fewSlotsSoThatRangesMeet() {
        run(0x1_0000_0000L, 64, 4096, 20_000, 200);
    }

    @Test
    public void manySmallRanges() {
        run(0x1_0000_0000L, 20_000, GRAIN, 150_000, 20_000);
    }

    @Test
    public void enoughForSeveralLevels() {
        run(0, 1 << 20, 4096, 200_000, 100_000);
    }

    @Test
    public void upToTheLastAddress() {
        run(-(1000L << 12), 1000, 4096, 50_000, 5_000);
    }

    @Test
    public void acrossTheMiddle() {
        run(Long.MIN_VALUE - (500L << 12), 1000, 4096, 50_000, 5_000);
    }

    @Test
    public void allOfIt() {
        run(0, 1 << 12, 1L << 52, 100_000, 10_000);
    }

    private void run(long newBase, long newSlots, long newWidth, int steps, int compareEvery) {
        base = newBase;
        slots = newSlots;
        width = newWidth;
        int phase = 0;
        for (int i = 0; i < steps; i++) {
            if (random.nextInt(steps / 20) == 0) {
                phase = random.nextInt(4);
            }
            int kind = random.nextInt(10);
            if (kind < (phase == 0 ? 8 : phase == 1 ? 2 : 5)) {
                insert(phase);
            } else if (kind < 8) {
                remove();
            } else {
                cut();
            }
            look();
            if (i % compareEvery == compareEvery - 1) {
                compare();
            }
        }
        compare();
    }

    private long slot() {
        return random.nextInt((int) slots);
    }

    /** Mostly one or few slots, seldom many. */
    private long length(long from) {
        long most = random.nextInt(50) == 0 ? Math.min(slots, 3000) : random.nextInt(3) == 0 ? 1 + random.nextInt(20) : 1;
        return Math.min(1 + (long) (random.nextDouble() * most), slots - from);
    }

    private long address(long slot) {
        return base + slot * width;
    }

    private void insert(int phase) {
        long from = slot();
        long count = phase == 3 ? Math.min(slots - from, 1 + random.nextInt(300)) : 1;
        // Phase 3 adds runs up or down, which fill leaves in another way.
        boolean down = random.nextBoolean();
        for (long i = 0; i < count; i++) {
            long slot = down ? from + count - 1 - i : from + i;
            insert(address(slot), count > 1 ? address(slot + 1) - 1 : address(slot + length(slot)) - 1);
        }
    }

    private void insert(long start, long last) {
        long output = random.nextLong() & -GRAIN;
        int flags = random.nextInt(256);
        Map.Entry<Long, Range> below = twin.floorEntry(last);
        boolean expected = below == null || Long.compareUnsigned(below.getValue().last, start) < 0;
        long before = sum();
        assertEquals(expected, map.insert(start, last - start + 1, output, flags));
        assertEquals(expected, sum() != before);
        if (expected) {
            twin.put(start, new Range(last, output, flags));
            size += last - start + 1;
        }
    }

    /** Changes with every range that comes or goes. */
    private long sum() {
        return map.count() + map.mappedBytes();
    }

    /** The twin's ranges that overlap. */
    private List<Map.Entry<Long, Range>> overlapping(long start, long last) {
        Long from = twin.floorKey(start);
        return new ArrayList<>(twin.subMap(from == null ? start : from, true, last, true).entrySet().stream()
                .filter(e -> Long.compareUnsigned(e.getValue().last, start) >= 0).toList());
    }

    private void remove() {
        long from = slot();
        long start = address(from);
        long last = address(from + length(from)) - 1;
        List<Map.Entry<Long, Range>> all = overlapping(start, last);
        boolean cuts = all.stream().anyMatch(e -> Long.compareUnsigned(e.getKey(), start) < 0
                || Long.compareUnsigned(e.getValue().last, last) > 0);
        long before = sum();
        long removed = map.remove(start, last);
        if (cuts) {
            assertEquals(RangeMap.CUT, removed);
            assertEquals(before, sum());
        } else {
            long bytes = all.stream().mapToLong(e -> e.getValue().last - e.getKey() + 1).sum();
            assertEquals(bytes, removed);
            size -= bytes;
            all.forEach(e -> twin.remove(e.getKey()));
        }
    }

    private void cut() {
        long from = slot();
        long start = address(from);
        long last = address(from + length(from)) - 1;
        long bytes = 0;
        for (Map.Entry<Long, Range> old : overlapping(start, last)) {
            long oldStart = old.getKey();
            Range range = old.getValue();
            twin.remove(oldStart);
            if (Long.compareUnsigned(oldStart, start) < 0) {
                twin.put(oldStart, new Range(start - 1, range.output, range.flags));
            }
            if (Long.compareUnsigned(range.last, last) > 0) {
                twin.put(last + 1, new Range(range.last, range.output + (last + 1 - oldStart), range.flags));
            }
            bytes += (Long.compareUnsigned(range.last, last) > 0 ? last : range.last)
                    - (Long.compareUnsigned(oldStart, start) < 0 ? start : oldStart) + 1;
        }
        assertEquals(bytes, map.cut(start, last));
        size -= bytes;
    }

    private void look() {
        long start = address(slot()) + random.nextInt(3) - 1;
        long last = start + random.nextInt(100_000);
        Map.Entry<Long, Range> expected = twin.floorEntry(start);
        if (expected == null || Long.compareUnsigned(expected.getValue().last, start) < 0) {
            expected = twin.higherEntry(start);
        }
        assertEquals(expected != null, map.first(start, entry));
        if (expected != null) {
            check(expected);
        }
        if (Long.compareUnsigned(start, last) <= 0) {
            assertEquals(!overlapping(start, last).isEmpty(), map.overlap(start, last, entry));
        }
    }

    private void check(Map.Entry<Long, Range> expected) {
        assertEquals((long) expected.getKey(), entry.start());
        assertEquals(expected.getValue().last, entry.last());
        assertEquals(expected.getValue().output, entry.output());
        assertEquals(expected.getValue().flags, entry.flags());
    }

    private void compare() {
        assertEquals(twin.size(), map.count());
        assertEquals(twin.isEmpty() ? null : new AddressRange(twin.firstKey(), twin.lastEntry().getValue().last()), map.extent());
        assertEquals(size, map.mappedBytes());
        boolean more = map.first(0, entry);
        for (Map.Entry<Long, Range> expected : twin.entrySet()) {
            assertTrue(more);
            check(expected);
            more = map.next(entry);
        }
        assertTrue(!more);
        compareRuns(1 + random.nextInt(200));
    }

    /** In runs, which end with a leaf or with as many as were asked for. */
    private void compareRuns(int most) {
        RangeRun run = new RangeRun();
        long from = 0;
        boolean more = map.run(from, most, run);
        int at = 0;
        for (Map.Entry<Long, Range> expected : twin.entrySet()) {
            assertTrue(more && run.count() <= most);
            assertEquals((long) expected.getKey(), run.starts[at]);
            assertEquals(expected.getValue().last, run.last(at));
            assertEquals(expected.getValue().output, run.outputs[at]);
            assertEquals(expected.getValue().flags, run.flags(at));
            int end = run.alike(at);
            assertTrue(end == run.count() || run.flags(end) != run.flags(at));
            for (int i = at + 1; i < end; i++) {
                assertEquals(run.flags(at), run.flags(i));
            }
            if (++at == run.count()) {
                from = run.last(at - 1) + 1;
                more = from != 0 && map.run(from, most, run);
                at = 0;
            }
        }
        assertTrue(!more);
    }
}
