// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.stress;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNotEquals;
import static org.junit.Assert.assertThrows;

import java.util.ArrayList;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;

import org.junit.After;
import org.junit.Before;
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
import org.sluice.api.space.RangeKind;
import org.sluice.api.space.Refusal.Rule;
import org.sluice.api.space.RefusedException;
import org.sluice.api.space.SpaceOptions;
import org.sluice.api.space.SwapService.SwapOptions;
import org.sluice.api.space.SwapService.SwapReport;
import org.sluice.api.space.SwapState;
import org.sluice.core.registry.ForeignCode;

/** RIV-05, RIV-09: one client, unchanged, sets up vectors under every backend. */
@RunWith(Parameterized.class)
public class InterruptTest {
    private static final int VECTORS = 5;
    /** What a listener throws is told there. */
    private static final String LISTENERS = ForeignCode.class.getName();

    /** Notes what is raised, and does not expect a swap: what it threw then would go to the log and fail no test. */
    private class Noted implements Listener {
        @Override
        public void interrupt(int index) {
            raised.add(index);
        }

        @Override
        public void reprogram(int index, InterruptMessage message) {
            unexpected.add(index);
        }
    }

    @Parameters(name = "{0}")
    public static List<String> backends() {
        return Platform.TRANSLATING;
    }

    @Parameter
    public String backend;

    private final Platform platform = new Platform();
    private final List<Integer> raised = new ArrayList<>();
    /** Vectors that were programmed anew for listeners that expect no swap. */
    private final List<Integer> unexpected = new ArrayList<>();
    private Machine machine;
    private AddressSpace space;
    private DmaPort nic;
    private List<InterruptMessage> messages;

    @Before
    public void open() {
        machine = platform.open(backend);
        space = platform.spaces.create(machine, SpaceOptions.named("s"));
        nic = platform.port(machine, Platform.NIC);
        space.attach(Platform.NIC, TranslationRequest.NO_PASID);
        messages = platform.interrupts.enable(machine, Platform.NIC, VECTORS, true, new Noted());
    }

    @After
    public void close() {
        platform.close();
        assertEquals("programmed anew", List.of(), unexpected);
    }

    @Test
    public void everyVectorArrivesOnceAndNoOther() {
        assertEquals(VECTORS, messages.stream().distinct().count());
        for (int i = VECTORS - 1; i >= 0; i--) {
            assertEquals(DmaPort.INTERRUPT, nic.message(messages.get(i).address(), messages.get(i).data()));
        }
        assertEquals(List.of(4, 3, 2, 1, 0), raised);
        assertEquals(List.of(1L, 1L, 1L, 1L, 1L), platform.interrupts.routes(machine).stream().map(r -> r.count()).toList());
    }

    /** Whoever listens is nobody's business but his own: the device has raised its interrupt, and the unit serves on. */
    @Test
    public void aListenerThatThrowsHarmsNobody() {
        Logger log = Logger.getLogger(LISTENERS);
        log.setLevel(Level.OFF);
        platform.interrupts.disable(machine, Platform.NIC);
        platform.interrupts.enable(machine, Platform.NIC, 2, true, new Noted() {
            @Override
            public void interrupt(int index) {
                super.interrupt(index);
                if (index == 0) {
                    throw new NoClassDefFoundError("a class of a bundle that was taken away");
                }
                throw new IllegalStateException("a listener that throws");
            }
        });
        assertEquals(DmaPort.INTERRUPT, nic.raise(0));
        assertEquals(DmaPort.INTERRUPT, nic.raise(1));
        assertEquals(List.of(0, 1), raised);
        assertEquals(SwapState.ACTIVE.name(), machine.units().get(0).status().state());
        log.setLevel(null);
    }

    /** A device whose owner fails to program it anew has no interrupts, but it must not take the new backend away from everybody. */
    @Test
    public void aListenerThatThrowsInASwapHarmsNobody() {
        Logger log = Logger.getLogger(LISTENERS);
        log.setLevel(Level.OFF);
        platform.interrupts.disable(machine, Platform.NIC);
        platform.interrupts.enable(machine, Platform.NIC, 2, true, new Noted() {
            @Override
            public void reprogram(int index, InterruptMessage message) {
                throw new IllegalStateException("a listener that throws");
            }
        });
        String other = backend.equals("vtd") ? "amdvi" : "vtd";
        SwapReport report = platform.swaps.swap(machine, "0", other, SwapOptions.DEFAULT, Progress.NONE);
        assertEquals(report.text(), SwapState.ACTIVE, report.state());
        assertEquals(other, machine.units().get(0).backend());
        assertEquals(DmaPort.INTERRUPT, nic.raise(1));
        assertEquals(List.of(1), raised);
        log.setLevel(null);
    }

