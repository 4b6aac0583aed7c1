// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.stress;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;
import static org.sluice.api.Permissions.READ;
import static org.sluice.api.Permissions.READ_WRITE;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import org.junit.Test;
import org.sluice.api.space.Change;
import org.sluice.api.space.RefusedException;
import org.sluice.testkit.Seed;

/** Several changes at once under each backend: one wait for what they unmap, and nothing of it translates when the set has returned. */
public class ChangeSetTest extends SpaceUnderBackend {
    private static final long BASE = 1L << 32;
    private static final int PAGES = 700;
    private static final int SETS = 300;


    private static long at(int page) {
        return BASE + page * PAGE;
    }

    private long output(int page, int use) {
        return ram + (page + use & 1023) * PAGE;
    }

    /** More ranges than are gathered at once, alone and side by side, with every translation cached before. */
    @Test
    public void nothingThatASetHasUnmappedTranslates() {
        for (int apart = 1; apart <= 2; apart++) {
            List<Change> maps = new ArrayList<>();
            List<Change> unmaps = new ArrayList<>();
            for (int page = 0; page < PAGES; page += apart) {
                maps.add(Change.map(at(page), output(page, 0), PAGE, READ_WRITE));
                unmaps.add(Change.unmap(at(page), PAGE));
            }
            space.change(maps);
            for (int page = 0; page < PAGES; page += apart) {
                assertEquals(output(page, 0) + 8, nic.translate(at(page) + 8, READ));
            }
            space.change(unmaps);
            check("all", new int[PAGES]);
            assertEquals(0, space.info().mappings());
        }
    }

    /** What a set unmaps is forgotten with one wait: up to 64 ranges, of which those side by side are one; what it maps in between waits first. */
    @Test
    public void unitsForgetSeveralRangesAtOnce() {
        assertEquals(1, waits(64, 2, false));
        assertEquals(2, waits(65, 2, false));
        assertEquals(1, waits(PAGES, 1, false));
        assertEquals(64, waits(64, 2, true));
    }

    /** How often units were made to forget something when so many pages were unmapped, {@code apart} from each other, with a map after each or not. */
    private long waits(int pages, int apart, boolean maps) {
        List<Change> changes = new ArrayList<>();
        for (int i = 0; i < pages; i++) {
            space.map(at(i * apart), output(i, 0), PAGE, READ_WRITE);
            changes.add(Change.unmap(at(i * apart), PAGE));
            if (maps) {
                changes.add(Change.map(at(PAGES + i), output(i, 1), PAGE, READ_WRITE));
            }
        }
        long before = space.info().invalidations();
        space.change(changes);
        long waits = space.info().invalidations() - before;
        if (maps) {
            space.unmap(at(PAGES), pages * PAGE);
        }
        return waits;
    }

    /** An address that a set unmaps and maps again goes to its new place at once, and one whose set is refused stays where it was. */
    @Test
    public void randomSetsAreWhatDevicesMeet() {
        Random random = Seed.random();
        int[] use = new int[PAGES];
        for (int set = 0; set < SETS; set++) {
            List<Change> changes = new ArrayList<>();
            int[] after = use.clone();
            for (int i = random.nextInt(100); i >= 0; i--) {
                int page = random.nextInt(PAGES);
                if (after[page] != 0) {
                    changes.add(Change.unmap(at(page), PAGE));
                    after[page] = 0;
                } else {
                    after[page] = 1 + random.nextInt(512);
                    changes.add(Change.map(at(page), output(page, after[page]), PAGE, READ_WRITE));
                }
            }
            if (random.nextInt(4) == 0) {
                changes.add(Change.unmap(at(PAGES + 5), PAGE));
                assertThrows(RefusedException.class, () -> space.change(changes));
            } else {
                space.change(changes);
                use = after;
            }
            check("set " + set, use);
        }
    }

    /** A fault stops a function of zPCI until it is drained. */
    private void check(String set, int[] use) {
        for (int page = 0; page < PAGES; page++) {
            if (use[page] != 0) {
                assertEquals(set + ", page " + page, output(page, use[page]), nic.translate(at(page), READ));
            }
        }
        for (int page = 0; page < PAGES; page++) {
            if (use[page] == 0) {
                assertTrue(set + ", page " + page, nic.translate(at(page), READ) < 0);
                platform.drain(machine);
            }
        }
    }
}
