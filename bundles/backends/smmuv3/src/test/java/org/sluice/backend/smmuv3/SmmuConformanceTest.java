// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3;

import org.sluice.machine.AddressRange;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.RegisterImage;
import org.sluice.spi.Backend;
import org.sluice.spi.UnitContext;
import org.sluice.testkit.backend.BackendConformance;

/** The suite of all backends. */
public class SmmuConformanceTest extends BackendConformance {
    @Override
    protected Backend backend() {
        return new Smmuv3Backend("test");
    }

    @Override
    protected UnitContext unit() {
        MachineDescription machine = MadeUpMachine.machine();
        return new UnitContext(machine, machine.units().get(0), MadeUpMachine.memory(), new RegisterImage("smmuv3-0",
                MadeUpMachine.reset(MadeUpMachine.IDR0, MadeUpMachine.IDR1, MadeUpMachine.IDR3, MadeUpMachine.IDR5)));
    }

    @Override
    protected AddressRange tables() {
        return MadeUpMachine.tables();
    }
}
