// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.stress;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;
import static org.sluice.api.Permissions.READ;
import static org.sluice.api.Permissions.READ_WRITE;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

import org.junit.After;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.junit.runners.Parameterized;
import org.junit.runners.Parameterized.Parameter;
import org.junit.runners.Parameterized.Parameters;
import org.sluice.api.InterruptMessage;
import org.sluice.api.Machine;
import org.sluice.api.Progress;
import org.sluice.api.TranslationRequest;
import org.sluice.api.dma.DmaPort;
import org.sluice.api.space.AddressSpace;
import org.sluice.api.space.Attachment;
import org.sluice.api.space.Change;
import org.sluice.api.space.InterruptService.Listener;
import org.sluice.api.space.SpaceOptions;
import org.sluice.api.space.SwapService.SwapOptions;
import org.sluice.api.space.SwapService.SwapReport;
import org.sluice.api.space.SwapState;
import org.sluice.core.fault.Faults;
import org.sluice.machine.AddressRange;
import org.sluice.machine.DeviceId;
import org.sluice.machine.IommuException;

/**
 * The backend that serves breaks, with an exception or an error, at its n-th call from power-on through everything a client may ask of it. It
 * serves on as the spaces say, or its unit is FAILED and nothing passes; no exception of its own gets out; and the next backend gets all that is mapped.
 */
@RunWith(Parameterized.class)
public class CrashTest {
    private static final int NO_PASID = TranslationRequest.NO_PASID;
    private static final long PAGE = 4096;
    private static final long BASE = 0x1_0000_0000L;
    private static final long DEADLINE = TimeUnit.SECONDS.toNanos(20);
    private static final List<Function<String, Throwable>> CAUSES = List.of(FailingBackend.Broken::new,
            method -> new OutOfMemoryError("broke in " + method), method -> new NoClassDefFoundError("broke in " + method));

    @Parameters(name = "{0}")
    public static List<String> backends() {
        return Platform.TRANSLATING;
    }

    @Parameter
    public String name;

    private Platform platform;
    private FailingBackend failing;
    private Machine machine;
    private List<AddressSpace> spaces;

    @After
    public void close() {
        if (platform != null) {
            platform.close();
        }
    }

    private void start() {
        close();
        platform = new Platform();
        platform.remove(name);
        failing = new FailingBackend(Platform.all().stream().filter(b -> b.info().name().equals(name)).findFirst().orElseThrow());
        platform.add(failing.backend());
        machine = platform.open(name);
        spaces = List.of(platform.spaces.create(machine, SpaceOptions.named("a")), platform.spaces.create(machine, SpaceOptions.named("b")));
    }

    private String other() {
        return name.equals("vtd") ? "smmuv3" : "vtd";
    }

    /** Everything that makes the platform call a driver. */
    private List<Runnable> steps() {
        AddressSpace a = spaces.get(0);
        AddressSpace b = spaces.get(1);
        long ram = machine.memory().ram().get(0).start();
        Faults faults = new Faults(platform.machines, platform.registry);
        return List.of(
                () -> a.map(BASE, ram, 3 * PAGE, READ_WRITE),
                () -> a.attach(Platform.NIC, NO_PASID),
                () -> a.map(BASE + 8 * PAGE, ram + 8 * PAGE, PAGE, READ),
                () -> b.attach(Platform.ENGINE, NO_PASID),
                () -> b.map(BASE, ram + 16 * PAGE, PAGE, READ_WRITE),
                () -> a.unmap(BASE + 8 * PAGE, PAGE),
                () -> a.trackDirty(true),
                () -> platform.port(machine, Platform.NIC).write(BASE, new byte[8], 0, 8),
                () -> a.dirty(new AddressRange(0, -1L), true, (iova, size) -> { }),
                () -> enableVectors(),
                () -> b.attach(Platform.NIC, NO_PASID),
                () -> a.attach(Platform.ENGINE, NO_PASID),
                () -> faults.history(machine),
                () -> platform.interrupts.disable(machine, Platform.NIC),
                () -> a.trackDirty(false),
                () -> a.cut(BASE + PAGE, PAGE),
                () -> a.change(List.of(Change.unmap(BASE, PAGE), Change.map(BASE + 9 * PAGE, ram, PAGE, READ_WRITE), Change.unmap(BASE + 2 * PAGE, PAGE))),
                () -> a.unmap(BASE + 9 * PAGE, 0),
                () -> b.detach(Platform.NIC, NO_PASID),
                faults::stop);
    }

    private void enableVectors() {
        platform.interrupts.enable(machine, Platform.NIC, 2, true, new Listener() {
            @Override
            public void interrupt(int index) {
                // Nothing raises one here.
            }

            @Override
            public void reprogram(int index, InterruptMessage message) {
                // The device is not programmed here.
            }
        });
    }

