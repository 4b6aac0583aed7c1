// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.stress;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;
import static org.sluice.api.Permissions.READ;
import static org.sluice.api.Permissions.READ_WRITE;

import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.function.BooleanSupplier;

import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.sluice.api.Machine;
import org.sluice.api.Progress;
import org.sluice.api.TranslationRequest;
import org.sluice.api.dma.DmaPort;
import org.sluice.api.space.AddressSpace;
import org.sluice.api.space.SpaceOptions;
import org.sluice.api.space.SwapService.SwapOptions;
import org.sluice.api.space.SwapService.SwapReport;
import org.sluice.api.space.SwapState;
import org.sluice.backend.smmuv3.Smmuv3Backend;
import org.sluice.backend.vtd.VtdBackend;
import org.sluice.core.audit.Audit;
import org.sluice.core.registry.OpenMachine;
import org.sluice.core.unit.Gate;
import org.sluice.spi.Backend;

/** Backends that are taken away at every moment of a swap, and what the policy makes of it. */
public class LeavingBackendTest {
    private static final int NO_PASID = TranslationRequest.NO_PASID;
    private static final long BASE = 0x1_0000_0000L;
    private static final long PAGE = 4096;
    private static final int PAGES = 2000;
    private static final long DEADLINE = TimeUnit.SECONDS.toNanos(20);

    private final List<String> lines = new CopyOnWriteArrayList<>();
    private final Logger logger = Logger.getLogger(Audit.LOGGER);
    private final Handler listener = new Handler() {
        @Override
        public void publish(LogRecord line) {
            lines.add(line.getMessage());
        }

        @Override
        public void flush() {
            // Nothing is kept back.
        }

        @Override
        public void close() {
            // Nothing is open.
        }
    };
    private Platform platform;
    private Machine machine;
    private AddressSpace space;
    private long ram;

    @Before
    public void listen() {
        logger.addHandler(listener);
    }

    @After
    public void close() {
        logger.removeHandler(listener);
        platform.close();
    }

    private void start(String... standby) {
        platform = new Platform(standby);
        machine = platform.open("vtd");
        space = platform.spaces.create(machine, SpaceOptions.named("s"));
        space.attach(Platform.NIC, NO_PASID);
        ram = machine.memory().ram().get(0).start();
        for (int i = 0; i < PAGES; i++) {
            space.map(BASE + 2 * i * PAGE, ram + i * PAGE, PAGE, READ_WRITE);
        }
    }

    private static void await(BooleanSupplier wanted) {
        long start = System.nanoTime();
        while (!wanted.getAsBoolean()) {
            assertTrue("still waiting", System.nanoTime() - start < DEADLINE);
            Thread.onSpinWait();
        }
    }

    private static <T> FutureTask<T> inThread(String name, Callable<T> work) {
        FutureTask<T> task = new FutureTask<>(work);
        new Thread(task, name).start();
        return task;
    }

    /** Begins to take a backend away and returns when that waits for the machine's lock, which the swap holds. */
    private Thread beginRemoval(String name) {
        Thread remover = new Thread(() -> platform.remove(name), "remover");
        remover.start();
        await(() -> remover.getState() == Thread.State.WAITING);
        return remover;
    }

    private String serving() {
        return machine.units().get(0).backend();
    }

    private void assertAllTranslate() {
        for (int i = 0; i < PAGES; i++) {
            assertEquals(ram + i * PAGE, platform.port(machine, Platform.NIC).translate(BASE + 2 * i * PAGE, READ));
        }
    }

    private void assertBlocked() {
        assertEquals(DmaPort.NO_TRANSLATION, platform.port(machine, Platform.NIC).translate(BASE, READ));
        assertEquals(SwapState.ABSENT.name(), machine.units().get(0).status().state());
        assertEquals(null, serving());
    }

    @Test
    public void newBackendLeavesWhileItIsFilled() throws Exception {
        start();
        AtomicReference<Thread> remover = new AtomicReference<>();
        Progress atFirstSlice = (what, done, total) -> {
            if (remover.get() == null) {
                remover.set(beginRemoval("smmuv3"));
            }
        };
        SwapReport report = platform.swaps.swap(machine, "0", "smmuv3", SwapOptions.DEFAULT, atFirstSlice);
        remover.get().join();
        assertEquals(SwapState.FAILED, report.state());
        assertTrue(report.text(), report.text().contains("smmuv3 was taken away"));
        assertEquals("vtd", serving());
        assertAllTranslate();
    }

