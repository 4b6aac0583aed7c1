// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.stress;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;
import static org.sluice.api.Permissions.READ;
import static org.sluice.api.Permissions.READ_WRITE;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.zip.CRC32C;

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
import org.sluice.api.space.InterruptService.Listener;
import org.sluice.api.space.SpaceOptions;
import org.sluice.api.space.SwapService.SwapOptions;
import org.sluice.api.space.SwapService.SwapReport;
import org.sluice.api.space.SwapState;
import org.sluice.core.registry.OpenMachine;
import org.sluice.machine.AddressRange;
import org.sluice.machine.DeviceId;
import org.sluice.spi.Backend;

/**
 * The new backend breaks at its n-th call, with an exception or an error, for every n of a swap and all 30 ordered pairs: the old one serves on as it
 * was, with every bit of its tables. {@code none} translates nothing: a unit with it has no users.
 */
@RunWith(Parameterized.class)
public class SwapFailureTest {
    private static final int NO_PASID = TranslationRequest.NO_PASID;
    private static final long PAGE = 4096;
    private static final long BASE = 0x1_0000_0000L;
    private static final int PAGES = 12;
    private static final int MOST_STEPS = 500;
    private static final String NONE = "none";
    private static final List<Function<String, Throwable>> CAUSES = List.of(FailingBackend.Broken::new,
            method -> new OutOfMemoryError("broke in " + method), method -> new NoClassDefFoundError("broke in " + method));

    @Parameters(name = "{0} to {1}")
    public static List<Object[]> pairs() {
        List<Object[]> pairs = Platform.pairs(Platform.TRANSLATING);
        for (String other : Platform.TRANSLATING) {
            pairs.add(new Object[] {other, NONE});
            pairs.add(new Object[] {NONE, other});
        }
        return pairs;
    }

    @Parameter
    public String from;
    @Parameter(1)
    public String to;

    private final Platform platform = new Platform();
    private final List<Integer> raised = new ArrayList<>();
    private final List<InterruptMessage> messages = new ArrayList<>();

    @After
    public void close() {
        platform.close();
    }

    @Test
    public void whereverTheNewBackendBreaksTheOldOneServesOn() {
        Backend real = Platform.all().stream().filter(b -> b.info().name().equals(to)).findFirst().orElseThrow();
        platform.remove(to);
        FailingBackend failing = new FailingBackend(real);
        platform.backends.bind(failing.backend());
        Machine machine = platform.open(from + ",ram=64M,tables=16M");
        AddressSpace space = platform.spaces.create(machine, SpaceOptions.named("s"));
        long ram = machine.memory().ram().get(0).start();
        if (isUsed()) {
            use(machine, space, ram);
        }
        DmaPort nic = platform.port(machine, Platform.NIC);
        List<String> before = state(machine, space);
        SwapReport report = null;
        int n = 0;
        do {
            n++;
            failing.breakWith(CAUSES.get(n % CAUSES.size()));
            failing.breakAt(n);
            long bits = bits(machine);
            report = platform.swaps.swap(machine, "0", to, SwapOptions.DEFAULT, Progress.NONE);
            if (report.state() != SwapState.ACTIVE) {
                assertEquals(report.text(), SwapState.FAILED, report.state());
                assertTrue(report.text(), report.text().contains("broke in"));
                assertEquals("step " + n, from, machine.units().get(0).backend());
                assertEquals("step " + n, bits, bits(machine));
                assertEquals("step " + n, before, state(machine, space));
            }
            failing.breakAt(Long.MAX_VALUE);
            check(machine, nic, ram);
        } while (report.state() != SwapState.ACTIVE && n < MOST_STEPS);
        assertEquals(SwapState.ACTIVE, report.state());
        assertTrue("only " + n + " steps", n > (isUsed() ? PAGES : 2));
        assertEquals(to, machine.units().get(0).backend());
    }

    private boolean isUsed() {
        return !from.equals(NONE) && !to.equals(NONE);
    }

    private void use(Machine machine, AddressSpace space, long ram) {
        for (DeviceId device : List.of(Platform.NIC, Platform.ENGINE)) {
            space.attach(device, NO_PASID);
        }
        for (int i = 0; i < PAGES; i++) {
            space.map(BASE + 3 * i * PAGE, ram + i * PAGE, PAGE, READ_WRITE);
        }
        enableVector(machine);
    }

    /** A sum over all memory that the unit which serves has for its tables. */
    private static long bits(Machine machine) {
        AddressRange tables = OpenMachine.of(machine).slots().get(0).live().tables();
        CRC32C sum = new CRC32C();
        byte[] page = new byte[(int) PAGE];
        for (long at = tables.start(); at < tables.last(); at += PAGE) {
            machine.memory().window(at).get(at, page, 0, page.length);
            sum.update(page);
        }
        return sum.getValue();
    }

    private void enableVector(Machine machine) {
        messages.addAll(platform.interrupts.enable(machine, Platform.NIC, 1, true, new Listener() {
            @Override
            public void interrupt(int index) {
                raised.add(index);
            }

            @Override
            public void reprogram(int index, InterruptMessage message) {
                messages.set(index, message);
            }
        }));
    }

    private void check(Machine machine, DmaPort nic, long ram) {
        if (!isUsed()) {
            assertFalse("nobody may pass", nic.translate(BASE, READ) >= 0);
            platform.recover(machine);
            return;
        }
        for (int i = 0; i < PAGES; i++) {
            assertEquals(ram + i * PAGE + 4, nic.translate(BASE + 3 * i * PAGE + 4, READ));
            assertFalse("beside the mapping", nic.translate(BASE + (3 * i + 1) * PAGE, READ) >= 0);
            platform.recover(machine);
        }
        raised.clear();
        assertEquals(DmaPort.INTERRUPT, nic.message(messages.get(0).address(), messages.get(0).data()));
        assertEquals(List.of(0), raised);
    }

    /** Everything that is to stay: attachments, mappings as an inspector reads them, and the truth. */
    private List<String> state(Machine machine, AddressSpace space) {
        List<String> lines = new ArrayList<>();
        space.attachments().forEach(a -> lines.add(a.toString()));
        platform.inspect.mappings(machine, null, NO_PASID, Progress.NONE, m -> lines.add(m.toString()));
        lines.add(space.info().mappings() + " " + space.info().mappedBytes());
        lines.add(space.owned().toString());
        lines.add(messages.toString());
        return lines;
    }
}
