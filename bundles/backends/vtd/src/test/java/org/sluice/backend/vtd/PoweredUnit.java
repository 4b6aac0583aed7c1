// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd;

import java.util.Map;

import org.sluice.api.Access;
import org.sluice.backend.vtd.driver.DriverMode;
import org.sluice.backend.vtd.driver.VtdDriver;
import org.sluice.machine.DeviceId;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.RegisterImage;
import org.sluice.spi.UnitContext;
import org.sluice.spi.UnitModel;

/** A unit from reset with a driver that has not started it. */
final class PoweredUnit {
    final PhysicalMemory memory = PhysicalMemory.allocate(DrivenAs.RAM);
    final UnitModel model;
    final UnitContext live;
    final VtdDriver driver;

    /** @param cap further bits of CAP, {@code ecap} of ECAP */
    PoweredUnit(DriverMode mode, long cap, long ecap) {
        this(mode, DrivenAs.registers(cap, ecap));
    }

    /** @param registers after reset, by offset */
    PoweredUnit(DriverMode mode, Map<Integer, Integer> registers) {
        MachineDescription machine = DrivenAs.machine();
        model = new VtdBackend("test").model(new UnitContext(machine, machine.units().get(0), memory,
                new RegisterImage("dmar0", registers))).orElseThrow();
        live = new UnitContext(machine, machine.units().get(0), memory, model.registers());
        driver = new VtdDriver(live, DrivenAs.TABLES, mode);
    }

    long translate(DeviceId device, int pasid, long iova, Access access) {
        return model.translate(device.requesterId(), pasid, iova, access.permission());
    }
}
