// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.firmware;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.junit.Test;
import org.sluice.api.Region;
import org.sluice.kit.firmware.Assignment.Kind;
import org.sluice.machine.Attributes;
import org.sluice.machine.DeviceId;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.MachineDescription.DeviceDescription;
import org.sluice.machine.MachineDescription.FirmwareTable;

public class UnitAssignmentTest {
    private static final long BASE0 = 0xfed90000L;
    private static final long BASE1 = 0xfed91000L;
    private static final long BASE2 = 0xfed92000L;

    private final List<DeviceDescription> devices = new ArrayList<>();

    private static byte[] endpoint(int bus, int device) {
        return TableBuilder.scope(DmarScope.ENDPOINT, 0, bus, device, 0);
    }

    private static byte[] bridge(int bus, int device) {
        return TableBuilder.scope(DmarScope.BRIDGE, 0, bus, device, 0);
    }

    private UnitAssignmentTest device(String id, long code, Map<String, ?> more) {
        var attributes = new HashMap<String, Object>(more);
        attributes.put("class", code);
        devices.add(new DeviceDescription(DeviceId.parse(id), -1, null, false, null, -1, new Attributes(attributes)));
        return this;
    }

    private UnitAssignmentTest bridgeDevice(String id) {
        return device(id, 0x060400, Map.of());
    }

    private String unitOf(TableBuilder dmar, String device) {
        FirmwareTables tables = FirmwareTables.of(List.of(new FirmwareTable("DMAR", dmar.build())));
        Assignment answer = new UnitAssignment(tables, tables.units(), PciTopology.of(devices)).of(DeviceId.parse(device));
        return answer.kind() == Kind.SERVED ? answer.unit() : answer.kind().toString();
    }

    @Test
    public void aNamedDeviceGoesToItsUnitAndAllOthersToTheUnitForAll() {
        TableBuilder dmar = TableBuilder.dmar().drhd(false, 0, BASE0, endpoint(0, 2)).drhd(true, 0, BASE1);
        assertEquals("dmar0", unitOf(dmar, "00:02.0"));
        assertEquals("dmar1", unitOf(dmar, "00:03.0"));
        assertEquals("dmar1", unitOf(dmar, "05:00.0"));
        assertEquals("another segment", "NOT_SERVED", unitOf(dmar, "0001:00:02.0"));
    }

    @Test
    public void withoutAUnitForAllOthersAnUnnamedDeviceIsServedByNone() {
        assertEquals("NOT_SERVED", unitOf(TableBuilder.dmar().drhd(false, 0, BASE0, endpoint(0, 2)), "00:03.0"));
    }

    @Test
    public void whatLiesBelowABridgeGoesWithItWhenItsBusesAreKnown() {
        TableBuilder dmar = TableBuilder.dmar().drhd(false, 0, BASE0, bridge(0, 5)).drhd(false, 0, BASE1, bridge(0, 8)).drhd(true, 0, BASE2);
        device("00:05.0", 0x060400, Map.of("secondaryBus", 1L)).device("00:08.0", 0x060400, Map.of("secondaryBus", 2L, "subordinateBus", 3L));
        assertEquals("dmar0", unitOf(dmar, "01:00.0"));
        assertEquals("dmar1", unitOf(dmar, "03:01.0"));
        assertEquals("dmar1", unitOf(dmar, "00:08.0"));
    }

    @Test
    public void behindUnknownBusesTheAnswerIsGivenOnlyIfAllBridgesAgree() {
        TableBuilder same = TableBuilder.dmar().drhd(false, 0, BASE0, bridge(0, 5), bridge(0, 8));
        TableBuilder two = TableBuilder.dmar().drhd(false, 0, BASE0, bridge(0, 5)).drhd(false, 0, BASE1, bridge(0, 8));
        assertEquals("no bridge is known", "UNKNOWN", unitOf(same, "01:00.0"));
        bridgeDevice("00:05.0").bridgeDevice("00:08.0").bridgeDevice("02:00.0");
        assertEquals("dmar0", unitOf(same, "01:00.0"));
        assertEquals("through a second bridge", "dmar0", unitOf(same, "03:01.0"));
        assertEquals("UNKNOWN", unitOf(two, "01:00.0"));
        assertEquals("named itself", "dmar1", unitOf(two, "00:08.0"));
    }

