// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.capture;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotNull;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.nio.file.Files;
import java.util.List;
import java.util.TreeSet;

import org.junit.Test;
import org.sluice.api.Progress;
import org.sluice.machine.AddressRange;
import org.sluice.machine.Architecture;
import org.sluice.machine.Attributes;
import org.sluice.machine.DeviceId;
import org.sluice.machine.IommuException;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.MachineDescription.DeviceDescription;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.PhysicalMemory.Presence;
import org.sluice.machine.RegisterPort;
import org.sluice.spi.MachineSource.OpenedMachine;
import org.sluice.testkit.Captures;

public class CaptureSourceTest {
    private final CaptureSource source = new CaptureSource();

    private OpenedMachine open(String name) {
        return source.open(Captures.path(name).toString(), Progress.NONE);
    }

    @Test
    public void everyCaptureOpensUnderItsName() {
        for (String name : Captures.all()) {
            try (OpenedMachine machine = open(name)) {
                assertEquals(name, machine.description().name());
                assertEquals(name, 1, machine.description().units().size());
                assertFalse(name, machine.description().devices().isEmpty());
            }
        }
    }

    @Test
    public void everyPageThatADescriptionListsIsPresentAndNoOther() {
        for (String name : Captures.all()) {
            try (OpenedMachine machine = open(name)) {
                Attributes pages = machine.description().extra().child("pages").orElseThrow();
                TreeSet<Long> unique = new TreeSet<>();
                for (String kind : pages.keys()) {
                    for (Attributes range : pages.children(kind)) {
                        AddressRange r = range.asRange();
                        for (long page = r.start(); page <= r.last(); page += 4096) {
                            assertEquals(name, Presence.PRESENT, machine.memory().presence(page, 4096));
                            unique.add(page);
                        }
                    }
                }
                long listed = unique.size() * 4096L;
                assertEquals(name, listed, machine.memory().present().stream().mapToLong(AddressRange::size).sum());
            }
        }
    }

    @Test
    public void aZeroPageReadsZeroAnAbsentOneIsUnknownAndBeyondRamIsOutside() {
        try (OpenedMachine machine = open("vtd-legacy")) {
            PhysicalMemory memory = machine.memory();
            assertEquals(0, memory.readLong(0x1a01000));
            assertEquals(Presence.PRESENT, memory.presence(0x1a01000, 8));
            assertEquals(Presence.UNKNOWN, memory.presence(0x2000000, 8));
            assertEquals(Presence.OUTSIDE, memory.presence(0x10000000, 8));
            assertThrows(IommuException.class, () -> memory.readLong(0x2000000));
            assertEquals("interrupt entry 1", 0x1000030000dL, memory.readLong(0x1a00010));
        }
    }

    @Test
    public void registersAreWordsByOffsetAndWideOnesAreJoined() {
        try (OpenedMachine machine = open("vtd-legacy")) {
            UnitDescription unit = machine.description().units().get(0);
            RegisterPort registers = machine.registers(unit);
            assertEquals(0xfed90000L, unit.registerBase());
            assertEquals(0xd2008c222f0606L, registers.read64(0x8));
            assertEquals(0x3e13000L, registers.read64(0x20));
            assertEquals("FRCD0, low half", 0x1000000000000L, registers.read64(0x220));
            assertEquals("FRCD0, high half", 0xffff0400000030L, registers.read64(0x228));
            assertTrue(registers.isKnown(0x22c, 4));
            assertFalse(registers.isKnown(0x230, 4));
        }
        try (OpenedMachine machine = open("smmuv3-4k-acpi")) {
            RegisterPort registers = machine.registers(machine.description().units().get(0));
            assertEquals(0xd44101b, registers.read32(0));
            assertFalse("not in the description", registers.isKnown(0x30, 4));
        }
        try (OpenedMachine machine = open("amdvi")) {
            assertTrue(machine.registers(machine.description().units().get(0)).isKnown(0x2020, 8));
        }
    }

    @Test
    public void devicesCarryTheIdTheirUnitSees() {
        try (OpenedMachine machine = open("vtd-legacy")) {
            DeviceDescription nic = machine.description().device(DeviceId.parse("00:02.0")).orElseThrow();
            assertEquals(0x10, nic.requesterId());
            assertEquals("dmar0", nic.unit());
            assertEquals("virtio-pci", nic.driver());
            assertEquals(1, nic.group());
        }
        try (OpenedMachine machine = open("zpci")) {
            assertEquals(Architecture.S390X, machine.description().architecture());
            assertEquals(0x10, machine.description().device(DeviceId.parse("0001:00:00.0")).orElseThrow().requesterId());
            assertEquals(4, machine.description().units().get(0).attributes().children("functions").size());
        }
    }

    @Test
    public void aUnitThatIsNullIsStatedToBeNone() {
        try (OpenedMachine machine = open("amdvi-linux72")) {
            DeviceDescription own = machine.description().device(DeviceId.parse("00:01.0")).orElseThrow();
            assertTrue(own.unitStated());
            assertEquals(null, own.unit());
            assertEquals(-1, own.group());
        }
    }

    @Test
    public void firmwareTablesComeFromFilesAndOtherwiseFromMemory() throws Exception {
        try (OpenedMachine machine = open("vtd-legacy")) {
            MachineDescription m = machine.description();
            assertArrayEquals(Files.readAllBytes(Captures.path("vtd-legacy").resolve("acpi/DMAR.dat")), m.firmware("DMAR").orElseThrow().bytes());
            assertEquals("no file of its own", 56, m.firmware("HPET").orElseThrow().bytes().length);
        }
        try (OpenedMachine machine = open("smmuv3-16k-dt")) {
            assertNotNull(machine.description().firmware("FDT").orElseThrow());
        }
    }

    @Test
    public void groupsAndTheirReservedRegionsAreKept() {
        try (OpenedMachine machine = open("vtd-legacy")) {
            var isa = machine.description().groups().stream()
                    .filter(g -> g.devices().contains(DeviceId.parse("00:1f.0"))).findFirst().orElseThrow();
            assertEquals(List.of("direct-relaxable", "msi"), isa.reserved().stream().map(r -> r.type()).toList());
        }
    }

    @Test
    public void theImageInsideAFolderOpensTheFolder() {
        String elf = Captures.path("vtd-legacy").resolve("memory.elf").toString();
        assertTrue(source.accepts(elf));
        try (OpenedMachine machine = source.open(elf, Progress.NONE)) {
            assertEquals("vtd-legacy", machine.description().name());
        }
    }

    @Test
    public void afterClosingTheMemoryIsLetGo() {
        OpenedMachine machine = open("vtd-legacy");
        machine.close();
        assertThrows(IommuException.class, machine::memory);
    }

    @Test
    public void whatIsNotAFileIsNotAccepted() {
        assertFalse(source.accepts("synthetic:vtd"));
        assertFalse(source.accepts("no/such/folder"));
        assertFalse(source.accepts("bad\0name"));
        assertFalse(source.accepts(""));
    }
}
