// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.stress;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;
import static org.sluice.api.Permissions.READ;
import static org.sluice.api.Permissions.READ_WRITE;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.junit.runners.Parameterized;
import org.junit.runners.Parameterized.Parameters;
import org.sluice.api.Machine;
import org.sluice.api.Progress;
import org.sluice.api.TranslationRequest;
import org.sluice.api.dma.DmaPort;
import org.sluice.api.space.AddressSpace;
import org.sluice.api.space.Refusal.Rule;
import org.sluice.api.space.SpaceOptions;
import org.sluice.api.space.SwapService.SwapOptions;
import org.sluice.api.space.SwapService.SwapReport;
import org.sluice.api.space.SwapState;
import org.sluice.core.registry.OpenMachine;
import org.sluice.core.unit.Gate;
import org.sluice.core.unit.LiveUnit;
import org.sluice.spi.UnitModel;

/** The DMA of one device does not end, as that of a device whose thread has lost its processor, or that waits for a client of its own. */
@RunWith(Parameterized.class)
public class HeldUpSwapTest {
    private static final long PAGE = 4096;
    private static final long BASE = 0x1_0000_0000L;
    private static final int TRANSLATIONS = 1000;
    private static final long PATIENCE_SECONDS = 60;

    private final String from;
    private final String to;
    private final Platform platform = new Platform();
    private final AtomicLong translated = new AtomicLong();
    private Machine machine;
    private AddressSpace space;
    private long ram;
    private Gate gate;
    private int stuck;
    private volatile boolean over;
    private Thread device;

    public HeldUpSwapTest(String from) {
        this.from = from;
        this.to = from.equals("amdvi") ? "vtd" : "amdvi";
    }

    @Parameters(name = "{0}")
    public static List<String> backends() {
        return Platform.TRANSLATING;
    }

    @Before
    public void open() {
        machine = platform.open(from + ",ram=64M,tables=16M");
        space = platform.spaces.create(machine, SpaceOptions.named("s"));
        space.attach(Platform.NIC, TranslationRequest.NO_PASID);
        ram = machine.memory().ram().get(0).start();
        space.map(BASE, ram, PAGE, READ_WRITE);
        gate = OpenMachine.of(machine).slots().get(0).gate();
        stuck = gate.stripe();
        DmaPort port = platform.port(machine, Platform.NIC);
        device = new Thread(() -> {
            while (!over) {
                if (port.translate(BASE, READ) == ram) {
                    translated.incrementAndGet();
                }
            }
        }, "the other device");
        gate.enter(stuck);
        device.start();
    }

    @After
    public void close() throws InterruptedException {
        over = true;
        device.join();
        platform.close();
    }

    private CompletableFuture<SwapReport> swap(String backend, SwapOptions options) {
        return CompletableFuture.supplyAsync(() -> platform.swaps.swap(machine, "0", backend, options, Progress.NONE));
    }

    private void awaitState(SwapState state) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!machine.units().get(0).status().state().equals(state.name())) {
            assertTrue("in time", System.nanoTime() < end);
            Thread.onSpinWait();
        }
    }

    private void awaitTranslations() {
        long enough = translated.get() + TRANSLATIONS;
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (translated.get() < enough) {
            assertTrue("the other device waits", System.nanoTime() < end);
            Thread.onSpinWait();
        }
    }

    @Test
    public void otherDevicesGoOnUntilItEnds() throws Exception {
        CompletableFuture<SwapReport> swap = swap(to, new SwapOptions(0, false, false));
        awaitState(SwapState.SWITCHING);
        awaitTranslations();
        assertEquals(from, machine.units().get(0).backend());
        gate.leave(stuck);
        SwapReport report = swap.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        assertEquals(report.text(), SwapState.ACTIVE, report.state());
        assertEquals(to, machine.units().get(0).backend());
        awaitTranslations();
    }

    @Test
    public void atTheDeadlineTheOldBackendServesOn() throws Exception {
        SwapReport report = swap(to, new SwapOptions(1000, false, false)).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        assertEquals(report.text(), SwapState.FAILED, report.state());
        assertEquals(List.of(Rule.DEADLINE), report.refusals().stream().map(r -> r.rule()).toList());
        assertEquals(from, machine.units().get(0).backend());
        awaitTranslations();
        gate.leave(stuck);
        assertEquals(SwapState.ACTIVE, swap(to, SwapOptions.DEFAULT).get(PATIENCE_SECONDS, TimeUnit.SECONDS).state());
        awaitTranslations();
    }

    /** The old unit keeps its tables as long as the DMA that was cut short may look into them, and lets it reach nothing. */
    @Test
    public void withForceTheSwitchDoesNotWaitForIt() throws Exception {
        LiveUnit old = OpenMachine.of(machine).slots().get(0).live();
        int requester = OpenMachine.of(machine).requesterId(Platform.NIC);
        assertEquals(ram, old.model().translate(requester, TranslationRequest.NO_PASID, BASE, READ));
        SwapReport report = swap(to, new SwapOptions(1000, true, false)).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        assertEquals(report.text(), SwapState.ACTIVE, report.state());
        assertTrue(report.text(), report.text().matches("\\d+ access(es)? that did not end within 1000 ms cut short"));
        assertEquals(to, machine.units().get(0).backend());
        long late = old.model().translate(requester, TranslationRequest.NO_PASID, BASE, READ);
        assertTrue(Long.toHexString(late), late < 0 && late != UnitModel.PASS_THROUGH);
        awaitTranslations();

        report = swap(from, SwapOptions.DEFAULT).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        assertEquals(report.text(), SwapState.REFUSED, report.state());
        assertEquals(List.of(Rule.BUSY), report.refusals().stream().map(r -> r.rule()).toList());
        assertEquals(to, machine.units().get(0).backend());
        gate.leave(stuck);
        assertEquals(SwapState.ACTIVE, swap(from, SwapOptions.DEFAULT).get(PATIENCE_SECONDS, TimeUnit.SECONDS).state());
        // A page that no device uses: behind zPCI one fault blocks a device until software has seen to it.
        space.map(BASE + PAGE, ram, PAGE, READ_WRITE);
        assertEquals(PAGE, space.unmap(BASE + PAGE, PAGE));
        awaitTranslations();
    }
}
