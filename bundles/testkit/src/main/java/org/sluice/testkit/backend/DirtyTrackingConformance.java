// SPDX-License-Identifier: Apache-2.0
package org.sluice.testkit.backend;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNotEquals;
import static org.junit.Assert.assertTrue;
import static org.sluice.api.Permissions.READ;
import static org.sluice.api.Permissions.READ_WRITE;
import static org.sluice.api.Permissions.WRITE;
import static org.sluice.testkit.backend.BackendRig.BLOCKED;

import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;

import org.junit.Before;
import org.junit.Test;
import org.sluice.api.Capabilities.Feature;
import org.sluice.machine.AddressRange;
import org.sluice.spi.DomainTable;
import org.sluice.spi.DomainTable.Outcome;
import org.sluice.testkit.Seed;

/**
 * What devices write is told, page by page, and none of it is lost: for units with {@link Feature#DIRTY_TRACKING}. A backend subclasses
 * this and gives a fresh {@link #newRig}.
 */
public abstract class DirtyTrackingConformance {
    private static final int PAGES = 1024;
    private static final int ROUNDS = 60;
    private static final int SWEEPS = 30;

    private BackendRig rig;
    private DomainTable table;
    private long page;
    private long base;

    /** A fresh machine; the unit as after power-on. */
    protected abstract BackendRig newRig();

    /** Half of the pages are mapped as one piece, so that larger pages are used, half one by one. */
    @Before
    public final void start() {
        rig = newRig();
        rig.driver.start();
        page = rig.granule();
        long size = page * PAGES;
        AddressRange aperture = rig.capabilities.aperture();
        base = aperture.start() + size - 1 & -size;
        while (!rig.isFree(base, size)) {
            base += size;
        }
        table = rig.table(1);
        rig.attach(0, table);
        long output = rig.output(3, size);
        assertEquals(Outcome.OK, rig.map(table, base, output, size / 2, READ_WRITE));
        for (int i = PAGES / 2; i < PAGES; i++) {
            assertEquals(Outcome.OK, rig.map(table, base + i * page, output + (PAGES - i) * page, page, READ_WRITE));
        }
        assertTrue(rig.capabilities.features().contains(Feature.DIRTY_TRACKING));
        assertTrue(table.trackDirty(true));
        invalidate();
        told(true);
    }

    private void invalidate() {
        rig.driver.invalidate(table, base, base + page * PAGES - 1);
    }

    /** Pages told, each with its size; after clearing comes the caller's step. */
    private Set<Long> told(boolean clear) {
        return told(0, PAGES, clear);
    }

    private Set<Long> told(int first, int count, boolean clear) {
        Set<Long> pages = new TreeSet<>();
        table.dirty(base + first * page, base + (first + count) * page - 1, clear, (iova, size) -> {
            assertEquals("aligned", 0, iova & size - 1);
            for (long at = iova; at < iova + size; at += page) {
                pages.add((at - base) / page);
            }
        });
        if (clear) {
            invalidate();
        }
        return pages;
    }

    private void write(int index) {
        assertNotEquals(BLOCKED, rig.translate(0, base + index * page + index % page, WRITE));
    }

    private void read(int index) {
        assertNotEquals(BLOCKED, rig.translate(0, base + index * page, READ));
    }

    @Test
    public void readsAreNotTold() {
        for (int i = 0; i < PAGES; i++) {
            read(i);
        }
        assertEquals(Set.of(), told(false));
    }

    /** A page that is read first may be cached when it is written. */
    @Test
    public void aWriteAfterAReadIsTold() {
        read(PAGES - 1);
        write(PAGES - 1);
        assertEquals(Set.of(PAGES - 1L), told(false));
    }

    @Test
    public void whatIsClearedIsToldOnceAndAgainWhenItIsWrittenAgain() {
        write(PAGES - 5);
        assertEquals(Set.of(PAGES - 5L), told(false));
        assertEquals("not cleared", Set.of(PAGES - 5L), told(true));
        assertEquals(Set.of(), told(true));
        write(PAGES - 5);
        assertEquals(Set.of(PAGES - 5L), told(true));
    }

    @Test
    public void onlyWhatIsAskedForIsToldAndCleared() {
        write(PAGES - 5);
        write(PAGES - 3);
        write(PAGES - 1);
        assertEquals(Set.of(PAGES - 3L), told(PAGES - 4, 3, true));
        assertEquals(Set.of(PAGES - 5L, PAGES - 1L), told(true));
    }

    /** Writes in larger pages are told with all of the page. */
    @Test
    public void randomWritesAreTold() {
        Random random = Seed.random();
        for (int round = 0; round < ROUNDS; round++) {
            Set<Long> written = new TreeSet<>();
            for (int i = 0; i < random.nextInt(40); i++) {
                int index = random.nextInt(PAGES);
                if (random.nextBoolean()) {
                    write(index);
                    written.add((long) index);
                } else {
                    read(index);
                }
            }
            Set<Long> told = told(true);
            assertTrue(told + " has not all of " + written, told.containsAll(written));
            told.removeIf(index -> index < PAGES / 2);
            written.removeIf(index -> index < PAGES / 2);
            assertEquals(written, told);
        }
    }

    /** Each page is written once while sweeps go on: one of them tells it. */
    @Test
    public void noWriteBesideASweepIsLost() throws InterruptedException {
        for (int round = 0; round < SWEEPS; round++) {
            AtomicBoolean done = new AtomicBoolean();
            Thread writer = new Thread(() -> {
                for (int i = PAGES / 2; i < PAGES; i++) {
                    write(i);
                }
                done.set(true);
            });
            writer.start();
            Set<Long> told = new TreeSet<>();
            while (!done.get() && writer.isAlive()) {
                told.addAll(told(true));
            }
            writer.join();
            assertTrue("a write was refused", done.get());
            told.addAll(told(true));
            assertEquals(PAGES / 2, told.size());
        }
    }
}
