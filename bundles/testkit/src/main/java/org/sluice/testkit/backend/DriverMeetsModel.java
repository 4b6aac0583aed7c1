// SPDX-License-Identifier: Apache-2.0
package org.sluice.testkit.backend;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;
import static org.sluice.api.Permissions.READ;
import static org.sluice.api.Permissions.READ_WRITE;
import static org.sluice.api.Permissions.WRITE;
import static org.sluice.testkit.backend.BackendRig.BLOCKED;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

import org.junit.Test;
import org.sluice.api.Capabilities.Feature;
import org.sluice.api.FaultRecord;
import org.sluice.machine.AddressRange;
import org.sluice.machine.DeviceId;
import org.sluice.machine.IommuException;
import org.sluice.spi.DomainTable;
import org.sluice.spi.DomainTable.Outcome;
import org.sluice.spi.MappingSink;
import org.sluice.testkit.Seed;

/**
 * What the driver maps the model translates, and nothing else. The two meet in memory and registers only. A backend subclasses this,
 * gives a fresh {@link #rig}, and has shown that its halves agree on every page size, permission and boundary, under random edits, and
 * while other threads translate.
 */
public abstract class DriverMeetsModel extends MapEachConformance {
    private static final int PAGES = 2048;
    private static final int LONGEST = 700;
    private static final int ROUNDS = 600;
    private static final int PROBES = 40;
    private static final int CYCLES = 300;

    /** An address of the aperture that is no wider than output addresses, so that it may go out unchanged. */
    private long passable(long size) {
        long at = middle(size);
        long narrow = 1L << Math.min(rig.capabilities.outputBits(), Long.SIZE - 1) - 1;
        return Long.compareUnsigned(at, narrow) < 0 || !rig.isFree(narrow, size) ? at : narrow;
    }

    private void assertBlocked(int device, long iova) {
        assertEquals(BLOCKED, rig.translate(device, iova, READ));
        assertEquals(BLOCKED, rig.translate(device, iova, WRITE));
    }

    @Test
    public void aStartedUnitBlocksEveryRequester() {
        for (int device = 0; device < 2; device++) {
            assertBlocked(device, middle(rig.granule()));
            assertBlocked(device, rig.capabilities.aperture().start());
        }
    }

    @Test
    public void everyPageSizeTranslatesFromItsFirstByteToItsLast() {
        DomainTable table = rig.table(1);
        rig.attach(0, table);
        for (long size : rig.pageSizes()) {
            for (long iova : boundaries(size)) {
                long output = rig.output(size ^ iova, size);
                assertEquals(Outcome.OK, rig.map(table, iova, output, size, READ_WRITE));
                for (long offset : new long[] {0, 1, size / 2, size - 1}) {
                    assertEquals(output + offset, rig.translate(0, iova + offset, READ));
                    assertEquals(output + offset, rig.translate(0, iova + offset, WRITE));
                }
                assertOnly(iova, size);
                assertEquals(size, rig.unmap(table, iova, size));
                assertBlocked(0, iova);
                assertBlocked(0, iova + size - 1);
            }
        }
    }

    private List<Long> boundaries(long size) {
        AddressRange aperture = rig.capabilities.aperture();
        long lowest = aperture.start() + size - 1 & -size;
        long highest = aperture.last() - (size - 1) & -size;
        return List.of(lowest, middle(size), highest).stream().filter(a -> rig.isFree(a, size)).distinct().toList();
    }

    /** The bytes before and after are not mapped. */
    private void assertOnly(long iova, long size) {
        AddressRange aperture = rig.capabilities.aperture();
        if (iova != aperture.start() && rig.isFree(iova - rig.granule(), rig.granule())) {
            assertBlocked(0, iova - 1);
        }
        if (iova + size - 1 != aperture.last() && rig.isFree(iova + size, rig.granule())) {
            assertBlocked(0, iova + size);
        }
    }

