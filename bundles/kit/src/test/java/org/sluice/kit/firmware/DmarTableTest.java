// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.firmware;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Map;

import org.junit.Test;
import org.sluice.machine.AddressRange;
import org.sluice.machine.DeviceId;
import org.sluice.machine.IommuException;

public class DmarTableTest {
    @Test
    public void unitForAllOthersIsRead() {
        DmarTable table = DmarTable.read(TableBuilder.dmar().hex("00 00 10 00 01 00 00 00 00 00 D9 FE 00 00 00 00").build());
        DmarTable.Unit unit = table.units().get(0);
        assertTrue(unit.includeAll());
        assertEquals(0, unit.segment());
        assertEquals(0xfed90000L, unit.registerBase());
        assertEquals(4096, unit.registerBytes());
        assertEquals(48, unit.offset());
        assertEquals(48, table.hostAddressWidth());
        assertTrue(table.interruptRemapping());
        assertTrue(table.header().checksumGood());
    }

    @Test
    public void reservedMemoryNamesItsDevice() {
        DmarTable table = DmarTable.read(TableBuilder.dmar().hex("01 00 20 00 00 00 00 00 | 00 00 00 7B 00 00 00 00"
                + "| FF FF 7F 7F 00 00 00 00 | 01 08 00 00 00 00 02 00").build());
        DmarTable.ReservedMemory memory = table.reserved().get(0);
        assertEquals(new AddressRange(0x7b000000L, 0x7f7fffffL), memory.range().orElseThrow());
        DmarScope scope = memory.scopes().get(0);
        assertEquals(DmarScope.ENDPOINT, scope.type());
        assertEquals(DeviceId.parse("00:02.0"), scope.device(0, noTopology()).orElseThrow());
    }

    @Test
    public void everyOtherStructureIsRead() {
        DmarTable table = DmarTable.read(TableBuilder.dmar()
                .hex("0200 1000 01 00 0100 | 02 08 0000 00 00 1c 00")
                .hex("0300 1400 00000000 | 0000d9fe00000000 | 02000000")
                .hex("0400 0c00 000000 01 | 5c5f5300")
                .hex("0500 0800 01 00 0000")
                .hex("0600 0800 00 00 0000")
                .hex("0900 0400").build());
        assertEquals(List.of(DmarTable.ScopedKind.ATSR, DmarTable.ScopedKind.SATC, DmarTable.ScopedKind.SIDP),
                table.scoped().stream().map(DmarTable.Scoped::kind).toList());
        assertEquals(1, table.scoped().get(0).segment());
        assertEquals(2, table.affinities().get(0).proximityDomain());
        assertEquals("\\_S", table.namespaceDevices().get(0).path());
        assertEquals(9, table.skipped().get(0).type());
    }

    @Test
    public void aPathIsFollowedThroughSecondaryBuses() {
        DmarTable table = DmarTable.read(TableBuilder.dmar().hex("0000 1a00 00 00 0000 0000d9fe00000000 | 01 0a 0000 00 00 1c 00 03 01").build());
        DmarScope scope = table.units().get(0).scopes().get(0);
        DeviceId bridge = DeviceId.parse("00:1c.0");
        assertTrue(scope.device(0, noTopology()).isEmpty());
        PciTopology known = new PciTopology(List.of(bridge), Map.of(bridge, new PciTopology.Buses(5, 6)));
        assertEquals(DeviceId.parse("05:03.1"), scope.device(0, known).orElseThrow());
    }

    @Test
    public void malformedStructuresAreRefusedWithTheirOffset() {
        assertBad("DMAR at offset 0x30: the structure has length 0", TableBuilder.dmar().hex("0000 0000"));
        assertBad("DMAR at offset 0x30: the structure has length 32, which runs past its end", TableBuilder.dmar().hex("0000 2000 00000000"));
        assertBad("DMAR at offset 0x30: the unit (DRHD) has length 8", TableBuilder.dmar().hex("0000 0800 00000000"));
        assertBad("DMAR at offset 0x40: the device scope has length 0", TableBuilder.dmar().hex("0000 1800 00000000 0000000000000000 01 00 0000 00 00 00 00"));
        assertBad("DMAR at offset 0x40: the device scope is cut off", TableBuilder.dmar().hex("0000 1200 00000000 0000000000000000 0108"));
        assertBad("DMAR: has 3 bytes", new byte[3]);
        assertBad("the signature is 'IVRS'", TableBuilder.ivrs().build());
        byte[] cut = Arrays.copyOf(TableBuilder.dmar().build(), 40);
        assertBad("its length is 48 bytes, but there are 40", cut);
    }

    @Test
    public void aWrongChecksumIsToldNotRefused() {
        byte[] table = TableBuilder.dmar().build();
        table[9]++;
        assertFalse(DmarTable.read(table).header().checksumGood());
    }

    private static void assertBad(String expected, TableBuilder table) {
        assertBad(expected, table.build());
    }

    private static void assertBad(String expected, byte[] table) {
        IommuException e = assertThrows(IommuException.class, () -> DmarTable.read(table));
        assertTrue(e.getMessage(), e.getMessage().contains(expected));
    }

    private static PciTopology noTopology() {
        return new PciTopology(List.of(), Map.of());
    }
}
