// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNull;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

import org.junit.Test;
import org.sluice.testkit.Seed;

/** RPCIT: what DMA sees after it, its condition codes and statuses ("refresh translations" in docs/backends/zpci.md), and rows NST-14, NST-15. */
public class RefreshTest {
    private static final long PAGE = 0x1000;
    private static final long FRAME = 0x40_0001;
    private static final int OUT_OF_RANGE = 0x02;
    private static final int TPROTE = 0x04;
    private static final int SPECIFICATION = 0x06;

    private Unit unit;
    private Tables tables;
    private long handle;

    private void start(Functions functions) {
        unit = new Unit(functions);
        tables = new Tables(unit.memory);
        handle = unit.enabled();
        assertEquals(0, unit.register(handle, Tables.IOTA));
    }

    private void startRefreshed() {
        start(Functions.two().group("refresh", true));
    }

    private void assertFault(int code, long told) {
        assertEquals(-1L - code, told);
        assertEquals(code, unit.code());
        unit.recover(handle);
    }

    private void assertStatus(int status, int condition) {
        assertEquals(1, condition);
        assertEquals(status, unit.status());
    }

    private int refresh(int first, int pages) {
        return unit.refresh(handle, Tables.address(first), pages * PAGE);
    }

    /** QEMU's way, and every group's with the refresh bit: DMA is answered from what was refreshed. */
    @Test
    public void withTheRefreshBitOnlyWhatWasRefreshedIsTranslated() {
        startRefreshed();
        tables.map(0, FRAME);
        assertFault(TPROTE, unit.read(Tables.address(0)));
        assertEquals(0, refresh(0, 1));
        assertEquals(0x40_0123, unit.read(Tables.address(0) + 0x123));
        tables.map(0, 0x50_0001);
        assertEquals("a changed entry is not seen", 0x40_0000, unit.read(Tables.address(0)));
        assertEquals(0, refresh(0, 1));
        assertEquals(0x50_0000, unit.read(Tables.address(0)));
        tables.unmap(0);
        assertEquals("an invalid entry is not seen", 0x50_0000, unit.read(Tables.address(0)));
        assertEquals(0, refresh(0, 1));
        assertFault(TPROTE, unit.read(Tables.address(0)));
    }

    @Test
    public void withoutTheRefreshBitWhatBecomesValidIsSeenAndWhatChangesAfterRefresh() {
        start(Functions.two());
        assertFault(TPROTE, unit.read(Tables.address(0)));
        tables.map(0, FRAME);
        assertEquals(0x40_0000, unit.read(Tables.address(0)));
        tables.unmap(0);
        assertEquals("cached", 0x40_0000, unit.read(Tables.address(0)));
        assertEquals(0, refresh(0, 1));
        assertFault(TPROTE, unit.read(Tables.address(0)));
    }

    @Test
    public void protectionIsRefreshedToo() {
        startRefreshed();
        tables.map(0, FRAME | 0x200).map(1, FRAME);
        assertEquals(0, refresh(0, 2));
        assertEquals(0x40_0000, unit.read(Tables.address(0)));
        assertFault(TPROTE, unit.write(Tables.address(0)));
        assertEquals(0x40_0000, unit.write(Tables.address(1)));
    }

    @Test
    public void framesAreRefreshedInPieces() {
        startRefreshed();
        tables.put(Tables.SEGMENT, 0x40_0400L);
        assertEquals(0, refresh(3, 2));
        assertEquals(0x40_3000, unit.read(Tables.address(3)));
        assertEquals(0x40_4fff, unit.read(Tables.address(4) + 0xfff));
        assertFault(TPROTE, unit.read(Tables.address(5)));
        assertFault(TPROTE, unit.read(Tables.address(2)));
        assertEquals(0, refresh(0, 256));
        assertEquals(0x4f_f000, unit.read(Tables.address(255)));
    }