    @Test
    public void accessesAreAllowedAsMapped() {
        DomainTable table = rig.table(1);
        rig.attach(0, table);
        long iova = middle(rig.granule());
        for (int permissions : rig.capabilities.permissions()) {
            if ((permissions & READ_WRITE) != 0 && (permissions & ~READ_WRITE) == 0) {
                assertEquals(Outcome.OK, rig.map(table, iova, rig.output(5, rig.granule()), rig.granule(), permissions));
                assertEquals((permissions & READ) != 0, rig.translate(0, iova, READ) != BLOCKED);
                assertEquals((permissions & WRITE) != 0, rig.translate(0, iova, WRITE) != BLOCKED);
                assertEquals(rig.granule(), rig.unmap(table, iova, rig.granule()));
            }
        }
    }

    @Test
    public void whatIsMappedIsNotMappedOver() {
        DomainTable table = rig.table(1);
        rig.attach(0, table);
        long page = rig.granule();
        long iova = middle(page * 16);
        assertEquals(Outcome.OK, rig.map(table, iova + 4 * page, rig.output(1, page), page, READ_WRITE));
        for (int first = 0; first <= 4; first++) {
            assertEquals(Outcome.EXISTS, rig.map(table, iova + first * page, rig.output(2, page), 5 * page, READ_WRITE));
        }
        assertEquals(rig.output(1, page), rig.translate(0, iova + 4 * page, READ));
        for (int i = 0; i < 16; i++) {
            assertEquals(i == 4, rig.translate(0, iova + i * page, READ) != BLOCKED);
        }
    }

    @Test
    public void whatTheUnitCannotExpressIsRefused() {
        DomainTable table = rig.table(1);
        rig.attach(0, table);
        long page = rig.granule();
        long iova = middle(page);
        assertEquals(Outcome.NOT_EXPRESSIBLE, table.map(iova + page / 2, rig.output(1, page), page, READ_WRITE));
        assertEquals(Outcome.NOT_EXPRESSIBLE, table.map(iova, rig.output(1, page) + page / 2, page, READ_WRITE));
        assertEquals(Outcome.NOT_EXPRESSIBLE, table.map(iova, rig.output(1, page), page / 2, READ_WRITE));
        if (rig.capabilities.aperture().last() != -1L) {
            assertEquals(Outcome.NOT_EXPRESSIBLE, table.map(rig.capabilities.aperture().last() + 1, rig.output(1, page), page, READ_WRITE));
        }
        assertBlocked(0, iova);
    }

    @Test
    public void detachingBlocksAndAttachingAgainBringsEverythingBack() {
        DomainTable table = rig.table(1);
        long page = rig.granule();
        long iova = middle(page * 64);
        for (int i = 0; i < 64; i += 2) {
            assertEquals("before any attach", Outcome.OK, rig.map(table, iova + i * page, rig.output(i, page), page, READ_WRITE));
        }
        for (int round = 0; round < 3; round++) {
            assertBlocked(0, iova);
            rig.attach(0, table);
            for (int i = 0; i < 64; i++) {
                assertEquals(i % 2 == 0 ? rig.output(i, page) + 5 : BLOCKED, rig.translate(0, iova + i * page + 5, WRITE));
            }
            assertBlocked(1, iova);
            rig.detach(0);
        }
        assertBlocked(0, iova);
    }

    @Test
    public void devicesShareATableAndLeaveItOneByOne() {
        DomainTable table = rig.table(1);
        long page = rig.granule();
        long iova = middle(page);
        rig.attach(0, table);
        assertEquals(Outcome.OK, rig.map(table, iova, rig.output(1, page), page, READ_WRITE));
        rig.attach(1, table);
        assertEquals(rig.output(1, page), rig.translate(1, iova, READ));
        rig.detach(0);
        assertBlocked(0, iova);
        assertEquals(rig.output(1, page), rig.translate(1, iova, READ));
        assertEquals(page, rig.unmap(table, iova, page));
        assertBlocked(1, iova);
    }

