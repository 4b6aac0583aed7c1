// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;

import org.junit.Test;
import org.sluice.api.InterruptReport;
import org.sluice.api.InterruptReport.Result;
import org.sluice.api.InterruptRequest;
import org.sluice.api.Region;
import org.sluice.kit.firmware.FirmwareRegions;
import org.sluice.kit.firmware.FirmwareTables;
import org.sluice.machine.AddressRange;
import org.sluice.machine.Architecture;
import org.sluice.machine.Attributes;
import org.sluice.machine.DeviceId;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.MachineDescription.DeviceDescription;
import org.sluice.machine.MachineDescription.FirmwareTable;
import org.sluice.machine.MachineDescription.InterruptController;

/**
 * RIV-12: with a nested user page table two parties want the doorbell. Both known ways work on one unit: a flat window that the guest maps one to
 * one because its firmware says so, and a guest that maps its own address to its own doorbell, whose page the parent leads to the real one
 * (sheet msi.md, section 4). The window is what was announced, wherever that is.
 */
public class NestedDoorbellTest {
    /** GITS_TRANSLATER of the host: frame of 64 KiB behind the ITS's own, offset 0x40 (msi.md, section 4). */
    private static final long HOST_ITS_PAGE = 0x0809_0000L;
    private static final long TRANSLATER = 0x40;
    private static final long EVENT = 5;
    /** Stage-1 leaf: page, MAIR index 2 (device), writable, AF, nG; sheet smmuv3.md, section 6. */
    private static final long DEVICE_PAGE = 3 | 2 << 2 | 1 << 6 | 1 << 10 | 1 << 11;
    /** Stage-2 leaves: page, device, write only, AF; block of memory, read and write. */
    private static final long PARENT_DOORBELL = 3 | 1 << 2 | 2 << 6 | 1 << 10;
    private static final long PARENT_MEMORY = 1 | 0xf << 2 | 3 << 6 | 3 << 8 | 1 << 10;
    private static final long LINUX_MAIR = 0xf404ff44L;
    private static final long PARENT_TABLES = TestUnit.TABLES + 0x10_0000;
    private static final int PAGE = 4096;
    private static final int TABLE = 3;

    private final TestUnit machine = UnitRig.full();
    private final InterruptController its = new InterruptController("gicv3-its", AddressRange.ofSize(HOST_ITS_PAGE + TRANSLATER, 4), -1, Attributes.EMPTY);
    private int parentTables;

    /** A guest with an empty table of its own, and a parent that maps its memory one to one. */
    public NestedDoorbellTest() {
        machine.ste(0xf | TestUnit.CONTEXTS, 0, TestUnit.s2(20, 2, 0), TestUnit.ROOT2).cd(TestUnit.cd0(16), TestUnit.ROOT, 0, LINUX_MAIR);
        long memory = TestUnit.RAM & -1L << 30;
        machine.put(TestUnit.ROOT2, PARENT_TABLES | TABLE).put(PARENT_TABLES + 8 * (memory >>> 30), memory | PARENT_MEMORY);
    }

    /** The parent leads a page of the guest's to the host's doorbell. */
    private void parentMaps(long page) {
        long second = PARENT_TABLES + PAGE * (1L + parentTables++);
        long third = PARENT_TABLES + PAGE * (1L + parentTables++);
        machine.put(PARENT_TABLES + 8 * (page >>> 30), second | TABLE).put(second + 8 * (page >>> 21 & 511), third | TABLE)
                .put(third + 8 * (page >>> 12 & 511), HOST_ITS_PAGE | PARENT_DOORBELL);
    }

    private void guestMaps(long iova, long page) {
        machine.chain(TestUnit.ROOT, 12, iova, 0, 9, 3, page | DEVICE_PAGE);
    }

    private InterruptReport message(long address) {
        return new Smmuv3Backend("test").inspector(machine.context(List.of(its))).orElseThrow()
                .remapInterrupt(new InterruptRequest(DeviceId.stream(TestUnit.SID), address, EVENT), true);
    }

    /** By the inspector, and by the unit as it is programmed through its registers. */
    private void arrives(long... addresses) {
        for (long address : addresses) {
            InterruptReport report = message(address);
            assertEquals(report.reason(), Result.PASSED, report.result());
            assertEquals(HOST_ITS_PAGE + TRANSLATER, report.outputAddress());
            assertEquals(EVENT, report.vector());
        }
        UnitRig rig = UnitRig.started(machine);
        for (long address : addresses) {
            assertEquals(HOST_ITS_PAGE + TRANSLATER, rig.write(address));
            assertTrue("the doorbell cannot be read", rig.read(address) < 0);
        }
    }

    @Test
    public void theGuestMapsTheAnnouncedWindowOneToOne() {
        for (long window : new long[] {0x0800_0000L, 0x1_0000_0000L, 0xa_0000_0000L}) {
            NestedDoorbellTest guest = new NestedDoorbellTest();
            Region announced = announced(AddressRange.ofSize(window, 0x10_0000));
            assertEquals("the guest may move it, and it concerns the device", "direct-relaxable 0000:00:00.3",
                    announced.kind() + " " + announced.device());
            long page = announced.range().start();
            guest.parentMaps(page);
            guest.guestMaps(page, page);
            guest.arrives(page + TRANSLATER);
        }
    }