    /** Two units of one kind have each their own way to the doorbell: the one that goes takes its own away, not that of the next. */
    @Test
    public void messagesArriveAfterASwapToAnotherUnitOfTheSameKind() {
        platform.interrupts.disable(machine, Platform.NIC);
        long mappings = space.info().mappings();
        platform.interrupts.enable(machine, Platform.NIC, 2, true, new Noted() {
            @Override
            public void reprogram(int index, InterruptMessage message) {
                // The device looks its message up each time.
            }
        });
        long with = space.info().mappings();
        for (int round = 0; round < 3; round++) {
            SwapReport report = platform.swaps.swap(machine, "0", backend, SwapOptions.DEFAULT, Progress.NONE);
            assertEquals(report.text(), SwapState.ACTIVE, report.state());
            assertEquals(DmaPort.INTERRUPT, nic.raise(0));
            assertEquals(DmaPort.INTERRUPT, nic.raise(1));
            assertEquals("doorbells that are mapped", with, space.info().mappings());
        }
        assertEquals(List.of(0, 1, 0, 1, 0, 1), raised);
        platform.interrupts.disable(machine, Platform.NIC);
        assertEquals(mappings, space.info().mappings());
    }

    /** Two facts (RIV-04): without isolation the operator has to agree, and what is refused leaves nothing behind. */
    @Test
    public void withoutIsolationTheOperatorMustAgree() {
        platform.interrupts.disable(machine, Platform.NIC);
        long mappings = space.info().mappings();
        try {
            platform.interrupts.enable(machine, Platform.NIC, 1, false, new Noted());
            assertNotEquals("virtio", backend);
        } catch (RefusedException e) {
            assertEquals(Rule.ISOLATION, e.rule());
            assertEquals("virtio", backend);
            assertEquals(mappings, space.info().mappings());
        }
    }

    /** RIV-11: the last user of a doorbell takes its mapping away; a message to a vector that was taken away raises nothing. */
    @Test
    public void afterDisablingNothingIsLeft() {
        platform.interrupts.disable(machine, Platform.NIC);
        assertEquals(0, space.info().mappings());
        nic.message(messages.get(0).address(), messages.get(0).data());
        assertEquals(List.of(), raised);
        assertEquals(List.of(), platform.interrupts.routes(machine));
    }

    /** RIV-03: the step that leads messages to their doorbell is there for every backend, and says what it did; for a window it is nothing. */
    @Test
    public void everyBackendSaysWhatBecameOfTheDoorbell() {
        String path = platform.interrupts.routes(machine).get(0).path();
        String expected = switch (backend) {
            case "smmuv3" -> "mapped at 0x8000000 to gicv3-its at 0x8090040";
            case "vtd", "amdvi" -> "remapped by " + machine.units().get(0).name();
            case "zpci" -> "remapped by " + machine.units().get(0).name();
            default -> "window of " + machine.units().get(0).name() + " to local-apic, not remapped";
        };
        assertEquals(expected, path);
        assertEquals(backend.equals("smmuv3") ? 1 : 0, space.info().mappings());
    }

    /** RIV-10: each has the window of its own architecture (sheet msi.md, section 7), and nobody that of another. */
    @Test
    public void noBackendReportsTheWindowOfAnother() {
        List<String> windows = space.owned().stream().filter(o -> o.kind() == RangeKind.DOORBELL).map(o -> o.range() + " " + o.origin()).toList();
        List<String> expected = switch (backend) {
            case "smmuv3" -> List.of("0x8000000-0x80fffff KERNEL");
            case "vtd", "amdvi", "virtio" -> List.of("0xfee00000-0xfeefffff ARCHITECTURE");
            default -> windows.stream().filter(w -> !w.startsWith("0xfee") && !w.startsWith("0x8000000-")).toList();
        };
        assertEquals(expected, windows);
    }

    @Test
    public void anotherDeviceCannotRaiseWhatIsIsolated() {
        DmaPort engine = platform.port(machine, Platform.ENGINE);
        engine.message(messages.get(0).address(), messages.get(0).data());
        if (!backend.equals("virtio")) {
            assertEquals(List.of(), raised);
        }
    }

    @Test
    public void tooManyVectorsAreRefused() {
        assertThrows(RefusedException.class, () -> platform.interrupts.enable(machine, Platform.NIC, 1 << 20, true, null));
    }
}