    @Test
    public void newBackendLeavesWhileTheGateIsClosed() throws Exception {
        start();
        Gate gate = OpenMachine.of(machine).slots().get(0).gate();
        int stripe = gate.stripe();
        gate.enter(stripe);
        FutureTask<SwapReport> swap = inThread("swap", () -> platform.swaps.swap(machine, "0", "smmuv3", SwapOptions.DEFAULT, Progress.NONE));
        await(() -> platform.swaps.status(machine, "0").state().equals(SwapState.SWITCHING.name()));
        Thread remover = beginRemoval("smmuv3");
        gate.leave(stripe);
        remover.join();
        swap.get();
        // It may have been exchanged or not, and serves nobody either way.
        assertFalse("smmuv3".equals(serving()));
        if (serving() == null) {
            assertBlocked();
            platform.add(new Smmuv3Backend("2.0"));
            await(() -> "smmuv3".equals(serving()));
        }
        assertAllTranslate();
    }

    @Test
    public void oldBackendLeavesWhileTheNewOneIsFilled() throws Exception {
        start();
        AtomicReference<Thread> remover = new AtomicReference<>();
        Progress atFirstSlice = (what, done, total) -> {
            if (remover.get() == null) {
                remover.set(beginRemoval("vtd"));
            }
        };
        SwapReport report = platform.swaps.swap(machine, "0", "smmuv3", SwapOptions.DEFAULT, atFirstSlice);
        remover.get().join();
        assertEquals(report.text(), SwapState.ACTIVE, report.state());
        assertEquals("smmuv3", serving());
        assertAllTranslate();
    }

    @Test
    public void standbyTakesOverBeforeTheOldOneIsGone() {
        start("nobody", "virtio");
        platform.remove("vtd");
        assertEquals("virtio", serving());
        assertAllTranslate();
        platform.add(new VtdBackend("2.0"));
        assertEquals("the standby serves on", "virtio", serving());
    }

    @Test
    public void withoutStandbyDmaIsBlockedAndMapsAreKeptUntilItIsBack() {
        start();
        platform.remove("vtd");
        assertBlocked();
        space.unmap(BASE, PAGE);
        space.map(BASE, ram + 7 * PAGE, PAGE, READ_WRITE);
        platform.add(new VtdBackend("2.0"));
        await(() -> "vtd".equals(serving()));
        assertEquals(ram + 7 * PAGE, platform.port(machine, Platform.NIC).translate(BASE, READ));
        assertTrue(lines.toString(), lines.stream().anyMatch(l -> l.contains("what=\"block\"") && l.contains("from=\"vtd@1.0\"")
                && l.contains("to=\"-\"") && l.contains("result=\"ABSENT\"")));
        // It serves a moment before that is written down.
        await(() -> lines.stream().anyMatch(l -> l.contains("what=\"swap\"") && l.contains("to=\"vtd@2.0\"")
                && l.contains("result=\"ACTIVE\"") && l.contains("who=\"platform\"")));
    }

    @Test
    public void policyMayChangeWhileTheUnitIsAbsent() {
        start();
        platform.remove("vtd");
        assertBlocked();
        platform.swaps.modified(Platform.policy(new String[] {" nobody , smmuv3"}));
        await(() -> "smmuv3".equals(serving()));
        assertAllTranslate();
    }

    @Test
    public void standbyThatComesLaterTakesOver() {
        start("smmuv3");
        platform.remove("smmuv3");
        platform.remove("vtd");
        assertBlocked();
        platform.add(new Smmuv3Backend("1.0"));
        await(() -> "smmuv3".equals(serving()));
        assertAllTranslate();
    }

    @Test
    public void twoVersionsServeSideBySide() {
        start();
        Backend newer = new VtdBackend("1.10");
        platform.add(newer);
        platform.add(new VtdBackend("1.9"));
        SwapReport report = platform.swaps.swap(machine, "0", "vtd@1.9", SwapOptions.DEFAULT, Progress.NONE);
        assertEquals(SwapState.ACTIVE, report.state());
        assertEquals("1.9", OpenMachine.of(machine).slots().get(0).live().backend().info().version());
        assertEquals("the highest version is no matter of spelling", newer, platform.backends.byName("vtd"));
        assertAllTranslate();
    }

    @Test
    public void auditLineCannotBeForged() {
        start();
        Audit.record("swap", "m\n0 who=\"root\"", null, "x\"y", "ACTIVE");
        assertEquals("who=\"platform\" what=\"swap\" subject=\"m?0 who=?root?\" from=\"-\" to=\"x?y\" result=\"ACTIVE\"", lines.get(0));
    }
}