    @Test
    public void attachingToAnotherTableReplacesTheFirst() {
        long page = rig.granule();
        long iova = middle(page);
        DomainTable first = rig.table(1);
        DomainTable second = rig.table(2);
        assertEquals(Outcome.OK, rig.map(first, iova, rig.output(1, page), page, READ_WRITE));
        assertEquals(Outcome.OK, rig.map(second, iova, rig.output(2, page), page, READ_WRITE));
        assertNotEquals(rig.output(1, page), rig.output(2, page));
        for (int round = 0; round < 3; round++) {
            rig.attach(0, first);
            assertEquals(rig.output(1, page), rig.translate(0, iova, READ));
            rig.attach(0, second);
            assertEquals(rig.output(2, page), rig.translate(0, iova, READ));
        }
        rig.detach(0);
        first.release();
        second.release();
    }

    @Test
    public void passingThroughIsOfferedOrRefused() {
        long page = rig.granule();
        long iova = passable(page);
        if (!rig.capabilities.features().contains(Feature.PASS_THROUGH)) {
            assertEquals(IommuException.Reason.UNSUPPORTED,
                    assertThrows(IommuException.class, () -> rig.driver.attachPassThrough(rig.device(0).device())).reason());
            assertBlocked(0, iova);
            return;
        }
        rig.driver.attachPassThrough(rig.device(0).device());
        assertEquals(iova + 7, rig.translate(0, iova + 7, WRITE));
        assertBlocked(1, iova);
        DomainTable table = rig.table(1);
        assertEquals(Outcome.OK, rig.map(table, iova, rig.output(1, page), page, READ_WRITE));
        rig.attach(0, table);
        assertEquals(rig.output(1, page), rig.translate(0, iova, READ));
        rig.driver.attachPassThrough(rig.device(0).device());
        assertEquals(iova, rig.translate(0, iova, READ));
        rig.detach(0);
        assertBlocked(0, iova);
    }

    @Test
    public void pasidsHaveTablesOfTheirOwnOrAreRefused() {
        long page = rig.granule();
        long iova = middle(page);
        DeviceId device = rig.device(0).device();
        if (rig.capabilities.pasidBits() == 0) {
            DomainTable table = rig.table(1);
            assertThrows(IommuException.class, () -> rig.driver.attach(device, 1, table));
            return;
        }
        int[] pasids = {1, 2, (1 << rig.capabilities.pasidBits()) - 1};
        DomainTable plain = rig.table(1);
        rig.attach(0, plain);
        assertEquals(Outcome.OK, rig.map(plain, iova, rig.output(1, page), page, READ_WRITE));
        List<DomainTable> tables = new ArrayList<>();
        for (int i = 0; i < pasids.length; i++) {
            DomainTable table = rig.table(2 + i);
            assertEquals(Outcome.OK, rig.map(table, iova, rig.output(2 + i, page), page, READ_WRITE));
            assertEquals(BLOCKED, rig.translate(0, pasids[i], iova, READ));
            rig.driver.attach(device, pasids[i], table);
            tables.add(table);
        }
        for (int i = 0; i < pasids.length; i++) {
            assertEquals(rig.output(2 + i, page) + 3, rig.translate(0, pasids[i], iova + 3, WRITE));
            assertEquals(BLOCKED, rig.translate(1, pasids[i], iova, READ));
            assertEquals(page, rig.unmap(tables.get(i), iova, page));
            assertEquals(BLOCKED, rig.translate(0, pasids[i], iova, READ));
        }
        assertEquals(Outcome.OK, rig.map(tables.get(0), iova, rig.output(9, page), page, READ_WRITE));
        rig.driver.attach(device, pasids[1], tables.get(0));
        assertEquals(rig.output(9, page), rig.translate(0, pasids[1], iova, READ));
        rig.driver.detach(device, pasids[0]);
        assertEquals(BLOCKED, rig.translate(0, pasids[0], iova, READ));
        assertEquals(rig.output(9, page), rig.translate(0, pasids[1], iova, READ));
        assertEquals(rig.output(1, page), rig.translate(0, iova, READ));
        rig.detach(0);
        assertBlocked(0, iova);
        assertEquals(rig.output(9, page), rig.translate(0, pasids[1], iova, READ));
        assertEquals(page, rig.unmap(tables.get(0), iova, page));
        assertEquals(BLOCKED, rig.translate(0, pasids[1], iova, READ));
    }

