// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi;

import java.util.List;

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
        return rig(PhysicalMemory.allocate(RAM));
    }

    static BackendRig rig(WriteObserver observer) {
        return rig(PhysicalMemory.allocate(observer, RAM));
    }

    private static BackendRig rig(PhysicalMemory memory) {
        AmdViBackend backend = new AmdViBackend("test");
        UnitDescription nameless = new UnitDescription("ivhd0", "amd-vi", 0xfed8_0000L, Attributes.EMPTY);
        PowerOn on = backend.powerOn(machine(nameless, RAM)).orElseThrow();
        return new BackendRig(backend, machine(on.unit(), RAM), memory, TABLES, on.registers());
    }
}
