// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.registry;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertSame;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import org.junit.Test;
import org.sluice.api.Machine;
import org.sluice.api.MachineService.Lease;
import org.sluice.api.Progress;
import org.sluice.machine.AddressRange;
import org.sluice.machine.Architecture;
import org.sluice.machine.Attributes;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.RegisterImage;
import org.sluice.machine.RegisterPort;
import org.sluice.spi.MachineSource;

/** How machines that run are opened, looked at, held and let go. */
public class LiveMachineTest {
    private final List<String> events = new ArrayList<>();
    private final MachineRegistry registry = new MachineRegistry(new BackendRegistry());
    private boolean broken;
    private int looks;

    public LiveMachineTest() {
        registry.bind(new Source());
    }

    private final class Source implements MachineSource {
        @Override
        public String description() {
            return "live";
        }

        @Override
        public boolean accepts(String origin) {
            return origin.startsWith("live:");
        }

        @Override
        public OpenedMachine open(String origin, Progress progress) {
            events.add("open");
            return new Running(0);
        }
    }

    /** Counts looks in the name of what it describes. */
    private final class Running implements MachineSource.OpenedMachine {
        private final int number;

        Running(int number) {
            this.number = number;
        }

        @Override
        public boolean isLive() {
            return number == 0;
        }

        @Override
        public MachineSource.OpenedMachine look(boolean stopped) {
            if (broken) {
                throw new IommuException(Reason.IO, "it has ended");
            }
            events.add((stopped ? "stop " : "look ") + ++looks);
            return new Running(looks);
        }

        @Override
        public MachineDescription description() {
            return new MachineDescription("running", Architecture.X86_64, List.of(new AddressRange(0, 0xfff)), List.of(), List.of(), List.of(), List.of(),
                    List.of(), new Attributes(Map.of("look", (long) number)));
        }

        @Override
        public PhysicalMemory memory() {
            return PhysicalMemory.builder().ram(new AddressRange(0, 0xfff)).build();
        }

        @Override
        public RegisterPort registers(UnitDescription unit) {
            return new RegisterImage(unit.name(), Map.of());
        }

        @Override
        public void close() {
            events.add("close " + number);
        }
    }

    private static long look(Machine machine) {
        return machine.description().extra().number("look").orElseThrow();
    }

    @Test
    public void everyLeaseOfANamedMachineIsALookOfItsOwn() {
        registry.open("live:x", "m", Progress.NONE);
        try (Lease lease = registry.lease("m", Progress.NONE)) {
            assertEquals(1, look(lease.machine()));
            assertSame(lease.machine(), lease.machine());
            assertEquals(2, look(lease.renew()));
            assertEquals(2, look(lease.machine()));
        }
        registry.close("m");
        assertEquals(List.of("open", "look 1", "close 1", "look 2", "close 2", "close 0"), events);
    }

    @Test
    public void anOriginIsOpenedForTheLeaseAlone() {
        registry.lease("live:x", true, Progress.NONE).close();
        assertEquals(List.of("open", "stop 1", "close 1", "close 0"), events);
    }

    @Test
    public void openedStoppedItStaysSoUntilItIsClosed() {
        registry.open("live:x", "m", true, Progress.NONE);
        registry.lease("m", Progress.NONE).close();
        assertEquals(List.of("open", "stop 1", "look 2", "close 2"), events);
        registry.close("m");
        assertEquals(List.of("close 1", "close 0"), events.subList(4, 6));
    }

    @Test
    public void aSecondOneOfThatNameIsLetGoAgain() {
        registry.open("live:x", "m", Progress.NONE);
        events.clear();
        IommuException e = assertThrows(IommuException.class, () -> registry.open("live:y", "m", true, Progress.NONE));
        assertEquals(Reason.ALREADY_OPEN, e.reason());
        assertTrue(events.toString(), events.containsAll(List.of("open", "stop 1", "close 1", "close 0")));
    }

    @Test
    public void whatHasEndedCanStillBeClosed() {
        registry.open("live:x", "m", Progress.NONE);
        broken = true;
        assertThrows(IommuException.class, () -> registry.lease("m", Progress.NONE));
        assertThrows(IommuException.class, () -> registry.lease("live:y", Progress.NONE));
        registry.close("m");
        assertEquals(List.of("open", "open", "close 0", "close 0"), events);
        assertEquals(List.of(), registry.list());
    }
}