    @Test
    public void aBridgeWhoseBusesAreKnownIsLeftOutWhereTheyExcludeTheDevice() {
        TableBuilder two = TableBuilder.dmar().drhd(false, 0, BASE0, bridge(0, 5)).drhd(false, 0, BASE1, bridge(0, 8));
        device("00:05.0", 0x060400, Map.of("secondaryBus", 1L)).bridgeDevice("00:08.0");
        assertEquals("dmar0", unitOf(two, "01:00.0"));
        assertEquals("dmar1", unitOf(two, "02:00.0"));
    }

    @Test
    public void aPathThatCannotBeFollowedLeavesItsPossibleEndpointsUnknown() {
        TableBuilder dmar = TableBuilder.dmar().hex("0000 1a00 00 00 0000 0000d9fe00000000 | 01 0a 0000 00 00 1c 00 03 00").drhd(true, 0, BASE1);
        assertEquals("UNKNOWN", unitOf(dmar, "05:03.0"));
        assertEquals("dmar1", unitOf(dmar, "05:04.0"));
        assertEquals("not below the path's start", "dmar1", unitOf(dmar, "00:03.0"));
    }

    @Test
    public void aTableThatCannotBeReadLeavesDevicesUnknown() {
        byte[] broken = TableBuilder.dmar().hex("0000 0000").build();
        FirmwareTables tables = FirmwareTables.of(List.of(new FirmwareTable("DMAR", broken)));
        assertEquals(1, tables.problems().size());
        List<MachineDescription.UnitDescription> units = List.of(new MachineDescription.UnitDescription("dmar0", "intel-vtd", BASE0, Attributes.EMPTY));
        assertEquals(Kind.UNKNOWN, new UnitAssignment(tables, units, PciTopology.of(List.of())).of(DeviceId.parse("00:02.0")).kind());
    }

    @Test
    public void aUnitThatTheMachineLacksIsUnknown() {
        FirmwareTables tables = FirmwareTables.of(List.of(new FirmwareTable("DMAR", TableBuilder.dmar().drhd(true, 0, BASE0).build())));
        List<MachineDescription.UnitDescription> units = List.of(new MachineDescription.UnitDescription("other", "intel-vtd", BASE1, Attributes.EMPTY));
        Assignment answer = new UnitAssignment(tables, units, PciTopology.of(List.of())).of(DeviceId.parse("00:02.0"));
        assertEquals(Kind.UNKNOWN, answer.kind());
        assertTrue(answer.text(), answer.text().contains("0xfed90000"));
    }

    @Test
    public void reservedMemoryIsRelaxableForDisplayAndUsb() {
        device("00:02.0", 0x030000, Map.of()).device("00:14.0", 0x0c0330, Map.of()).device("00:16.0", 0x078000, Map.of());
        TableBuilder dmar = TableBuilder.dmar().u16(1).u16(48).u16(0).u16(0).u64(0x7b000000L).u64(0x7f7fffffL)
                .raw(endpoint(0, 2)).raw(endpoint(0, 0x14)).raw(endpoint(0, 0x16));
        MachineDescription machine = machine(List.of(new FirmwareTable("DMAR", dmar.build())));
        List<Region> regions = FirmwareRegions.of(machine, FirmwareTables.of(machine.firmware()));
        assertEquals(List.of("direct-relaxable", "direct-relaxable", "direct"), regions.stream().map(Region::kind).toList());
        assertEquals("DMAR", regions.get(0).origin());
        assertEquals(DeviceId.parse("00:14.0"), regions.get(1).device());
    }

    @Test
    public void reservedMemoryOfARangeConcernsKnownDevicesInIt() {
        device("00:02.0", 0, Map.of()).device("00:03.0", 0, Map.of()).device("00:1f.0", 0, Map.of());
        TableBuilder ivrs = TableBuilder.ivrs().hex("22 07 2000 1000 1f00 0000000000000000").u64(0x1000).u64(0x1000)
                .hex("21 08 2000 f800 0000 0000000000000000").u64(0x2000).u64(0x1000)
                .hex("22 01 2000 0008 ff08 0000000000000000").u64(0x3000).u64(0x1000);
        MachineDescription machine = machine(List.of(new FirmwareTable("IVRS", ivrs.build())));
        List<Region> regions = FirmwareRegions.of(machine, FirmwareTables.of(machine.firmware()));
        assertEquals(4, regions.size());
        assertEquals(DeviceId.parse("00:03.0"), regions.get(1).device());
        assertEquals("reserved", regions.get(2).kind());
        assertEquals("nobody known is in the range: it is given for all", null, regions.get(3).device());
    }

    private MachineDescription machine(List<FirmwareTable> firmware) {
        return new MachineDescription("m", null, List.of(), List.of(), devices, List.of(), List.of(), firmware, Attributes.EMPTY);
    }
}
