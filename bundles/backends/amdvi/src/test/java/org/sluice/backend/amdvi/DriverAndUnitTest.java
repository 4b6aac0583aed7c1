// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.sluice.machine.AddressRange;
import org.sluice.machine.Attributes;
import org.sluice.machine.DeviceId;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.MachineDescription.DeviceDescription;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.WriteObserver;
import org.sluice.spi.Backend.PowerOn;
import org.sluice.testkit.backend.BackendRig;
import org.sluice.testkit.backend.DriverMeetsModel;

/** The driver and the unit, which meet in memory and registers only. */
public class DriverAndUnitTest extends DriverMeetsModel {
    private static final AddressRange RAM = new AddressRange(0, (32 << 20) - 1);
    private static final AddressRange TABLES = new AddressRange(8 << 20, (32 << 20) - 1);

    static DeviceDescription device(String name) {
        DeviceId id = DeviceId.parse(name);
        return new DeviceDescription(id, id.requesterId(), "ivhd0", true, null, -1, Attributes.EMPTY);
    }

    static MachineDescription machine(UnitDescription unit, AddressRange ram) {
        return new MachineDescription("test", null, List.of(ram), List.of(unit), List.of(device("0000:00:03.0"), device("0000:01:04.0")),
                List.of(), List.of(), List.of(), Attributes.EMPTY);
    }

    @Override
    protected BackendRig newRig() {
        return rig(null);
    }

    /** @param observer of the memory, or null */
    static BackendRig rig(WriteObserver observer) {
        return rig(observer, 0);
    }

    /** @param withoutFeatures bits of the low half of the feature register that this unit does not have */
    static BackendRig rig(WriteObserver observer, int withoutFeatures) {
        PhysicalMemory memory = PhysicalMemory.allocate(observer, RAM);
        AmdViBackend backend = new AmdViBackend("test");
        UnitDescription nameless = new UnitDescription("ivhd0", "amd-vi", 0xfed8_0000L, Attributes.EMPTY);
        PowerOn on = backend.powerOn(machine(nameless, RAM)).orElseThrow();
        Map<Integer, Integer> reset = new HashMap<>(on.registers());
        reset.merge(Rig.EFR, ~withoutFeatures, (a, b) -> a & b);
        return new BackendRig(backend, machine(on.unit(), RAM), memory, TABLES, reset);
    }
}
