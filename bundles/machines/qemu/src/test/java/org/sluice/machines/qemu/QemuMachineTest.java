// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.qemu;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.sluice.api.Progress;
import org.sluice.machine.AddressRange;
import org.sluice.machine.DeviceId;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;
import org.sluice.machine.MachineDescription.DeviceDescription;
import org.sluice.machine.PhysicalMemory.Presence;
import org.sluice.machine.RegisterPort;
import org.sluice.spi.MachineSource.OpenedMachine;

/** Attaching to a machine with known answers. */
public class QemuMachineTest {
    private static final long LOW = 4 << 20;
    private static final String VIEW = """
            FlatView #0
             AS "memory", root: system
             Root memory region: system
              0000000000000000-000000000009ffff (prio 0, ram): ram
              00000000000c0000-00000000003fffff (prio 0, ram): ram @00000000000c0000
              00000000fed90000-00000000fed9022f (prio 0, i/o): intel_iommu
              00000000fee00000-00000000feefffff (prio 4096, i/o): apic-msi
              0000000100000000-00000001003fffff (prio 0, ram): ram @0000000000400000
            """;

    private FakeQemu qemu;
    private Path ram;
    /** Held open as QEMU would hold it. */
    private RandomAccessFile held;

    @Before
    public void start() throws Exception {
        qemu = new FakeQemu();
        ram = qemu.folder.resolve("ram.bin");
        held = new RandomAccessFile(ram.toFile(), "rw");
        held.setLength(2 * LOW);
        held.seek(LOW + 0x1000);
        held.writeLong(Long.reverseBytes(0x1122334455667788L));
        qemu.answers.put("query-memdev", "[{\"id\": \"ram\", \"size\": " + 2 * LOW + ", \"share\": true}]");
        qemu.answers.put("type", "\"memory-backend-file\"");
        qemu.answers.put("mem-path", "\"" + ram + "\"");
        qemu.answers.put("info mtree -f", FakeQemu.quote(VIEW));
        qemu.answers.put("xp /140wx 0xfed90000", FakeQemu.quote("""
                00000000fed90000: 0x00000010 0x00000000 0x222f0686 0x00d2008c
                00000000fed90010: 0x00f00f4a 0x00000000 0x00000000 0x40000000
                """));
        qemu.answers.put("query-pci", """
                [{"bus": 0, "devices": [{"bus": 0, "slot": 2, "function": 0, "qdev_id": "nic", "class_info": {"class": 512}, "id": {"device": 4161,
                "vendor": 6900}}, {"bus": 0, "slot": 5, "function": 0, "qdev_id": "rp", "class_info": {"class": 1540}, "id": {"device": 12, "vendor": 6966},
                "pci_bridge": {"bus": {"number": 0, "secondary": 1, "subordinate": 1}, "devices": [{"bus": 1, "slot": 0, "function": 3, "qdev_id": "",
                "class_info": {"class": 264}, "id": {"device": 16, "vendor": 6966}}]}}]}]""".replace("\n", " "));
    }

    @After
    public void stop() throws Exception {
        held.close();
        qemu.close();
    }

    private OpenedMachine open() {
        return new QemuSource().open("qemu:" + qemu.socket, Progress.NONE);
    }

    private IommuException refused() {
        IommuException e = assertThrows(IommuException.class, () -> open().close());
        assertFalse("one line: " + e.getMessage(), e.getMessage().contains("\n"));
        return e;
    }

    @Test
    public void theMachineIsWhatQemuTells() {
        try (OpenedMachine machine = open()) {
            assertEquals("fake", machine.description().name());
            assertEquals("the legacy windows count as RAM",
                    List.of(new AddressRange(0, LOW - 1), AddressRange.ofSize(1L << 32, LOW)), machine.memory().ram());
            assertEquals("dmar0", machine.description().units().get(0).name());
            List<DeviceDescription> devices = machine.description().devices();
            assertEquals(List.of("0000:00:02.0", "0000:00:05.0", "0000:01:00.3"), devices.stream().map(d -> d.device().toString()).toList());
            assertTrue("without firmware tables the only unit serves all", devices.stream().allMatch(d -> "dmar0".equals(d.unit())));
            assertEquals(0x103, devices.get(2).requesterId());
            assertEquals("0x1041", machine.description().device(DeviceId.parse("00:02.0")).orElseThrow().attributes().text("deviceId").orElseThrow());
        }
    }

    @Test
    public void memoryAboveFourGigabytesIsTheSecondPartOfTheFile() {
        try (OpenedMachine machine = open(); OpenedMachine look = machine.look(false)) {
            assertEquals(0x1122334455667788L, look.memory().readLong(0x1_0000_1000L));
            assertEquals("a device's window", Presence.UNKNOWN, look.memory().presence(0xa0000, 8));
        }
    }

