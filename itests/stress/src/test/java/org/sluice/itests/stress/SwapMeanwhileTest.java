// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.stress;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;
import static org.sluice.api.Permissions.READ;
import static org.sluice.api.Permissions.READ_WRITE;

import java.util.concurrent.atomic.AtomicInteger;

import org.junit.Before;
import org.junit.Test;
import org.sluice.api.dma.DmaPort;
import org.sluice.api.space.AddressSpace;
import org.sluice.api.space.SpaceOptions;
import org.sluice.api.space.SwapService.SwapOptions;
import org.sluice.api.space.SwapService.SwapReport;
import org.sluice.api.space.SwapState;

/** What happens while the next backend's tables are filled is so behind it, too: below where the filling is, above, and for devices. */
public class SwapMeanwhileTest extends SpaceUnderBackend {
    private static final long BASE = 1L << 32;
    private static final int PAGES = 3000;

    private AddressSpace other;
    private DmaPort engine;

    @Before
    public void mapPages() {
        other = platform.spaces.create(machine, SpaceOptions.named("other"));
        other.map(at(0), ram + PAGES * PAGE, PAGE, READ_WRITE);
        engine = platform.port(machine, Platform.ENGINE);
        for (int page = 0; page < PAGES; page += 2) {
            space.map(at(page), ram + page * PAGE, PAGE, READ_WRITE);
        }
    }

    private static long at(int page) {
        return BASE + page * PAGE;
    }

    /** Swaps, and does that once in the middle of the filling. */
    private void swap(Runnable meanwhile) {
        AtomicInteger calls = new AtomicInteger();
        SwapReport report = platform.swaps.swap(machine, "0", backend.equals("vtd") ? "smmuv3" : "vtd", SwapOptions.DEFAULT, (what, done, total) -> {
            if (done > 0 && done < total && calls.getAndIncrement() == 0) {
                meanwhile.run();
            }
        });
        assertEquals(report.text(), SwapState.ACTIVE, report.state());
        assertTrue("the tables were not filled in slices", calls.get() > 0);
    }

    private void blocked(DmaPort port, int page) {
        assertTrue("page " + page, port.translate(at(page), READ) < 0);
        platform.drain(machine);
    }

    @Test
    public void whoLeavesIsBlocked() {
        space.attach(Platform.ENGINE, NO_PASID);
        swap(() -> space.detach(Platform.NIC, NO_PASID));
        blocked(nic, 0);
        assertEquals(ram, engine.translate(at(0), READ));
    }

    @Test
    public void whoComesIsServed() {
        swap(() -> space.attach(Platform.ENGINE, NO_PASID));
        assertEquals(ram, engine.translate(at(0), READ));
        assertEquals(ram + (PAGES - 2) * PAGE, engine.translate(at(PAGES - 2), READ));
    }

    @Test
    public void whoMovesReachesItsNewSpaceAlone() {
        space.attach(Platform.ENGINE, NO_PASID);
        swap(() -> other.attach(Platform.NIC, NO_PASID));
        assertEquals(ram + PAGES * PAGE, nic.translate(at(0), READ));
        blocked(nic, 2);
        assertEquals(ram, engine.translate(at(0), READ));
    }

    @Test
    public void theLastOfASpaceMayLeaveAndComeBack() {
        swap(() -> {
            space.detach(Platform.NIC, NO_PASID);
            space.attach(Platform.NIC, NO_PASID);
        });
        assertEquals(ram, nic.translate(at(0), READ));
        assertEquals(ram + (PAGES - 2) * PAGE, nic.translate(at(PAGES - 2), READ));
    }

    @Test
    public void changesOnEitherSideOfTheFillingHold() {
        swap(() -> {
            space.unmap(at(0), PAGE);
            space.unmap(at(PAGES - 2), PAGE);
            space.map(at(1), ram, PAGE, READ_WRITE);
            space.map(at(PAGES - 3), ram + PAGE, PAGE, READ_WRITE);
            space.map(at(PAGES + 5), ram + 2 * PAGE, PAGE, READ_WRITE);
        });
        assertEquals(ram, nic.translate(at(1), READ));
        assertEquals(ram + PAGE, nic.translate(at(PAGES - 3), READ));
        assertEquals(ram + 2 * PAGE, nic.translate(at(PAGES + 5), READ));
        assertEquals(ram + 2 * PAGE, nic.translate(at(2), READ));
        blocked(nic, 0);
        blocked(nic, PAGES - 2);
    }

    @Test
    public void allThatIsUnmappedAcrossTheFillingIsGone() {
        swap(() -> assertEquals((PAGES / 2 - 1) * PAGE, space.unmap(at(2), 0)));
        assertEquals(ram, nic.translate(at(0), READ));
        for (int page = 2; page < PAGES; page += 100) {
            blocked(nic, page);
        }
        blocked(nic, PAGES - 2);
        assertEquals(1, space.info().mappings());
    }
}