    @Test
    public void stoppingBlocksAndStartingAgainBeginsBlocked() {
        long page = rig.granule();
        long iova = middle(page);
        DomainTable table = rig.table(1);
        rig.attach(0, table);
        assertEquals(Outcome.OK, rig.map(table, iova, rig.output(1, page), page, READ_WRITE));
        rig.detach(0);
        rig.driver.stop();
        rig.driver.start();
        assertBlocked(0, iova);
        rig.attach(0, table);
        assertEquals(rig.output(1, page), rig.translate(0, iova, READ));
    }

    @Test
    public void faultsAreRecordedOnceWithDeviceAndAddress() {
        long page = rig.granule();
        long iova = middle(page);
        DomainTable table = rig.table(1);
        rig.attach(0, table);
        rig.driver.drainFaults(f -> { });
        assertEquals(BLOCKED, rig.translate(0, iova + 8, WRITE));
        List<FaultRecord> faults = new ArrayList<>();
        rig.driver.drainFaults(faults::add);
        assertEquals(1, faults.size());
        assertEquals(rig.device(0).device(), faults.get(0).device());
        assertEquals("within the page", 0, (faults.get(0).iova() ^ iova) >>> 12);
        assertTrue(faults.get(0).fault().code() >= 0);
        rig.driver.drainFaults(f -> {
            throw new AssertionError("drained twice: " + f);
        });
    }

    /** As many faults as there are may be lost, but the log works again after it was drained. */
    @Test
    public void aFloodOfFaultsDoesNotStopTheLog() {
        DomainTable table = rig.table(1);
        rig.attach(0, table);
        long iova = middle(rig.granule());
        for (int i = 0; i < 5000; i++) {
            assertEquals(BLOCKED, rig.translate(0, iova, READ));
        }
        AtomicLong drained = new AtomicLong();
        rig.driver.drainFaults(f -> drained.incrementAndGet());
        assertTrue("drained " + drained, drained.get() > 0 && drained.get() <= 5000);
        rig.driver.drainFaults(f -> { });
        assertEquals(BLOCKED, rig.translate(0, iova, READ));
        drained.set(0);
        rig.driver.drainFaults(f -> drained.incrementAndGet());
        assertEquals(1, drained.get());
    }

    @Test
    public void randomEditsAgreeWithAListOfPages() {
        Random random = Seed.random();
        DomainTable table = rig.table(1);
        rig.attach(0, table);
        long page = rig.granule();
        long base = middle(page * PAGES);
        PageTruth truth = new PageTruth(base, page, PAGES);
        List<Integer> allowed = rig.capabilities.permissions().stream().filter(p -> p != 0 && (p & ~READ_WRITE) == 0).sorted().toList();
        for (int round = 0; round < ROUNDS; round++) {
            int first = random.nextInt(PAGES);
            int count = 1 + random.nextInt(Math.min(PAGES - first, random.nextInt(4) == 0 ? LONGEST : 8));
            if (random.nextInt(3) > 0) {
                int permissions = allowed.get(random.nextInt(allowed.size()));
                // Often in step with the input, so that larger pages fit.
                long output = rig.output(random.nextInt(1 << 20), page * 1024) + (random.nextBoolean() ? first % 1024 * page : 0);
                Outcome expected = truth.isFree(first, count) ? Outcome.OK : Outcome.EXISTS;
                assertEquals(expected, rig.map(table, base + first * page, output, count * page, permissions));
                if (expected == Outcome.OK) {
                    truth.map(first, count, output, permissions);
                }
            } else {
                assertEquals(truth.unmap(first, count), rig.unmap(table, base + first * page, count * page));
            }
            for (int probe = 0; probe < PROBES; probe++) {
                long iova = base + Math.floorMod(random.nextLong(), page * PAGES);
                int permission = random.nextBoolean() ? READ : WRITE;
                assertEquals(truth.translate(iova, permission), rig.translate(0, iova, permission));
            }
        }
        assertEquals(truth.pages(), pages(table, page));
        rig.unmap(table, base, page * PAGES);
        assertEquals(List.of(), pages(table, page));
    }

