// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.junit.Test;
import org.sluice.backend.zpci.lookup.ZpciFunction;
import org.sluice.backend.zpci.lookup.ZpciFunctions;
import org.sluice.machine.Architecture;
import org.sluice.machine.Attributes;
import org.sluice.machine.DeviceId;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.MachineDescription.DeviceDescription;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.RegisterImage;
import org.sluice.spi.UnitContext;

/** Functions are found by PCI address, by function id and by bare id, whichever of them the description gives. */
public class ZpciFunctionsTest {
    private static final DeviceId FIRST = DeviceId.parse("0005:00:00.0");
    private static final DeviceId FOREIGN = DeviceId.parse("0006:00:00.0");
    private static final DeviceId WITHOUT_ID = DeviceId.parse("0007:00:00.0");

    private static ZpciFunctions functions() {
        List<Object> list = List.of(Map.of("device", "fid:0x12", "fid", "0x12"), Map.of("device", "0008:00:00.0", "fid", "0x0"),
                Map.of("device", "fid:0x13", "fid", "0x13"));
        List<DeviceDescription> devices = List.of(new DeviceDescription(FIRST, 0x12, "zpci0", true, null, -1, Attributes.EMPTY),
                new DeviceDescription(FOREIGN, 0x13, "zpci1", true, null, -1, Attributes.EMPTY),
                new DeviceDescription(WITHOUT_ID, -1, "zpci0", true, null, -1, Attributes.EMPTY),
                new DeviceDescription(DeviceId.parse("0008:00:00.0"), 0, null, false, null, -1, Attributes.EMPTY));
        UnitDescription unit = new UnitDescription("zpci0", "s390-zpci", -1, new Attributes(Map.of("functions", list)));
        MachineDescription machine = new MachineDescription("test", Architecture.S390X, List.of(Functions.RAM), List.of(unit), devices, List.of(), List.of(),
                List.of(), Attributes.EMPTY);
        return new ZpciFunctions(new UnitContext(machine, unit, PhysicalMemory.allocate(Functions.RAM), new RegisterImage("zpci0", Map.of())));
    }

    private static Optional<Long> id(DeviceId device) {
        return functions().of(device).map(ZpciFunction::functionId);
    }

    @Test
    public void everyNameLeadsToTheFunction() {
        assertTrue(functions().stated());
        assertEquals(3, functions().all().size());
        for (DeviceId name : List.of(FIRST, DeviceId.function(0x12), DeviceId.stream(0x12))) {
            assertEquals(name.toString(), Optional.of(0x12L), id(name));
        }
        for (DeviceId name : List.of(DeviceId.parse("0008:00:00.0"), DeviceId.function(0), DeviceId.stream(0))) {
            assertEquals("id 0 is one: " + name, Optional.of(0L), id(name));
        }
        assertEquals(Optional.of(0x13L), id(DeviceId.function(0x13)));
        assertEquals("another unit's device", Optional.empty(), id(FOREIGN));
        assertEquals("no id, no function", Optional.empty(), id(WITHOUT_ID));
        assertEquals(Optional.empty(), id(DeviceId.function(0x14)));
    }

    @Test
    public void theMachinesListIsKnownByAddressAndId() {
        ZpciFunctions functions = functions();
        assertEquals(FIRST, functions.described(FIRST).orElseThrow().device());
        assertEquals(FIRST, functions.described(DeviceId.function(0x12)).orElseThrow().device());
        assertEquals(WITHOUT_ID, functions.described(WITHOUT_ID).orElseThrow().device());
        assertEquals("0008:00:00.0", functions.described(DeviceId.function(0)).orElseThrow().device().toString());
        assertEquals(Optional.empty(), functions.described(FOREIGN));
        assertEquals(Optional.empty(), functions.described(DeviceId.function(0x13)));
        assertEquals("-1 is no id", Optional.empty(), functions.described(DeviceId.function(0xffff_ffffL)));
    }
}