    @Test
    public void everyLookReadsRegistersAndMemoryAnew() throws Exception {
        try (OpenedMachine machine = open(); OpenedMachine before = machine.look(false)) {
            RegisterPort registers = before.registers(machine.description().units().get(0));
            assertEquals(0x40000000, registers.read32(0x1c));
            assertFalse("QEMU did not answer for it", registers.isKnown(0x20, 4));
            assertEquals(0x1122334455667788L, before.memory().readLong(0x1_0000_1000L));
            qemu.answers.put("xp /140wx 0xfed90000", FakeQemu.quote("00000000fed90000: 0x00000011 0x00000000 0x00000000 0x00000000\n"));
            held.seek(LOW + 0x1000);
            held.writeLong(0);
            try (OpenedMachine after = machine.look(false)) {
                assertEquals(0x11, after.registers(machine.description().units().get(0)).read32(0));
                assertEquals(0, after.memory().readLong(0x1_0000_1000L));
            }
            assertEquals("a look stays as it was", 0x10, registers.read32(0));
            assertEquals(0x1122334455667788L, before.memory().readLong(0x1_0000_1000L));
        }
    }

    @Test
    public void privateRamIsRefusedWithTheOptionToChange() {
        qemu.answers.put("query-memdev", "[{\"id\": \"ram\", \"size\": 8388608, \"share\": false}]");
        IommuException e = refused();
        assertEquals(Reason.UNSUPPORTED, e.reason());
        assertTrue(e.getMessage(), e.getMessage().contains("add share=on to its -object memory-backend-file,id=ram"));
        qemu.answers.put("type", "\"memory-backend-ram\"");
        assertTrue(refused().getMessage().contains("-object memory-backend-memfd,id=ram,size=8M,share=on -machine ...,memory-backend=ram"));
        qemu.answers.put("query-memdev", "[]");
        assertTrue(refused().getMessage().contains("memory-backend-memfd"));
    }

    @Test
    public void aFileThatWasReplacedIsNotTheGuestsRam() throws Exception {
        Path other = qemu.folder.resolve("other");
        Files.write(other, new byte[(int) (2 * LOW)]);
        Files.move(other, ram, StandardCopyOption.REPLACE_EXISTING);
        assertEquals(Reason.CONFLICT, refused().reason());
        Files.delete(ram);
        assertEquals(Reason.NOT_FOUND, refused().reason());
    }

    @Test
    public void aFileCutShortEndsTheWorkAndNotTheProcess() throws Exception {
        try (OpenedMachine machine = open(); OpenedMachine look = machine.look(false)) {
            held.setLength(4096);
            IommuException e = assertThrows(IommuException.class, () -> look.memory().readLong(0x1_0000_1000L));
            assertEquals(Reason.TRUNCATED, e.reason());
        }
        assertEquals("and it is not opened again", Reason.CONFLICT, refused().reason());
    }

    @Test
    public void anEndedQemuIsSaidInOneLine() throws Exception {
        try (OpenedMachine machine = open()) {
            qemu.hangUp();
            IommuException e = assertThrows(IommuException.class, () -> machine.look(false));
            assertEquals(Reason.IO, e.reason());
            assertTrue(e.getMessage(), e.getMessage().contains("QEMU has ended"));
        }
    }

    @Test
    public void otherTargetsAreRefused() {
        qemu.answers.put("query-target", "{\"arch\": \"riscv64\"}");
        assertEquals(Reason.UNSUPPORTED, refused().reason());
    }

    @Test
    public void whileItIsStoppedNothingElseHappensAndThenItGoesOn() {
        try (OpenedMachine machine = open()) {
            qemu.answers.put("stop", "{}");
            qemu.answers.put("cont", "{}");
            qemu.asked.clear();
            try (OpenedMachine look = machine.look(true)) {
                assertEquals(machine.memory().ram(), look.memory().ram());
                assertTrue(qemu.asked.toString(), qemu.asked.indexOf("stop") < qemu.asked.indexOf("info mtree -f") && qemu.asked.contains("stop"));
                assertFalse(qemu.asked.contains("cont"));
                qemu.answers.put("query-status", "{\"status\": \"paused\", \"running\": false}");
                machine.look(true).close();
                assertFalse("one of two looks is still there", qemu.asked.contains("cont"));
            }
            assertEquals("cont", qemu.asked.get(qemu.asked.size() - 1));
        }
    }

    @Test
    public void whatOthersStoppedStaysStopped() {
        try (OpenedMachine machine = open()) {
            qemu.answers.put("query-status", "{\"status\": \"paused\", \"running\": false}");
            qemu.asked.clear();
            machine.look(true).close();
            assertFalse(qemu.asked.toString(), qemu.asked.contains("stop") || qemu.asked.contains("cont"));
        }
    }

    @Test
    public void aResumeByOthersIsToldInsteadOfAnAnswerThatMayBeTorn() {
        qemu.answers.put("stop", "{}");
        qemu.answers.put("cont", "{}");
        try (OpenedMachine machine = open()) {
            OpenedMachine look = machine.look(true);
            qemu.event = "RESUME";
            assertEquals(Reason.CONFLICT, assertThrows(IommuException.class, look::close).reason());
        }
    }
}
