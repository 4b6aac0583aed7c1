// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci.model;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;

import org.junit.Test;
import org.sluice.testkit.Seed;

/** A shadow of tables against a map from each page to what it should say. */
public class ShadowTableTest {
    private static final long PAGE = 0x1000;
    private static final long SEGMENT = 0x10_0000;
    private static final long REGION = 0x8000_0000L;
    private static final int READ = 1;
    private static final int READ_WRITE = 3;
    private static final int REGION_THIRD = 42;
    private static final int UNLIMITED = 1 << 30;
    /** Pages looked at: some of the end of a region and of the beginning of the next one. */
    private static final long FIRST = REGION - 3 * SEGMENT;
    private static final int LOOKED_AT = 6 * 256;

    private final Random random = Seed.random();
    private final Map<Long, Long> expected = new HashMap<>();

    private long pageAt(int page) {
        return FIRST + page * PAGE;
    }

    private void expect(long start, long last, long output, int permissions) {
        for (int page = 0; page < LOOKED_AT; page++) {
            long at = pageAt(page);
            if (at >= start && at <= last) {
                expected.put(at, output + (at - start) << 3 | permissions);
            }
        }
    }

    private void expectNothing(long start, long last) {
        expected.keySet().removeIf(at -> at >= start && at <= last);
    }

    private void assertAll(String when, ShadowTable table) {
        for (int page = 0; page < LOOKED_AT; page++) {
            long at = pageAt(page);
            long word = table.find(at + 0x123);
            Long told = word == ShadowTable.NONE ? null : ShadowTable.output(word, at + 0x123) - 0x123 << 3 | ShadowTable.permissions(word);
            assertEquals(when + " page " + page, expected.get(at), told);
        }
    }

    private static long tail(int permissions) {
        return ShadowTable.tail(12, permissions);
    }

    private void pages(ShadowTable table) {
        long start = pageAt(random.nextInt(LOOKED_AT));
        int count = 1 + random.nextInt((int) ((SEGMENT - start % SEGMENT) / PAGE));
        long[] words = new long[count];
        boolean empty = random.nextInt(3) == 0;
        for (int i = 0; i < count; i++) {
            long at = start + i * PAGE;
            if (empty || random.nextInt(4) == 0) {
                expectNothing(at, at + PAGE - 1);
            } else {
                int permissions = random.nextBoolean() ? READ : READ_WRITE;
                long output = (1L + random.nextInt(1 << 20)) * PAGE;
                words[i] = output | tail(permissions);
                expect(at, at + PAGE - 1, output, permissions);
            }
        }
        table.putPages(start, words, count);
    }

    private void frame(ShadowTable table, int shift) {
        long size = 1L << shift;
        long base = pageAt(random.nextInt(LOOKED_AT)) & -size;
        long output = (1L + random.nextInt(16)) * size;
        int permissions = random.nextBoolean() ? READ : READ_WRITE;
        long from = base;
        long last = base + size - 1;
        if (random.nextBoolean()) {
            from = Math.max(from, pageAt(random.nextInt(LOOKED_AT)) & -PAGE);
            last = Math.min(last, from + (1 + random.nextInt(600)) * PAGE - 1);
        }
        if (from <= last) {
            expect(from, last, output + (from - base), permissions);
            table.putFrame(ShadowTable.word(output, shift, permissions), from, last);
        }
    }

    private void clear(ShadowTable table) {
        long start = random.nextInt(8) == 0 ? 0 : pageAt(random.nextInt(LOOKED_AT));
        long last = random.nextInt(8) == 0 ? (1L << REGION_THIRD) - 1 : start + (1 + random.nextInt(700)) * PAGE - 1;
        expectNothing(start, last);
        table.clear(start, last);
    }

    @Test
    public void pagesAndFramesOfEverySizeAsAMapOfPagesSays() {
        for (int round = 0; round < 30; round++) {
            ShadowTable table = new ShadowTable(REGION_THIRD, UNLIMITED);
            expected.clear();
            for (int step = 0; step < 40; step++) {
                switch (random.nextInt(6)) {
                    case 0 -> clear(table);
                    case 1 -> frame(table, 20);
                    case 2 -> frame(table, 31);
                    default -> pages(table);
                }
                assertAll("round " + round + " step " + step, table);
            }
            assertFalse(table.isFull());
            table.clear(0, (1L << REGION_THIRD) - 1);
            assertEquals("what is counted is what was there", 0, table.size());
        }
    }

    /** A top table over all addresses: the last page is where addresses wrap. */
    @Test
    public void theLastAddressOfAll() {
        ShadowTable table = new ShadowTable(Long.SIZE, UNLIMITED);
        table.putPages(-PAGE, new long[] {0x40_0000 | tail(READ)}, 1);
        assertEquals(0x40_0fff, ShadowTable.output(table.find(-1L), -1L));
        table.clear(-SEGMENT, -1L);
        assertEquals(ShadowTable.NONE, table.find(-1L));
        assertTrue(table.takeLost());
        assertEquals(0, table.size());
    }

    /** Tables of one page each: there is an end of memory long before an end of translations, and what goes makes room. */
    @Test
    public void memoryIsLimitedAndComesBack() {
        ShadowTable table = new ShadowTable(REGION_THIRD, UNLIMITED);
        int most = fill(table);
        assertTrue("at most 65,536 page tables", most < 1 << 16);
        assertTrue("most of them for pages", most > 60_000);
        table.clear(0, (1L << REGION_THIRD) - 1);
        assertEquals(0, table.size());
        table.begin();
        assertEquals(most, fill(table));
        // Tables read whole and found empty go, though the table above still leads there.
        for (int i = 0; i < 5; i++) {
            table.putPages(i * SEGMENT, new long[256], 256);
        }
        table.begin();
        table.putPages(most * SEGMENT, new long[] {0x40_0000 | tail(READ)}, 1);
        assertFalse(table.isFull());
    }

    private static int fill(ShadowTable table) {
        int count = 0;
        for (; !table.isFull() && count < 1 << 17; count++) {
            table.putPages(count * SEGMENT, new long[] {0x40_0000 | tail(READ)}, 1);
        }
        return count - 1;
    }

    /** A frame that there is no room to cut goes all of it, and that is told. */
    @Test
    public void aFrameThatCannotBeCutGoes() {
        ShadowTable table = new ShadowTable(REGION_THIRD, 10);
        table.begin();
        table.putFrame(ShadowTable.word(REGION, 20, READ_WRITE), SEGMENT, 2 * SEGMENT - 1);
        assertFalse(table.isFull());
        table.clear(SEGMENT, SEGMENT + PAGE - 1);
        table.reopen();
        assertTrue(table.isFull());
        assertEquals(ShadowTable.NONE, table.find(SEGMENT + PAGE));
        assertTrue(table.takeLost());
        assertEquals(0, table.size());
    }
}
