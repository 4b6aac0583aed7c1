// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.synthetic;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.util.List;

import org.junit.Test;
import org.sluice.api.Progress;
import org.sluice.machine.Architecture;
import org.sluice.machine.DeviceId;
import org.sluice.machine.IommuException;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.RegisterPort;
import org.sluice.spi.MachineSource.OpenedMachine;

public class SyntheticSourceTest {
    private static final List<String> BACKENDS = List.of("smmuv3", "vtd", "amdvi", "zpci", "virtio", "none");

    private final SyntheticSource source = new SyntheticSource();

    private OpenedMachine open(String backend) {
        return source.open("synthetic:" + backend, Progress.NONE);
    }

    @Test
    public void everyBackendHasAMachineWithTwoDevicesUnderOneUnit() {
        for (String backend : BACKENDS) {
            try (OpenedMachine machine = open(backend)) {
                MachineDescription m = machine.description();
                assertEquals("synthetic-" + backend, m.name());
                assertEquals(1, m.units().size());
                assertEquals(List.of(DeviceId.parse("00:03.0"), DeviceId.parse("00:04.0")), m.devices().stream().map(d -> d.device()).toList());
                assertTrue(m.devices().stream().allMatch(d -> d.unit().equals(m.units().get(0).name()) && d.unitStated()));
                assertEquals(256L << 20, m.ram().get(0).size());
            }
        }
    }

    @Test
    public void memoryIsZeroWritableAndItsOwn() {
        try (OpenedMachine one = open("vtd"); OpenedMachine other = open("vtd")) {
            PhysicalMemory memory = one.memory();
            long last = memory.ram().get(0).last() - 7;
            assertEquals(0, memory.readLong(last));
            memory.writeLong(last, 42);
            assertEquals(42, memory.readLong(last));
            assertEquals(0, other.memory().readLong(last));
            assertTrue(memory.window(0).isWritable());
        }
    }

    @Test
    public void aVtdUnitIsInItsStateAfterReset() {
        try (OpenedMachine machine = open("vtd")) {
            RegisterPort registers = machine.registers(machine.description().units().get(0));
            assertEquals("4.0", 0x40, registers.read32(0));
            long cap = registers.read64(8);
            assertEquals("48-bit addresses", 47, cap >>> 16 & 0x3f);
            assertEquals("fault records at 220h", 0x22, cap >>> 24 & 0x3ff);
            assertEquals("queued invalidation, interrupt remapping", 0b1010, registers.read64(0x10) & 0b1010);
            assertEquals("nothing is enabled", 0, registers.read32(0x1c));
            assertTrue("an event mask is set", registers.read32(0x38) < 0);
        }
    }

    @Test
    public void anArmMachineHasItsMemoryWhereArmMachinesHaveIt() {
        try (OpenedMachine machine = open("smmuv3")) {
            assertEquals(Architecture.AARCH64, machine.description().architecture());
            assertEquals(0x4000_0000L, machine.description().ram().get(0).start());
        }
    }

    @Test
    public void aZpciFunctionHasNoTableRegistered() {
        try (OpenedMachine machine = open("zpci")) {
            var functions = machine.description().units().get(0).attributes().children("functions");
            assertEquals(2, functions.size());
            assertTrue(functions.get(0).keys().contains("iota"));
            assertTrue(functions.get(0).number("iota").isEmpty());
            assertFalse(machine.registers(machine.description().units().get(0)).isKnown(0, 4));
        }
    }

    @Test
    public void anUnknownBackendIsRefusedWithTheChoices() {
        IommuException e = assertThrows(IommuException.class, () -> open("riscv"));
        assertTrue(e.getMessage(), e.getMessage().contains("'riscv'"));
        BACKENDS.forEach(backend -> assertTrue(e.getMessage(), e.getMessage().contains(backend)));
        assertTrue(source.accepts("synthetic:x"));
        assertFalse(source.accepts("vtd"));
    }
}
