// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci;

import java.util.Map;

import org.sluice.machine.AddressRange;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.RegisterImage;
import org.sluice.spi.Backend;
import org.sluice.spi.UnitContext;
import org.sluice.testkit.backend.BackendConformance;

/** The suite of all backends. */
public class ZpciConformanceTest extends BackendConformance {
    @Override
    protected Backend backend() {
        return new ZpciBackend("test");
    }

    @Override
    protected UnitContext unit() {
        MachineDescription machine = Functions.two().machine();
        return new UnitContext(machine, machine.units().get(0), PhysicalMemory.allocate(Functions.RAM), new RegisterImage("zpci0", Map.of()));
    }

    @Override
    protected AddressRange tables() {
        return Functions.TABLES;
    }
}
