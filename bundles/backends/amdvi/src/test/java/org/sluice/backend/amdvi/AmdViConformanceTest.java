// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi;

import org.sluice.machine.AddressRange;
import org.sluice.machine.Attributes;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.RegisterImage;
import org.sluice.spi.Backend;
import org.sluice.spi.Backend.PowerOn;
import org.sluice.spi.UnitContext;
import org.sluice.testkit.backend.BackendConformance;

/** The suite of all backends. */
public class AmdViConformanceTest extends BackendConformance {
    private static final AddressRange RAM = new AddressRange(0, (4 << 20) - 1);

    @Override
    protected Backend backend() {
        return new AmdViBackend("test");
    }

    @Override
    protected UnitContext unit() {
        UnitDescription unit = new UnitDescription("ivhd0", "amd-vi", 0xfed8_0000L, Attributes.EMPTY);
        PowerOn on = backend().powerOn(DriverAndUnitTest.machine(unit, RAM)).orElseThrow();
        return new UnitContext(DriverAndUnitTest.machine(unit, RAM), on.unit(), PhysicalMemory.allocate(RAM),
                new RegisterImage("ivhd0", on.registers()));
    }

    @Override
    protected AddressRange tables() {
        return RAM;
    }
}
