// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.stress;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

import org.junit.Test;
import org.sluice.api.Machine;
import org.sluice.api.Progress;
import org.sluice.api.dma.TrafficService.Traffic;
import org.sluice.api.space.SwapService.SwapOptions;
import org.sluice.api.space.SwapService.SwapReport;
import org.sluice.api.space.SwapState;
import org.sluice.core.registry.OpenMachine;
import org.sluice.core.unit.LiveUnit;
import org.sluice.machines.synthetic.device.TrafficGenerator;

/** Swaps in a row under verified DMA of both devices: no payload lost, doubled or elsewhere, and nothing stays behind. */
public class ManySwapsTest {
    private static final int SWAPS = Integer.getInteger("sluice.swaps", 1000);

    @Test
    public void aThousandSwapsUnderLoadLeaveNothingBehind() throws InterruptedException {
        try (Platform platform = new Platform()) {
            TrafficGenerator traffic = new TrafficGenerator(platform.spaces, platform.dma, platform.interrupts);
            Machine machine = platform.open("vtd,ram=128M,tables=64M");
            traffic.start(machine, Platform.NIC, 0);
            traffic.start(machine, Platform.ENGINE, 0);
            List<WeakReference<LiveUnit>> units = new ArrayList<>();
            int threads = Thread.activeCount();
            for (int i = 0; i < SWAPS; i++) {
                String to = Platform.TRANSLATING.get(i % Platform.TRANSLATING.size());
                units.add(new WeakReference<>(OpenMachine.of(machine).slots().get(0).live()));
                SwapReport report = platform.swaps.swap(machine, "0", to, SwapOptions.DEFAULT, Progress.NONE);
                assertEquals("swap " + i + " to " + to + ": " + report.text(), SwapState.ACTIVE, report.state());
            }
            assertTrue(threads + " threads before", Thread.activeCount() <= threads);
            for (var device : List.of(Platform.NIC, Platform.ENGINE)) {
                Traffic done = traffic.stop(machine, device);
                assertEquals(done.toString(), 0, done.wrong() + done.faults());
                assertEquals(done.toString(), "", done.failure());
                assertEquals("every operation raised its interrupt once", done.operations(), done.interrupts());
                assertTrue(done.toString(), done.operations() > SWAPS / 10);
            }
            units.remove(units.size() - 1);
            assertTrue("units that served before are still reachable", areCollected(units));
        }
    }

    private static boolean areCollected(List<WeakReference<LiveUnit>> units) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (System.nanoTime() - end < 0) {
            System.gc();
            if (units.stream().allMatch(unit -> unit.get() == null)) {
                return true;
            }
            TimeUnit.MILLISECONDS.sleep(20);
        }
        return false;
    }
}
