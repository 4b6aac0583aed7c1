// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

import org.junit.Test;
import org.sluice.api.Capabilities;
import org.sluice.api.Permissions;
import org.sluice.api.TranslationRequest;
import org.sluice.machine.AddressRange;
import org.sluice.machine.Architecture;
import org.sluice.machine.Attributes;
import org.sluice.machine.DeviceId;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.MachineDescription.DeviceDescription;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.RegisterImage;
import org.sluice.spi.Backend.PowerOn;
import org.sluice.spi.DomainTable;
import org.sluice.spi.Inspector;
import org.sluice.spi.RequesterContext;
import org.sluice.spi.RequesterContext.State;
import org.sluice.spi.UnitContext;
import org.sluice.spi.UnitDriver;
import org.sluice.spi.UnitDriver.DomainSpec;
import org.sluice.spi.UnitModel;

/** A unit that nobody has touched, in front of a machine's devices: a function for each. */
public class PowerOnTest {
    private static final DeviceId NIC = DeviceId.parse("0000:00:03.0");
    private static final DeviceId DMA_ENGINE = DeviceId.parse("0000:00:04.0");

    private final ZpciBackend backend = new ZpciBackend("test");
    private final PhysicalMemory memory = PhysicalMemory.allocate(Functions.RAM);

    private static DeviceDescription device(DeviceId id, long requesterId) {
        return new DeviceDescription(id, requesterId, "other", true, null, -1, Attributes.EMPTY);
    }

    private UnitContext context(PowerOn made, UnitModel model) {
        MachineDescription machine = machine(made);
        return new UnitContext(machine, made.unit(), memory, model == null ? new RegisterImage("zpci0", made.registers()) : model.registers());
    }

    private static MachineDescription machine(PowerOn made) {
        return new MachineDescription("test", Architecture.X86_64, List.of(Functions.RAM), made == null ? List.of() : List.of(made.unit()),
                List.of(device(NIC, 0x18), device(DMA_ENGINE, 0x20), device(DeviceId.parse("00:05.0"), -1)), List.of(), List.of(), List.of(), Attributes.EMPTY);
    }

    @Test
    public void everyDeviceWithAnIdHasAFunctionThatBlocksUntilAttached() {
        PowerOn made = backend.powerOn(machine(null)).orElseThrow();
        UnitModel model = backend.model(context(made, null)).orElseThrow();
        assertEquals("disabled: dropped", -1, model.translate(0x18, TranslationRequest.NO_PASID, Functions.FIRST, Permissions.READ));
        UnitDriver driver = backend.driver(context(made, model), Functions.TABLES).orElseThrow();
        Capabilities capabilities = driver.capabilities();
        assertEquals("as QEMU's, as far as tables reach", new AddressRange(Functions.FIRST, 0x01ff_ffff_ffff_ffffL), capabilities.aperture());
        assertTrue(capabilities.features().contains(Capabilities.Feature.MAP_NEEDS_INVALIDATION));
        driver.start();
        DomainTable table = driver.createTable(new DomainSpec(1, 40, capabilities.pageSizes()));
        driver.attach(NIC, TranslationRequest.NO_PASID, table);
        assertEquals(DomainTable.Outcome.OK, table.map(Functions.FIRST, 0x40_0000, 0x1000, Permissions.READ_WRITE));
        driver.invalidate(table, Functions.FIRST, Functions.FIRST + 0xfff);
        assertEquals(0x40_0123, model.translate(0x18, TranslationRequest.NO_PASID, Functions.FIRST + 0x123, Permissions.WRITE));
        assertEquals(-1 - 0x01, model.translate(0x20, TranslationRequest.NO_PASID, Functions.FIRST, Permissions.READ));
        assertEquals("no function", -1 - 0x01, model.translate(0x28, TranslationRequest.NO_PASID, Functions.FIRST, Permissions.READ));

        Inspector live = model.inspector().orElseThrow();
        List<RequesterContext> contexts = new ArrayList<>();
        live.contexts(contexts::add);
        assertEquals(List.of(NIC, DMA_ENGINE), contexts.stream().map(RequesterContext::device).toList());
        assertEquals("the second is stopped by its fault", List.of(State.TRANSLATED, State.BLOCKED), contexts.stream().map(RequesterContext::state).toList());
        assertEquals("what no function reaches", "0x0-0xffffffff", live.reservedRanges().get(0).range().toString());
    }

    @Test
    public void aMachineWithoutDevicesHasAUnitWithoutFunctions() {
        MachineDescription empty = new MachineDescription("test", null, List.of(), List.of(), List.of(), List.of(), List.of(), List.of(), Attributes.EMPTY);
        PowerOn made = backend.powerOn(empty).orElseThrow();
        assertEquals(Map.of(), made.registers());
        assertTrue(made.unit().attributes().children("functions").isEmpty());
    }
}
