// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.synthetic;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.util.List;

import org.junit.Before;
import org.junit.Test;
import org.sluice.api.Progress;
import org.sluice.backend.amdvi.AmdViBackend;
import org.sluice.backend.none.NoneBackend;
import org.sluice.backend.riscv.RiscvBackend;
import org.sluice.backend.smmuv3.Smmuv3Backend;
import org.sluice.backend.virtio.VirtioBackend;
import org.sluice.backend.vtd.VtdBackend;
import org.sluice.backend.zpci.ZpciBackend;
import org.sluice.machine.AddressRange;
import org.sluice.machine.Architecture;
import org.sluice.machine.DeviceId;
import org.sluice.machine.IommuException;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.MachineDescription.InterruptController;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.RegisterPort;
import org.sluice.spi.Backend;
import org.sluice.spi.MachineSource.OpenedMachine;

public class SyntheticSourceTest {
    private static final List<String> BACKENDS = List.of("smmuv3", "vtd", "amdvi", "zpci", "virtio", "none");

    private final SyntheticSource source = new SyntheticSource();

    @Before
    public void bindBackends() {
        for (Backend backend : List.of(new Smmuv3Backend("1"), new VtdBackend("1"), new AmdViBackend("1"), new ZpciBackend("1"), new VirtioBackend("1"),
                new NoneBackend("1"), new RiscvBackend("1"))) {
            source.bind(backend);
        }
    }

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
    public void sizesAreAsOrderedAndNonsenseIsRefused() {
        try (OpenedMachine machine = open("vtd,ram=2G,tables=64M")) {
            assertEquals(2L << 30, machine.description().ram().get(0).size());
            assertEquals(64L << 20, machine.driverMemory().size());
            long last = machine.description().ram().get(0).last() - 7;
            machine.memory().writeLong(last, 7);
            assertEquals(7, machine.memory().readLong(last));
        }
        for (String wrong : List.of("vtd,ram=", "vtd,ram=0", "vtd,ram=3K", "vtd,ram=99999999999G", "vtd,disk=1G", "vtd,")) {
            assertThrows(wrong, IommuException.class, () -> open(wrong));
        }
    }

    @Test
    public void whateverTheSizesNothingLiesOverMemory() {
        for (String backend : BACKENDS) {
            for (String sizes : List.of("", ",ram=64G,tables=64G")) {
                try (OpenedMachine machine = open(backend + sizes)) {
                    AddressRange ram = machine.description().ram().get(0);
                    assertFalse(backend + sizes, ram.overlaps(machine.driverMemory()));
                    for (InterruptController controller : machine.description().interruptControllers()) {
                        // The window of x86 lies over RAM on purpose, if there is that much.
                        boolean window = controller.type().equals("local-apic");
                        assertTrue(backend + sizes, window || !ram.overlaps(controller.doorbell()) && !machine.driverMemory().overlaps(controller.doorbell()));
                    }
                }
            }
        }
    }

    @Test
    public void aBackendThatLeftHasNoMachine() {
        Backend extra = new NoneBackend("2");
        SyntheticSource alone = new SyntheticSource();
        alone.bind(extra);
        alone.open("synthetic:none", Progress.NONE).close();
        alone.unbind(extra);
        assertThrows(IommuException.class, () -> alone.open("synthetic:none", Progress.NONE));
    }

    @Test
    public void anUnknownBackendIsRefusedWithTheChoices() {
        IommuException e = assertThrows("decoder only", IommuException.class, () -> open("riscv"));
        assertTrue(e.getMessage(), e.getMessage().contains("'riscv'"));
        BACKENDS.forEach(backend -> assertTrue(e.getMessage(), e.getMessage().contains(backend)));
        assertTrue(source.accepts("synthetic:x"));
        assertFalse(source.accepts("vtd"));
    }
}
