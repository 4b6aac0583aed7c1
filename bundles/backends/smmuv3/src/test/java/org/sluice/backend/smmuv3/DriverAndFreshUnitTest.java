// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3;

import java.util.List;

import org.sluice.machine.MachineDescription;
import org.sluice.spi.Backend.PowerOn;
import org.sluice.testkit.backend.BackendRig;
import org.sluice.testkit.backend.DriverMeetsModel;

/** A unit as the backend itself powers it on, in front of devices that were behind another one. */
public class DriverAndFreshUnitTest extends DriverMeetsModel {
    @Override
    protected BackendRig newRig() {
        MachineDescription told = MadeUpMachine.machine();
        PowerOn fresh = new Smmuv3Backend("test").powerOn(told).orElseThrow();
        MachineDescription machine = new MachineDescription("test", told.architecture(), told.ram(), List.of(fresh.unit()), told.devices(), List.of(),
                List.of(), List.of(), told.extra());
        return new BackendRig(new Smmuv3Backend("test"), machine, MadeUpMachine.memory(), MadeUpMachine.tables(), fresh.registers());
    }
}
