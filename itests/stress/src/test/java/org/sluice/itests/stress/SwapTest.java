// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.stress;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;
import static org.sluice.api.Permissions.READ;
import static org.sluice.api.Permissions.READ_WRITE;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

import org.junit.After;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.junit.runners.Parameterized;
import org.junit.runners.Parameterized.Parameter;
import org.junit.runners.Parameterized.Parameters;
import org.sluice.api.Machine;
import org.sluice.api.Progress;
import org.sluice.api.TranslationRequest;
import org.sluice.api.dma.DmaPort;
import org.sluice.api.dma.TrafficService.Traffic;
import org.sluice.api.space.AddressSpace;
import org.sluice.api.space.SpaceOptions;
import org.sluice.api.space.SwapService.SwapOptions;
import org.sluice.api.space.SwapService.SwapReport;
import org.sluice.api.space.SwapState;
import org.sluice.machines.synthetic.device.TrafficGenerator;

/** SHM-06: every ordered pair of backends, under DMA. */
@RunWith(Parameterized.class)
public class SwapTest {
    private static final int NO_PASID = TranslationRequest.NO_PASID;
    private static final long PAGE = 4096;
    /** An address that every backend's aperture covers: zPCI's begins at 4 GiB. */
    private static final long BASE = 0x1_0000_0000L;
    private static final int PAGES = 3000;

    @Parameters(name = "{0} to {1}")
    public static List<Object[]> pairs() {
        return Platform.pairs(Platform.TRANSLATING);
    }

    @Parameter
    public String from;
    @Parameter(1)
    public String to;

    private final Platform platform = new Platform();

    @After
    public void close() {
        platform.close();
    }

    /** The NIC-like device maps, receives, checks and unmaps all the time: no payload lost, doubled or elsewhere, no fault, no interrupt lost. */
    @Test
    public void everyPayloadIsRightAndEveryInterruptArrives() {
        TrafficGenerator traffic = new TrafficGenerator(platform.spaces, platform.dma, platform.interrupts);
        Machine machine = platform.open(from);
        traffic.start(machine, Platform.NIC, 0);
        for (String next : List.of(to, from, to)) {
            long done = traffic.list().get(0).operations();
            SwapReport report = platform.swaps.swap(machine, "0", next, SwapOptions.DEFAULT, Progress.NONE);
            assertEquals(report.text(), SwapState.ACTIVE, report.state());
            long end = System.nanoTime() + 20_000_000_000L;
            while (traffic.list().get(0).operations() < done + 100) {
                assertTrue("traffic stands still", System.nanoTime() - end < 0 && traffic.list().get(0).running());
                Thread.onSpinWait();
            }
        }
        Traffic all = traffic.stop(machine, Platform.NIC);
        assertEquals(all.toString(), 0, all.wrong() + all.faults());
        assertEquals(all.toString(), "", all.failure());
        assertEquals(all.operations(), all.interrupts());
    }

    @Test
    public void everyMappingIsThereBeforeAndAfterAndNoAccessGoesElsewhere() throws InterruptedException {
        Machine machine = platform.open(from);
        AddressSpace space = platform.spaces.create(machine, SpaceOptions.named("s"));
        space.attach(Platform.NIC, NO_PASID);
        long ram = machine.memory().ram().get(0).start();
        for (int i = 0; i < PAGES; i++) {
            space.map(BASE + 2 * i * PAGE, ram + (i * 7919L % 65536) * PAGE, PAGE, READ_WRITE);
        }
        AtomicBoolean done = new AtomicBoolean();
        AtomicReference<String> wrong = new AtomicReference<>();
        Thread device = new Thread(() -> {
            DmaPort port = platform.port(machine, Platform.NIC);
            for (int i = 0; !done.get(); i = (i + 1) % PAGES) {
                long target = port.translate(BASE + 2 * i * PAGE + 8, READ);
                if (target != ram + (i * 7919L % 65536) * PAGE + 8) {
                    wrong.compareAndSet(null, "page " + i + ": " + Long.toHexString(target));
                }
            }
        });
        device.start();
        SwapReport report = platform.swaps.swap(machine, "0", to, SwapOptions.DEFAULT, Progress.NONE);
        SwapReport back = platform.swaps.swap(machine, "0", from, SwapOptions.DEFAULT, Progress.NONE);
        done.set(true);
        device.join();
        assertEquals(report.text(), SwapState.ACTIVE, report.state());
        assertEquals(back.text(), SwapState.ACTIVE, back.state());
        assertEquals(PAGES, report.mappings());
        assertEquals(null, wrong.get());
        assertTrue(report.blackoutNanos() > 0);
        List<Long> dumped = new ArrayList<>();
        platform.inspect.mappings(machine, Platform.NIC, NO_PASID, Progress.NONE, m -> dumped.add(m.iova()));
        assertEquals(PAGES, dumped.size());
        assertEquals(from, machine.units().get(0).backend());
    }
}
