// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.firmware;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.util.List;

import org.junit.Test;
import org.sluice.machine.AddressRange;
import org.sluice.machine.DeviceId;
import org.sluice.machine.IommuException;

public class IvrsTableTest {
    private static TableBuilder unit(int type, int deviceId, long base, String entries) {
        return unit(TableBuilder.ivrs(), type, deviceId, base, entries);
    }

    private static TableBuilder unit(TableBuilder table, int type, int deviceId, long base, String entries) {
        int header = type == 0x10 ? 24 : 40;
        int length = header + entries.replace(" ", "").length() / 2;
        table.raw(new byte[] {(byte) type, 0}).u16(length).u16(deviceId).u16(0x40).u64(base).u16(0).u16(0).u32(0);
        if (header == 40) {
            table.u64(0x29d7).u64(0);
        }
        return table.hex(entries);
    }

    @Test
    public void anInterruptControllerHasADeviceIdOfItsOwn() {
        IvrsTable table = IvrsTable.read(unit(0x10, 8, 0xfed80000L, "48 00 00 00 00 A0 00 01").build());
        IvrsEntries.Special special = table.units().get(0).specials().get(0);
        assertEquals(0, special.handle());
        assertEquals(0xa0, special.deviceId());
        assertEquals(IvrsEntries.IO_APIC, special.variety());
        InterruptSource source = FirmwareTables.of(List.of(new org.sluice.machine.MachineDescription.FirmwareTable("IVRS",
                unit(0x10, 8, 0xfed80000L, "48 00 00 00 00 A0 00 01").build()))).interruptSources(PciTopology.of(List.of())).get(0);
        assertEquals(DeviceId.parse("00:14.0"), source.requester());
        assertEquals(InterruptSource.Kind.IO_APIC, source.kind());
    }

    @Test
    public void theHighestBlockTypeOfAUnitCounts() {
        TableBuilder table = unit(0x10, 8, 0xfed80000L, "02 10 00 00");
        unit(table, 0x11, 8, 0xfed80000L, "02 18 00 00");
        unit(table, 0x10, 9, 0xfed70000L, "02 20 00 00");
        IvrsTable read = IvrsTable.read(table.build());
        assertEquals(3, read.blocks().size());
        assertEquals(List.of(0x11, 0x10), read.units().stream().map(IvrsTable.Unit::type).toList());
        assertEquals(0x29d7, read.units().get(0).efr());
    }

    @Test
    public void rangesAreInclusiveAndLaterEntriesRefineEarlierOnes() {
        IvrsTable.Unit unit = IvrsTable.read(unit(0x11, 8, 0xfed80000L,
                "01 00 00 00  03 00 01 00 04 ff 01 00  43 00 03 00 00 00 03 00 04 ff 03 00  42 20 00 00 00 28 00 00 "
                        + "47 00 04 d7 00 00 00 80 04 07 04 00").build()).units().get(0);
        assertEquals(5, unit.ranges().size());
        assertEquals(IvrsEntries.NO_ALIAS, unit.entryOf(0x1ff).orElseThrow().alias());
        assertEquals(0x300, unit.entryOf(0x3ff).orElseThrow().alias());
        assertEquals(0x28, unit.entryOf(0x20).orElseThrow().alias());
        assertEquals(0x80000000L, unit.entryOf(0x407).orElseThrow().extended());
        assertEquals(0xd7, unit.entryOf(0x407).orElseThrow().settings());
        assertEquals("all", 0, unit.entryOf(0x408).orElseThrow().first());
    }

    @Test
    public void aNamespaceDeviceHasItsNames() {
        IvrsTable.Unit unit = IvrsTable.read(unit(0x40, 8, 0xfed80000L,
                "f0 a5 00 00 414d444930303230 0000000000000000 02 04 5c5f5342").build()).units().get(0);
        IvrsEntries.Named named = unit.named().get(0);
        assertEquals("AMDI0020", named.hid());
        assertEquals("\\_SB", named.uid());
        assertEquals(0xa5, named.deviceId());
    }

    @Test
    public void memoryBlocksNameOneDeviceARangeOrAll() {
        IvrsTable table = IvrsTable.read(TableBuilder.ivrs()
                .hex("21 07 2000 1000 0000 0000000000000000").u64(0x1000).u64(0x2000)
                .hex("22 08 2000 1000 1f00 0000000000000000").u64(0x8000).u64(0x1000)
                .hex("20 01 2000 0000 0000 0000000000000000").u64(-4096L).u64(0x2000).build());
        assertEquals(new AddressRange(0x1000, 0x2fff), table.memory().get(0).range().orElseThrow());
        assertTrue(table.memory().get(0).unity());
        assertTrue(table.memory().get(1).exclusion());
        assertEquals(0x1f, table.memory().get(1).last());
        assertTrue(table.memory().get(2).allDevices());
        assertTrue("wraps around", table.memory().get(2).range().isEmpty());
    }

    @Test
    public void malformedBlocksAreRefusedWithTheirOffset() {
        assertBad("IVRS at offset 0x30: the block has length 0", TableBuilder.ivrs().hex("10 00 0000"));
        assertBad("the device range has a start and no end", unit(0x10, 8, 0, "03 00 01 00"));
        assertBad("a device range ends that never started", unit(0x10, 8, 0, "04 00 01 00"));
        assertBad("ends before it starts", unit(0x10, 8, 0, "03 00 02 00 04 00 01 00"));
        assertBad("starts inside another", unit(0x10, 8, 0, "03 00 02 00 03 00 02 00"));
        assertBad("device entry type 200 has no known length", unit(0x10, 8, 0, "c8 00 02 00"));
        assertBad("the device entry has length 8, which runs past", unit(0x10, 8, 0, "48 00 00 00"));
    }

    private static void assertBad(String expected, TableBuilder table) {
        IommuException e = assertThrows(IommuException.class, () -> IvrsTable.read(table.build()));
        assertTrue(e.getMessage(), e.getMessage().contains(expected));
    }
}