    private static List<String> pages(DomainTable table, long page) {
        List<String> pages = new ArrayList<>();
        table.view().visit(new MappingSink() {
            @Override
            public boolean mapping(long iova, long last, long output, int permissions, String memoryType) {
                for (long i = 0; Long.compareUnsigned(i, (last - iova) / page) <= 0; i++) {
                    pages.add(PageTruth.line(iova + i * page, output + i * page, permissions & READ_WRITE));
                }
                return true;
            }

            @Override
            public boolean unknown(long iova, long last, long tableAddress) {
                throw new AssertionError("the table at " + Long.toHexString(tableAddress) + " is not there");
            }
        });
        return pages;
    }

    /** What is released can be used again: this would run out of memory or domains otherwise. */
    @Test
    public void everythingIsFreedAtTheEnd() {
        long page = rig.granule();
        List<Long> places = boundaries(page);
        for (int cycle = 0; cycle < CYCLES; cycle++) {
            DomainTable table = rig.table(1 + cycle % 3);
            rig.attach(0, table);
            for (long iova : places) {
                assertEquals("cycle " + cycle, Outcome.OK, rig.map(table, iova, rig.output(cycle, page), page, READ_WRITE));
            }
            rig.detach(0);
            table.release();
            assertBlocked(0, places.get(0));
        }
    }

    /** An edit in one thread; in others, every answer is that from before or from after it, and what is not edited stays. */
    @Test
    public void translationsBesideEditsAreNeverWrong() throws InterruptedException {
        DomainTable table = rig.table(1);
        rig.attach(0, table);
        long page = rig.granule();
        long base = middle(page * 512);
        long output = rig.output(9, page * 512);
        assertEquals(Outcome.OK, rig.map(table, base, output, page, READ_WRITE));
        AtomicBoolean done = new AtomicBoolean();
        List<Long> wrong = Collections.synchronizedList(new ArrayList<>());
        AtomicLong looked = new AtomicLong();
        Thread looker = new Thread(() -> {
            Random random = new Random(1);
            while (!done.get()) {
                long offset = random.nextInt(3) == 0 ? random.nextInt((int) page) : Math.floorMod(random.nextLong(), page * 512);
                long told = rig.translate(0, base + offset, READ);
                if (told != output + offset && (told != BLOCKED || offset < page)) {
                    wrong.add(offset);
                }
                looked.incrementAndGet();
            }
        });
        looker.start();
        for (int round = 0; round < ROUNDS; round++) {
            int first = 1 + round * 37 % 500;
            assertEquals(Outcome.OK, rig.map(table, base + first * page, output + first * page, 8 * page, READ_WRITE));
            assertEquals(output + first * page, rig.translate(0, base + first * page, READ));
            assertEquals(8 * page, rig.unmap(table, base + first * page, 8 * page));
            assertBlocked(0, base + first * page);
        }
        while (looked.get() < 1000) {
            Thread.onSpinWait();
        }
        done.set(true);
        looker.join();
        assertEquals(List.of(), wrong);
        assertFalse(rig.passes(0, base, READ));
    }
}