    @Test
    public void whereverTheServingBackendBreaksDmaIsRightOrBlocked() {
        int n = 0;
        int blocked = 0;
        boolean broke;
        do {
            n++;
            start();
            failing.breakWith(CAUSES.get(n % CAUSES.size()));
            failing.breakAt(n);
            for (Runnable step : steps()) {
                try {
                    step.run();
                } catch (IommuException e) {
                    assertTrue("step " + n + ": " + e, failing.hasBroken() || e.getMessage().contains("record"));
                }
            }
            broke = failing.hasBroken();
            failing.breakAt(Long.MAX_VALUE);
            blocked += check("call " + n) ? 1 : 0;
            SwapReport report = platform.swaps.swap(machine, "0", other(), SwapOptions.DEFAULT, Progress.NONE);
            assertEquals("call " + n + ": " + report.text(), SwapState.ACTIVE, report.state());
            assertFalse("call " + n, check("call " + n + ", then swapped"));
        } while (broke);
        System.out.println("crash: " + name + " broke at each of " + (n - 1) + " calls, and was blocked " + blocked + " times");
        assertTrue("only " + n + " calls", n > 20);
        assertTrue(blocked + " of " + n, blocked > n / 2);
    }

    /** Whether the unit is blocked; if not, each device reaches what its space says. */
    private boolean check(String when) {
        boolean failed = machine.units().get(0).status().state().equals(SwapState.FAILED.name());
        for (AddressSpace space : spaces) {
            for (Attachment attachment : space.attachments()) {
                check(when, space, attachment.device(), failed);
            }
        }
        return failed;
    }

    private void check(String when, AddressSpace space, DeviceId device, boolean failed) {
        List<AddressRange> mapped = new ArrayList<>();
        DmaPort port = platform.port(machine, device);
        space.visit(new AddressRange(BASE, BASE + 64 * PAGE), (iova, last, output, permissions, kind) -> {
            assertEquals(when, failed ? DmaPort.NO_TRANSLATION : output + 4, port.translate(iova + 4, READ));
            return mapped.add(new AddressRange(iova, last));
        });
        for (long at = BASE; at < BASE + 12 * PAGE; at += PAGE) {
            long iova = at;
            if (mapped.stream().noneMatch(r -> r.contains(iova))) {
                assertTrue(when + ": nothing is mapped there", port.translate(iova, READ) < 0);
                recover();
            }
        }
    }

    private void recover() {
        if (machine.units().get(0).backend() != null) {
            platform.recover(machine);
        }
    }

    @Test
    public void aModelThatBreaksUnderDmaLetsNothingThroughAndIsBlocked() {
        for (Function<String, Throwable> cause : CAUSES) {
            start();
            AddressSpace a = spaces.get(0);
            long ram = machine.memory().ram().get(0).start();
            a.attach(Platform.NIC, NO_PASID);
            a.map(BASE, ram, 3 * PAGE, READ_WRITE);
            DmaPort port = platform.port(machine, Platform.NIC);
            failing.breakWith(cause);
            failing.breakTranslationsAt(3);
            byte[] bytes = {1, 2, 3, 4};
            assertEquals(DmaPort.OK, port.write(BASE, bytes, 0, 4));
            assertEquals(DmaPort.OK, port.read(BASE, bytes, 0, 4));
            assertEquals(DmaPort.BLOCKED, port.write(BASE + PAGE, bytes, 0, 4));
            assertEquals(DmaPort.BLOCKED, port.read(BASE, bytes, 0, 4));
            assertEquals(DmaPort.NO_TRANSLATION, port.translate(BASE, READ));
            assertEquals(0, machine.memory().window(ram + PAGE).getLong(ram + PAGE));
            awaitFailed("broke in translate");
            SwapReport report = platform.swaps.swap(machine, "0", other(), SwapOptions.DEFAULT, Progress.NONE);
            assertEquals(report.text(), SwapState.ACTIVE, report.state());
            assertEquals(ram + PAGE, port.translate(BASE + PAGE, READ));
        }
    }

    private void awaitFailed(String why) {
        long start = System.nanoTime();
        while (!machine.units().get(0).status().state().equals(SwapState.FAILED.name())) {
            assertTrue("still served", System.nanoTime() - start < DEADLINE);
            Thread.onSpinWait();
        }
        assertTrue(machine.units().get(0).status().text(), machine.units().get(0).status().text().contains(why));
    }

    @Test
    public void aModelThatBreaksOverAMessageLetsNothingThroughAndIsBlocked() {
        for (Function<String, Throwable> cause : CAUSES) {
            start();
            spaces.get(0).attach(Platform.NIC, NO_PASID);
            enableVectors();
            DmaPort port = platform.port(machine, Platform.NIC);
            assertEquals(DmaPort.INTERRUPT, port.raise(0));
            failing.breakWith(cause);
            failing.breakMessagesAt(2);
            assertEquals(DmaPort.INTERRUPT, port.raise(1));
            assertEquals(DmaPort.BLOCKED, port.raise(0));
            awaitFailed("broke in interrupt");
            SwapReport report = platform.swaps.swap(machine, "0", other(), SwapOptions.DEFAULT, Progress.NONE);
            assertEquals(report.text(), SwapState.ACTIVE, report.state());
            assertEquals(DmaPort.INTERRUPT, port.raise(0));
        }
    }
}