    @Test
    public void theGuestMapsItsOwnAddressToItsOwnDoorbell() {
        long guestIts = 0x0809_0000L + 0x100_0000L;
        parentMaps(guestIts);
        guestMaps(0xffff_f000L, guestIts);
        arrives(0xffff_f000L + TRANSLATER);
    }

    @Test
    public void bothWaysWorkSideBySide() {
        parentMaps(0x0800_0000L);
        parentMaps(0x4809_0000L);
        guestMaps(0x0800_0000L, 0x0800_0000L);
        guestMaps(0x20_0001_0000L, 0x4809_0000L);
        arrives(0x0800_0000L + TRANSLATER, 0x20_0001_0000L + TRANSLATER);
    }

    /** The guest did not map the window: its own table is at fault, and the report and the unit's record say so. */
    @Test
    public void aMissingWindowIsAStageOneFaultThatIsExplained() {
        parentMaps(0x0800_0000L);
        InterruptReport report = message(0x0800_0000L + TRANSLATER);
        assertEquals(Result.BLOCKED, report.result());
        assertEquals("F_TRANSLATION", report.fault().name());
        assertTrue(report.reason(), report.reason().contains("of stage 1")
                && report.reason().contains("the window that firmware keeps for messages"));
        UnitRig rig = UnitRig.started(machine);
        assertEquals(UnitRig.fault(0x10), rig.write(0x0800_0000L + TRANSLATER));
        // F_TRANSLATION: word 1 bit 39 S2 is 0, words 2 and 3 the input address and no IPA (section 7.3).
        List<String> events = rig.events();
        assertEquals(1, events.size());
        String[] words = events.get(0).split(" ");
        assertEquals(0, Long.parseUnsignedLong(words[1], 16) >>> 39 & 1);
        assertEquals(0x0800_0000L + TRANSLATER, Long.parseUnsignedLong(words[2], 16));
    }

    /** The guest mapped it, and the host has not given it: stage 2, with the guest's address. */
    @Test
    public void aWindowThatTheHostHasNotGivenIsAStageTwoFault() {
        guestMaps(0x0800_0000L, 0x0800_0000L);
        InterruptReport report = message(0x0800_0000L + TRANSLATER);
        assertEquals(Result.BLOCKED, report.result());
        assertTrue(report.reason(), report.reason().contains("of stage 2 for the input at 0x8000040")
                && report.reason().contains("owns stage 2 has to map"));
        UnitRig rig = UnitRig.started(machine);
        assertEquals(UnitRig.fault(0x10), rig.write(0x0800_0000L + TRANSLATER));
        String[] words = rig.events().get(0).split(" ");
        assertEquals(1, Long.parseUnsignedLong(words[1], 16) >>> 39 & 1);
        assertEquals("IPA", 0x0800_0000L, Long.parseUnsignedLong(words[3], 16) & -PAGE);
    }

    /** What a guest reads out of an IORT with an SMMUv3 and a reserved memory range (sheet acpi-and-discovery.md, section 4). */
    private static Region announced(AddressRange window) {
        int header = 48;
        int smmu = 68;
        int reserved = 28 + 20 + 20;
        ByteBuffer table = ByteBuffer.allocate(header + smmu + reserved).order(ByteOrder.LITTLE_ENDIAN);
        table.put("IORT".getBytes(StandardCharsets.US_ASCII)).putInt(table.capacity()).put((byte) 6);
        table.position(36).putInt(2).putInt(header);
        table.position(header).put((byte) 4).putShort((short) smmu).put((byte) 4).putInt(0).putInt(0).putInt(0).putLong(0x905_0000L);
        table.position(header + smmu).put((byte) 6).putShort((short) reserved).put((byte) 3).putInt(1).putInt(1).putInt(28)
                .putInt(1).putInt(1).putInt(48);
        table.putInt(0).putInt(0).putInt(TestUnit.SID).putInt(header).putInt(0).putLong(window.start()).putLong(window.size()).putInt(0);
        byte sum = 0;
        for (byte b : table.array()) {
            sum += b;
        }
        table.put(9, (byte) -sum);
        List<FirmwareTable> firmware = List.of(new FirmwareTable("IORT", table.array()));
        DeviceDescription device = new DeviceDescription(DeviceId.pci(0, 0, TestUnit.SID), TestUnit.SID, null, false, null, -1, Attributes.EMPTY);
        MachineDescription guest = new MachineDescription("guest", Architecture.AARCH64, List.of(), List.of(), List.of(device), List.of(), List.of(),
                firmware, Attributes.EMPTY);
        List<Region> regions = FirmwareRegions.of(guest, FirmwareTables.of(firmware));
        assertEquals(1, regions.size());
        assertEquals(window, regions.get(0).range());
        return regions.get(0);
    }
}
