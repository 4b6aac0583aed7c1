// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.stress;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;
import static org.sluice.api.Permissions.READ;
import static org.sluice.api.Permissions.READ_WRITE;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

import org.junit.After;
import org.junit.Before;
import org.junit.Test;
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
import org.sluice.spi.Backend;

/**
 * The user who waits for a swap interrupts it, as Ctrl-C does, in each of its states: before the exchange the old backend serves on as if nothing had
 * been, after it the new one does; and the next swap is one like any other.
 */
public class SwapInterruptTest {
    private static final long PAGE = 4096;
    private static final long BASE = 0x1_0000_0000L;
    /** More than a slice. */
    private static final int PAGES = 2000;
    private static final SwapOptions NO_DEADLINE = new SwapOptions(0, false, false);
    private static final long PATIENCE = TimeUnit.SECONDS.toNanos(60);

    private final Platform platform = new Platform();
    private Machine machine;
    private AddressSpace space;
    private DmaPort port;
    private long ram;

    @Before
    public void open() {
        machine = platform.open("vtd,ram=64M,tables=16M");
        space = platform.spaces.create(machine, SpaceOptions.named("s"));
        space.attach(Platform.NIC, TranslationRequest.NO_PASID);
        ram = machine.memory().ram().get(0).start();
        for (int i = 0; i < PAGES; i++) {
            space.map(BASE + i * PAGE, ram + i * PAGE, PAGE, READ_WRITE);
        }
        port = platform.port(machine, Platform.NIC);
    }

    @After
    public void close() {
        assertFalse("an interrupt was left to the next test", Thread.interrupted());
        platform.close();
    }

    private SwapReport swap(String to, SwapOptions options, Progress progress) {
        return platform.swaps.swap(machine, "0", to, options, progress);
    }

    private void assertServes(String backend) {
        assertEquals(backend, machine.units().get(0).backend());
        assertEquals(SwapState.ACTIVE.name(), machine.units().get(0).status().state());
        for (int i = 0; i < PAGES; i += 7) {
            assertEquals(ram + i * PAGE, port.translate(BASE + i * PAGE, READ));
        }
        assertEquals(PAGES, space.info().mappings());
    }

    private void assertEnded(SwapReport report) {
        assertEquals("vtd", report.from());
        assertEquals(report.text(), SwapState.FAILED, report.state());
        assertEquals(List.of(Rule.INTERRUPTED), report.refusals().stream().map(r -> r.rule()).toList());
        assertTrue(report.text(), report.text().startsWith("interrupted; vtd serves unit "));
        assertServes("vtd");
        assertEquals(report, platform.swaps.history(machine).get(platform.swaps.history(machine).size() - 1));
        // Nothing of it stays: changes go to one table only, and any swap is possible.
        space.unmap(BASE, PAGE);
        space.map(BASE, ram, PAGE, READ_WRITE);
        for (String next : List.of("amdvi", "smmuv3", "vtd")) {
            assertEquals(SwapState.ACTIVE, swap(next, SwapOptions.DEFAULT, Progress.NONE).state());
            assertServes(next);
        }
    }

    @Test
    public void beforeItBegins() {
        Thread.currentThread().interrupt();
        SwapReport report = swap("amdvi", SwapOptions.DEFAULT, Progress.NONE);
        assertTrue("whoever interrupted may ask", Thread.interrupted());
        assertEnded(report);
    }

    @Test
    public void whileItIsOnlyTried() {
        Thread.currentThread().interrupt();
        SwapReport report = swap("amdvi", new SwapOptions(0, false, true), Progress.NONE);
        assertTrue(Thread.interrupted());
        assertEnded(report);
    }

    @Test
    public void whileFilling() {
        SwapReport report = swap("amdvi", SwapOptions.DEFAULT, (what, done, total) -> {
            if (done > 0 && done < total) {
                assertEquals(SwapState.FILLING.name(), machine.units().get(0).status().state());
                Thread.currentThread().interrupt();
            }
        });
        assertTrue(Thread.interrupted());
        assertTrue("it filled " + report.mappings(), report.mappings() > 0 && report.mappings() < PAGES);
        assertEnded(report);
    }

    /** Commands look for an interrupt when they are told how far it is, and throw what is theirs. */
    @Test
    public void byWhoeverIsToldHowFarItIs() {
        List<Long> told = new ArrayList<>();
        SwapReport report = swap("smmuv3", SwapOptions.DEFAULT, (what, done, total) -> {
            told.add(done);
            throw new CancellationException("the user has enough");
        });
        assertEquals(1, told.size());
        assertEnded(report);
    }

    @Test
    public void whileDmaUnderWayHoldsUpTheSwitch() throws InterruptedException {
        Gate gate = OpenMachine.of(machine).slots().get(0).gate();
        int stripe = gate.stripe();
        gate.enter(stripe);
        SwapReport[] report = new SwapReport[1];
        boolean[] interrupted = new boolean[1];
        Thread user = new Thread(() -> {
            report[0] = swap("amdvi", NO_DEADLINE, Progress.NONE);
            interrupted[0] = Thread.interrupted();
        });
        user.start();
        await(() -> machine.units().get(0).status().state().equals(SwapState.SWITCHING.name()));
        user.interrupt();
        user.join();
        gate.leave(stripe);
        assertTrue(interrupted[0]);
        assertEnded(report[0]);
    }

    /** The new backend serves by then: an interrupt comes too late, and so does a progress that throws. */
    @Test
    public void afterTheExchange() {
        Backend vtd = Platform.all().stream().filter(b -> b.info().name().equals("vtd")).findFirst().orElseThrow();
        assertEquals(SwapState.ACTIVE, swap("amdvi", SwapOptions.DEFAULT, Progress.NONE).state());
        platform.remove("vtd");
        FailingBackend failing = new FailingBackend(vtd);
        platform.backends.bind(failing.backend());
        assertEquals(SwapState.ACTIVE, swap("vtd", SwapOptions.DEFAULT, Progress.NONE).state());
        failing.breakWith(method -> {
            Thread.currentThread().interrupt();
            return new FailingBackend.Broken(method);
        });
        SwapReport report = swap("smmuv3", SwapOptions.DEFAULT, (what, done, total) -> {
            if (total < 0) {
                throw new CancellationException("the user has enough");
            }
            if (done == total) {
                failing.breakAt(1);
            }
        });
        assertTrue("the old backend was not stopped: " + report, failing.hasBroken());
        assertTrue(Thread.interrupted());
        assertEquals(report.text(), SwapState.ACTIVE, report.state());
        assertEquals(PAGES, report.mappings());
        assertServes("smmuv3");
    }

    private static void await(BooleanSupplier what) {
        long end = System.nanoTime() + PATIENCE;
        while (!what.getAsBoolean()) {
            assertTrue("in time", System.nanoTime() < end);
            Thread.onSpinWait();
        }
    }
}
