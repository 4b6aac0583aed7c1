// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.space;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.util.Random;

import org.junit.Test;
import org.sluice.testkit.Seed;

public class RangeMapTest {
    private static final long PAGE = 4096;

    private final RangeMap map = new RangeMap();
    private final RangeMap.Entry entry = new RangeMap.Entry();

    @Test
    public void theWriterFindsWhatReadersFind() {
        Random random = Seed.random();
        RangeMap.Entry mine = new RangeMap.Entry();
        for (int i = 0; i < 20_000; i++) {
            long at = random.nextInt(4000) * PAGE;
            if (random.nextBoolean()) {
                map.insert(at, PAGE * (1 + random.nextInt(3)), at, 1);
            } else {
                map.cut(at, at + PAGE - 1);
            }
            long from = random.nextInt(4100) * PAGE + random.nextInt(2) * 8;
            boolean found = map.first(from, entry);
            assertEquals(found, map.peek(from, mine));
            if (found) {
                assertEquals(entry.start(), mine.start());
                assertEquals(entry.last(), mine.last());
                RangeRun run = new RangeRun();
                assertEquals(map.next(entry), map.run(mine.last() + 1, 1, run));
                assertEquals(entry.start(), run.count() == 0 ? mine.start() : run.starts[0]);
            }
        }
    }

    @Test
    public void theWholeSpaceIsOneRange() {
        assertTrue(map.insert(0, 0, 0x1000, 0xff));
        assertTrue(map.first(-1L, entry));
        check(0, -1L, 0x1000, 0xff);
        assertEquals(0, map.mappedBytes());
        assertEquals(1, map.count());
        assertFalse(map.insert(-256L, 256, 0, 0));
        assertEquals(RangeMap.CUT, map.remove(0, -2L));
        assertEquals(RangeMap.CUT, map.remove(1, -1L));
        assertEquals(0, map.remove(0, -1L));
        assertEquals(0, map.count());
        assertFalse(map.first(0, entry));
    }

    @Test
    public void theLastAddressCanBeMappedAloneAndTheRestBesideIt() {
        assertTrue(map.insert(-256L, 256, 7 << 8, 1));
        assertTrue(map.insert(0, -256L, 0, 2));
        assertFalse(map.insert(-512L, 512, 0, 0));
        assertTrue(map.first(-256L, entry));
        check(-256L, -1L, 7 << 8, 1);
        assertFalse(map.next(entry));
        assertTrue(map.first(-257L, entry));
        check(0, -257L, 0, 2);
        assertTrue(map.next(entry));
        check(-256L, -1L, 7 << 8, 1);
    }

    @Test
    public void aCutInTheMiddleOfEverythingLeavesBothEnds() {
        map.insert(0, 0, 0, 3);
        assertEquals(PAGE, map.cut(1L << 63, (1L << 63) + PAGE - 1));
        assertEquals(2, map.count());
        assertEquals(-PAGE, map.mappedBytes());
        assertTrue(map.first(1L << 63, entry));
        check((1L << 63) + PAGE, -1L, (1L << 63) + PAGE, 3);
        assertTrue(map.first((1L << 63) - 1, entry));
        check(0, (1L << 63) - 1, 0, 3);
    }

    @Test
    public void neighboursStayApart() {
        map.insert(0, PAGE, 0, 1);
        map.insert(PAGE, PAGE, PAGE, 1);
        assertEquals(2, map.count());
        assertEquals(PAGE, map.remove(PAGE, 2 * PAGE - 1));
        assertEquals(1, map.count());
    }

    @Test
    public void outputsMayWrapAndReachTheTop() {
        map.insert(0, 2 * PAGE, -PAGE, 0);
        map.cut(0, PAGE - 1);
        assertTrue(map.first(0, entry));
        check(PAGE, 2 * PAGE - 1, 0, 0);
    }