    /** PBA and PAL (section 2) hold within a frame that tables map as a whole, also once it is cached or was refreshed. */
    @Test
    public void framesThatReachOverTheLimitsAreUsedUpToThem() {
        for (boolean refreshed : new boolean[] {false, true}) {
            unit = new Unit(Functions.two().group("refresh", refreshed));
            tables = new Tables(unit.memory);
            handle = unit.enabled();
            tables.put(Tables.SEGMENT, 0x40_0400L);
            assertEquals(0, unit.register(handle, Tables.IOTA, Tables.address(3), Tables.address(8) + 0xfff));
            assertEquals(0, refreshed ? refresh(0, 256) : 0);
            for (int page = 3; page <= 8; page++) {
                assertEquals(0x40_0000 + page * PAGE, unit.read(Tables.address(page)));
            }
            assertFault(OUT_OF_RANGE, unit.read(Tables.address(2) + 0xfff));
            assertEquals(0x40_8fff, unit.read(Tables.address(8) + 0xfff));
            assertFault(OUT_OF_RANGE, unit.read(Tables.address(9)));
        }
    }

    @Test
    public void registeringAnewForgetsWhatWasRefreshed() {
        startRefreshed();
        tables.map(0, FRAME);
        assertEquals(0, refresh(0, 1));
        unit.put(Unit.FIB, 0, 0, Functions.FIRST, Functions.LAST, Tables.IOTA);
        assertEquals(0, unit.modify(handle, 6));
        assertFault(TPROTE, unit.read(Tables.address(0)));
    }

    @Test
    public void anOddSecondRegisterIsASpecificationException() {
        startRefreshed();
        assertEquals(-1, unit.execute(Unit.RPCIT, 0x13, handle << 32, Tables.BASE, PAGE, 0));
        assertEquals(SPECIFICATION, unit.exception);
    }

    @Test
    public void inTheErrorStateItIsStatus40AndAStaleHandleConditionCode3() {
        startRefreshed();
        assertEquals(-1L - TPROTE, unit.read(Tables.address(0)));
        assertStatus(40, refresh(0, 1));
        assertEquals(3, unit.refresh(handle ^ 0x8000_0000L, Tables.BASE, PAGE));
        unit.put(Unit.FIB, 0);
        assertEquals(0, unit.modify(handle, 9));
        assertEquals("blocked functions can be refreshed", 0, refresh(0, 1));
    }

    @Test
    public void withoutRegistrationTheFunctionStopsWithPec1() {
        startRefreshed();
        assertEquals(0, unit.modify(handle, 5));
        assertStatus(8, refresh(0, 1));
        long[] event = unit.event();
        assertEquals(0x01, event[3]);
        assertEquals("handle", handle, event[0]);
        assertEquals("function id, address valid, no write", (long) Functions.FID << 32 | 2, event[1]);
        assertEquals(Tables.BASE, event[2]);
        assertStatus(40, refresh(0, 1));
    }

    /** Wholly outside is refused; what is only partly outside is clamped. */
    @Test
    public void ranges() {
        startRefreshed();
        tables.map(0, FRAME);
        assertStatus(8, unit.refresh(handle, Functions.FIRST - 2 * PAGE, 2 * PAGE));
        assertEquals(0x02, unit.code());
        unit.recover(handle);
        assertStatus(8, unit.refresh(handle, Functions.LAST + 1, PAGE));
        assertEquals(0x02, unit.code());
        unit.recover(handle);
        assertEquals(0, unit.refresh(handle, Functions.FIRST - 2 * PAGE, 3 * PAGE));
        assertEquals(0x40_0000, unit.read(Tables.address(0)));
        assertEquals(0, unit.refresh(handle, Functions.LAST - PAGE + 1, 9 * PAGE));
        assertEquals("a range that would wrap", 0, unit.refresh(handle, Tables.BASE, -1L));
        assertEquals("no bytes", 0, unit.refresh(handle, Tables.BASE, 0));
        assertNull(unit.event());
    }

