// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd;

import java.util.List;

import org.sluice.machine.AddressRange;
import org.sluice.machine.Attributes;
import org.sluice.machine.DeviceId;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.MachineDescription.DeviceDescription;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.machine.PhysicalMemory;
import org.sluice.testkit.backend.BackendRig;
import org.sluice.testkit.backend.DriverMeetsModel;

/** The driver and the unit, which meet in memory and registers only. */
public class DriverAndUnitTest extends DriverMeetsModel {
    private static final AddressRange RAM = new AddressRange(0, (32 << 20) - 1);
    private static final AddressRange TABLES = new AddressRange(8 << 20, (32 << 20) - 1);

    private static DeviceDescription device(String name) {
        DeviceId id = DeviceId.parse(name);
        return new DeviceDescription(id, id.requesterId(), "dmar0", true, null, -1, Attributes.EMPTY);
    }

    @Override
    protected BackendRig newRig() {
        UnitDescription unit = new UnitDescription("dmar0", "intel-vtd", 0xfed9_0000L, Attributes.EMPTY);
        MachineDescription machine = new MachineDescription("test", null, List.of(RAM), List.of(unit),
                List.of(device("0000:00:03.0"), device("0000:01:04.0")), List.of(), List.of(), List.of(), Attributes.EMPTY);
        return new BackendRig(new VtdBackend("test"), machine, PhysicalMemory.allocate(RAM), TABLES);
    }
}
