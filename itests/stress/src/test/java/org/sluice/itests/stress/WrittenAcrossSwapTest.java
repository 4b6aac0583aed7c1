// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.stress;

import static org.junit.Assert.assertEquals;
import static org.sluice.api.Permissions.READ_WRITE;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;

import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.junit.runners.Parameterized;
import org.junit.runners.Parameterized.Parameter;
import org.junit.runners.Parameterized.Parameters;
import org.sluice.api.Machine;
import org.sluice.api.Progress;
import org.sluice.api.TranslationRequest;
import org.sluice.api.dma.DmaPort;
import org.sluice.api.space.AddressSpace;
import org.sluice.api.space.SpaceOptions;
import org.sluice.api.space.SwapService.SwapOptions;
import org.sluice.api.space.SwapService.SwapReport;
import org.sluice.api.space.SwapState;
import org.sluice.machine.AddressRange;

/** What devices wrote is told once, whichever backend recorded it and whether or not that still serves. */
@RunWith(Parameterized.class)
public class WrittenAcrossSwapTest {
    private static final int NO_PASID = TranslationRequest.NO_PASID;
    private static final long PAGE = 4096;
    private static final long BASE = 1L << 32;
    private static final int PAGES = 8;
    private static final List<String> RECORDING = List.of("smmuv3", "vtd", "amdvi");

    @Parameters(name = "{0} to {1}")
    public static List<Object[]> pairs() {
        return Platform.pairs(RECORDING);
    }

    @Parameter
    public String from;
    @Parameter(1)
    public String to;

    private final Platform platform = new Platform();
    private AddressSpace space;
    private Machine machine;
    private DmaPort nic;

    @Before
    public void start() {
        machine = platform.open(from);
        space = platform.spaces.create(machine, SpaceOptions.named("s"));
        space.attach(Platform.NIC, NO_PASID);
        space.map(BASE, machine.memory().ram().get(0).start(), PAGES * PAGE, READ_WRITE);
        nic = platform.port(machine, Platform.NIC);
        space.trackDirty(true);
    }

    @After
    public void close() {
        platform.close();
    }

    private void write(int page) {
        assertEquals(DmaPort.OK, nic.write(BASE + page * PAGE + 8, new byte[] {1, 2, 3}, 0, 3));
    }

    private Set<Integer> told(boolean clear) {
        Set<Integer> pages = new TreeSet<>();
        space.dirty(new AddressRange(BASE, BASE + PAGES * PAGE - 1), clear, (iova, size) -> {
            for (long at = iova; at < iova + size; at += PAGE) {
                pages.add((int) ((at - BASE) / PAGE));
            }
        });
        return pages;
    }

    private void swap(String next) {
        SwapReport report = platform.swaps.swap(machine, "0", next, SwapOptions.DEFAULT, Progress.NONE);
        assertEquals(report.text(), SwapState.ACTIVE, report.state());
    }

    @Test
    public void writesBeforeAndAfterASwapAreToldOnce() {
        assertEquals("one page by one or all of a large one, nothing was written yet", Set.of(), told(true));
        space.cut(BASE, PAGES * PAGE);
        for (int page = 0; page < PAGES; page++) {
            space.map(BASE + page * PAGE, machine.memory().ram().get(0).start() + page * PAGE, PAGE, READ_WRITE);
        }
        write(0);
        swap(to);
        assertEquals("by the one that went", Set.of(0), told(false));
        write(3);
        assertEquals("by both", Set.of(0, 3), told(true));
        write(5);
        swap(from);
        assertEquals(Set.of(5), told(true));
        assertEquals(Set.of(), told(true));
        write(5);
        write(7);
        assertEquals(Set.of(5, 7), told(true));
    }

    @Test
    public void whatTheLastDeviceWroteIsToldWhenItHasLeft() {
        write(PAGES - 1);
        space.detach(Platform.NIC, NO_PASID);
        assertEquals(true, told(true).contains(PAGES - 1));
        space.attach(Platform.NIC, NO_PASID);
        assertEquals("a new table has nothing", Set.of(), told(true));
        write(0);
        assertEquals(true, told(true).contains(0));
    }
}