    @Test
    public void badEntriesStopTheFunctionAndItsRange() {
        startRefreshed();
        tables.map(0, FRAME).map(2, FRAME);
        assertEquals(0, refresh(0, 4));
        tables.map(1, 0);
        assertStatus(8, refresh(0, 4));
        long[] event = unit.event();
        assertEquals(0x07, event[3]);
        assertEquals(Tables.address(1), event[2]);
        assertEquals("page table", 1, event[1] >>> 28 & 0xf);
        unit.recover(handle);
        assertFault(TPROTE, unit.read(Tables.address(0)));
    }

    /** The bad entry differs from good ones beside it in nothing but its frame. */
    @Test
    public void aZeroEntryAmongEntriesOfNothingButAFrameIsBad() {
        startRefreshed();
        tables.map(0, 0x40_0000).map(1, 0x50_0000).map(2, 0);
        assertStatus(8, refresh(0, 4));
        long[] event = unit.event();
        assertEquals(0x07, event[3]);
        assertEquals(Tables.address(2), event[2]);
        unit.recover(handle);
        assertEquals(0, refresh(0, 2));
        assertEquals(0x50_0000, unit.read(Tables.address(1)));
    }

    /** Walks to each page are the truth for what a range reads within one page table. */
    @Test
    public void aRangeAtOnceIsAsItsPagesOneByOne() {
        Random random = Seed.random();
        for (int round = 0; round < 40; round++) {
            startRefreshed();
            scramble(random);
            for (int i = 0; i < 20; i++) {
                tables.map(random.nextInt(256), random.nextInt(64) * PAGE + 0x40_0000 | random.nextInt(16) << 8 & 0xb00);
            }
            Unit single = new Unit(Functions.two().group("refresh", true), unit.memory);
            long other = single.enabled();
            assertEquals(0, single.register(other, Tables.IOTA));
            for (int i = 0; i < 256; i++) {
                assertEquals(0, single.refresh(other, Tables.address(i), PAGE));
            }
            assertEquals(0, refresh(0, 256));
            assertEquals("round " + round, outputs(single, other), outputs());
        }
    }

    /** A unit that has not walked yet is the truth for one that has walked near by before, whatever has changed above since. */
    @Test
    public void whatHasChangedAboveIsFoundNearTheLastWalk() {
        Random random = Seed.random();
        long otherSegments = Tables.REGION_SECOND;
        long otherPages = Tables.PAGE + 0x800;
        long[] regions = {Tables.SEGMENT | 7, otherSegments | 7, Tables.SEGMENT | 0x207, 0x27, Tables.SEGMENT | 3};
        long[] segments = {Tables.PAGE, otherPages, Tables.PAGE | 0x200, Tables.PAGE | 0x100, 0x20, 0x50_0400, 0};
        long[] pages = {0x400, FRAME, FRAME | 0x200, FRAME + 5 * PAGE, 0};
        startRefreshed();
        for (int step = 0; step < 2000; step++) {
            if (random.nextInt(8) == 0) {
                tables.put(Tables.REGION_THIRD + 8 * 2, regions[random.nextInt(20) % regions.length]);
            }
            long segment = random.nextBoolean() ? Tables.SEGMENT : otherSegments;
            tables.put(segment + 8L * random.nextInt(2), segments[random.nextInt(segments.length)]);
            tables.put((random.nextBoolean() ? Tables.PAGE : otherPages) + 8L * random.nextInt(4), pages[random.nextInt(pages.length)]);
            long iova = Tables.address(random.nextInt(2) * 256 + random.nextInt(4));
            Unit fresh = new Unit(Functions.two().group("refresh", true), unit.memory);
            long other = fresh.enabled();
            assertEquals(0, fresh.register(other, Tables.IOTA));
            assertEquals("step " + step, refreshed(fresh, other, iova), refreshed(unit, handle, iova));
        }
    }