    @Test
    public void whatIsNoRangeIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> map.insert(1, PAGE, 0, 0));
        assertThrows(IllegalArgumentException.class, () -> map.insert(0, PAGE + 1, 0, 0));
        assertThrows(IllegalArgumentException.class, () -> map.insert(0, PAGE, 0, 256));
        assertThrows(IllegalArgumentException.class, () -> map.insert(PAGE, 0, 0, 0));
        assertThrows(IllegalArgumentException.class, () -> map.insert(-PAGE, 2 * PAGE, 0, 0));
        assertThrows(IllegalArgumentException.class, () -> map.remove(1, 0));
        assertThrows(IllegalArgumentException.class, () -> map.cut(0, PAGE));
        assertThrows(IllegalArgumentException.class, () -> map.cut(1, PAGE - 1));
        assertEquals(0, map.count());
        assertEquals(0, map.mappedBytes());
    }

    @Test
    public void refusalsChangeNothing() {
        map.insert(0, PAGE, 7 * PAGE, 3);
        assertFalse(map.insert(0, PAGE, 0, 0));
        assertFalse(map.insert(RangeMap.GRAIN, PAGE, 0, 0));
        assertEquals(RangeMap.CUT, map.remove(0, 255));
        assertEquals(RangeMap.CUT, map.remove(RangeMap.GRAIN, PAGE - 1));
        assertEquals(0, map.remove(PAGE, -1L));
        assertEquals(0, map.cut(PAGE, -1L));
        assertEquals(1, map.count());
        assertEquals(PAGE, map.mappedBytes());
        assertTrue(map.first(0, entry));
        check(0, PAGE - 1, 7 * PAGE, 3);
        assertFalse(map.next(entry));
    }

    /** The two ways in which leaves fill up: runs upwards and runs downwards, each over several levels. */
    @Test
    public void runsOfEitherDirectionAreDense() {
        int ranges = 500_000;
        for (long i = 0; i < ranges; i++) {
            assertTrue(map.insert((1L << 62) + i * PAGE, PAGE, i, 0));
            assertTrue(map.insert((1L << 62) - (i + 1) * PAGE, PAGE, i, 0));
        }
        assertTrue(map.heapBytes() + " bytes", map.heapBytes() < 25 * map.count());
        assertTrue(map.first(0, entry));
        assertEquals((1L << 62) - ranges * PAGE, entry.start());
        for (int i = 1; i < 2 * ranges; i++) {
            assertTrue(map.next(entry));
            assertEquals((1L << 62) + (i - ranges) * PAGE, entry.start());
        }
        assertFalse(map.next(entry));
        assertEquals(2 * ranges * PAGE, map.remove(0, -1L));
        assertTrue(map.heapBytes() + " bytes are left", map.heapBytes() < 65536);
    }

    /** Random order must neither lose entries nor waste more than a half, nor must what is left after most are gone. */
    @Test
    public void anyOrderIsCompact() {
        Random random = Seed.random();
        int ranges = 1 << 18;
        int odd = random.nextInt() | 1;
        for (int i = 0; i < ranges; i++) {
            assertTrue(map.insert((i * odd & ranges - 1) * PAGE, PAGE, i, 0));
        }
        assertTrue(map.heapBytes() + " bytes", map.heapBytes() < 50L * ranges);
        int odd2 = random.nextInt() | 1;
        for (int i = 0; i < ranges - ranges / 64; i++) {
            long at = (i * odd2 & ranges - 1) * PAGE;
            assertEquals(PAGE, map.remove(at, at + PAGE - 1));
        }
        assertTrue(map.heapBytes() + " bytes for " + map.count(), map.heapBytes() < 4 * 25 * map.count() + 65536);
        int found = 0;
        for (boolean more = map.first(0, entry); more; more = map.next(entry)) {
            assertEquals(entry.start() / PAGE, entry.output() * odd & ranges - 1);
            found++;
        }
        assertEquals(ranges / 64, found);
    }

    private void check(long start, long last, long output, int flags) {
        assertEquals(start, entry.start());
        assertEquals(last, entry.last());
        assertEquals(output, entry.output());
        assertEquals(flags, entry.flags());
    }
}