    /** What a refresh of a page ends with, and where reads and writes go then. */
    private static List<Long> refreshed(Unit of, long handle, long iova) {
        List<Long> seen = new ArrayList<>();
        int condition = of.refresh(handle, iova, PAGE);
        seen.add((long) condition);
        if (condition != 0) {
            seen.add((long) of.code());
            of.recover(handle);
        }
        for (int permission = 1; permission <= 2; permission++) {
            long told = of.translate(Functions.FID, iova, permission);
            seen.add(told);
            if (told < 0) {
                assertEquals(TPROTE, of.code());
                of.recover(handle);
            }
        }
        return seen;
    }

    /** A region-first table whose entries all lead to tables that do the same has 2^52 pages: the look ends, and the rest is out. */
    @Test
    public void tablesThatShareEverythingEndTheLook() {
        Functions wide = new Functions().function(Functions.FID, null, 0, 0x00ff_ffff_ffff_ffffL, Map.of()).group("refresh", true);
        start(wide, Tables.REGION_FIRST | 0x80c);
        for (int i = 0; i < 2048; i++) {
            tables.put(Tables.REGION_FIRST + 8L * i, Tables.REGION_SECOND | 0xf);
            tables.put(Tables.REGION_SECOND + 8L * i, Tables.REGION_THIRD | 0xb);
            tables.put(Tables.REGION_THIRD + 8L * i, Tables.SEGMENT | 7);
            tables.put(Tables.SEGMENT + 8L * i, Tables.PAGE);
        }
        for (int i = 0; i < 256; i++) {
            tables.map(i, FRAME);
        }
        assertStatus(16, unit.refresh(handle, 0, 0x0100_0000_0000_0000L));
    }

    private void start(Functions functions, long iota) {
        unit = new Unit(functions);
        tables = new Tables(unit.memory);
        handle = unit.enabled();
        assertEquals(0, unit.register(handle, iota, 0, 0x00ff_ffff_ffff_ffffL));
    }

    /** Row NST-14: N mappings, N + 1 live pages; the first refresh is refused, one page is freed, the retry works. */
    @Test
    public void nst14RefreshBeyondTheAvailableMappings() {
        int limit = 8;
        start(Functions.two().group("refresh", true).group("maxMappings", (long) limit));
        unit.put(Unit.FIB, 0, 0, 0, 0, 0, 0, 0, 0, 0x6000, 0);
        assertEquals(0, unit.modify(handle, 10));
        for (int i = 0; i < limit + 1; i++) {
            tables.map(i, FRAME + i * PAGE);
        }
        assertStatus(16, refresh(0, limit + 1));
        assertNull("no event: the function goes on", unit.event());
        for (int i = 0; i < limit; i++) {
            assertEquals(0x40_0000 + i * PAGE, unit.read(Tables.address(i)));
        }
        tables.unmap(3);
        assertEquals(0, refresh(0, limit + 1));
        for (int i = 0; i < limit + 1; i++) {
            if (i != 3) {
                assertEquals(0x40_0000 + i * PAGE, unit.read(Tables.address(i)));
            }
        }
        assertEquals("both refreshes are counted", 2, unit.word(0x6000 + 40));
        assertFault(TPROTE, unit.read(Tables.address(3)));
    }

    /** Row NST-14: what is there is not lost to what is new, and room made anywhere in the range counts. */
    @Test
    public void nst14WhatIsMappedKeepsItsRoom() {
        start(Functions.two().group("refresh", true).group("maxMappings", 4L));
        for (int i = 4; i < 8; i++) {
            tables.map(i, FRAME + i * PAGE);
        }
        assertEquals(0, refresh(0, 8));
        tables.map(0, FRAME);
        assertStatus(16, refresh(0, 8));
        for (int i = 4; i < 8; i++) {
            assertEquals(0x40_0000 + i * PAGE, unit.read(Tables.address(i)));
        }
        tables.unmap(7);
        assertEquals("room behind the new page", 0, refresh(0, 8));
        assertEquals(0x40_0000, unit.read(Tables.address(0)));
    }

    /** Row NST-15: after a range refresh the range is as after a full rebuild, and outside it nothing has changed. */
    @Test
    public void nst15ARangeRefreshEqualsAFullRebuildWithinTheRange() {
        Random random = Seed.random();
        for (int round = 0; round < 60; round++) {
            startRefreshed();
            scramble(random);
            assertEquals(0, refresh(0, 256));
            List<Long> before = outputs();
            scramble(random);
            int first = random.nextInt(256);
            int count = 1 + random.nextInt(300);
            assertEquals(0, unit.refresh(handle, Tables.address(first), count * PAGE));
            List<Long> after = outputs();
            Unit rebuilt = new Unit(Functions.two().group("refresh", true), unit.memory);
            long other = rebuilt.enabled();
            assertEquals(0, rebuilt.register(other, Tables.IOTA));
            assertEquals(0, rebuilt.refresh(other, Functions.FIRST, Functions.LAST - Functions.FIRST + 1));
            List<Long> full = outputs(rebuilt, other);
            for (int i = 0; i < 256; i++) {
                boolean inside = i >= first && i < first + count;
                assertEquals("round " + round + " page " + i, inside ? full.get(i) : before.get(i), after.get(i));
            }
        }
    }

    private void scramble(Random random) {
        for (int i = 0; i < 256; i++) {
            int kind = random.nextInt(5);
            if (kind == 0) {
                tables.unmap(i);
            } else if (kind < 3) {
                tables.map(i, FRAME + random.nextInt(64) * PAGE | (random.nextBoolean() ? 0x200 : 0));
            }
        }
    }

    private List<Long> outputs() {
        return outputs(unit, handle);
    }

    /** Where writes and reads of each page go; -1 for nowhere. */
    private static List<Long> outputs(Unit of, long handle) {
        List<Long> outputs = new ArrayList<>();
        for (int i = 0; i < 256; i++) {
            long answer = 0;
            for (int permission = 1; permission <= 2; permission++) {
                long told = of.translate(Functions.FID, Tables.address(i), permission);
                if (told < 0) {
                    assertEquals(TPROTE, of.code());
                    of.recover(handle);
                }
                answer = answer * 0x1_0000_0000L + told;
            }
            outputs.add(answer);
        }
        return outputs;
    }

    /** Addresses that are mapped throughout never fault while their neighbours are refreshed in and out. */
    @Test
    public void translationsBesideRefreshesStay() throws InterruptedException {
        for (boolean refreshBit : new boolean[] {true, false}) {
            start(Functions.two().group("refresh", refreshBit));
            for (int i = 0; i < 256; i += 2) {
                tables.map(i, FRAME + i * PAGE);
            }
            assertEquals(0, refresh(0, 256));
            List<Long> wrong = new ArrayList<>();
            AtomicBoolean done = new AtomicBoolean();
            AtomicInteger looks = new AtomicInteger();
            Thread looker = new Thread(() -> {
                Random random = new Random(1);
                while (!done.get()) {
                    int page = 2 * random.nextInt(128);
                    long told = unit.read(Tables.address(page) + 5);
                    if (told != 0x40_0005 + page * PAGE) {
                        wrong.add(told);
                    }
                    looks.incrementAndGet();
                }
            });
            looker.start();
            for (int round = 0; round < 2000 || looks.get() < 1000; round++) {
                int page = 1 + 2 * (round % 128);
                tables.map(page, FRAME + page * PAGE);
                assertEquals(0, refresh(page - 1, 2));
                tables.unmap(page);
                assertEquals(0, refresh(page - 1, 3));
            }
            done.set(true);
            looker.join();
            assertEquals(List.of(), wrong);
        }
    }
}
