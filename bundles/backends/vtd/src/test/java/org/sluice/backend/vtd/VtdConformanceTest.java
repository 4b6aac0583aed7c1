// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd;

import org.sluice.machine.AddressRange;
import org.sluice.machine.PhysicalMemory;
import org.sluice.spi.Backend;
import org.sluice.spi.UnitContext;
import org.sluice.testkit.backend.BackendConformance;

/** The suite of all backends. */
public class VtdConformanceTest extends BackendConformance {
    private static final AddressRange RAM = new AddressRange(0, (1 << 20) - 1);

    @Override
    protected Backend backend() {
        return new VtdBackend("test");
    }

    @Override
    protected UnitContext unit() {
        UnitContext told = new TestUnit().context();
        return new UnitContext(told.machine(), told.unit(), PhysicalMemory.allocate(RAM), told.registers());
    }

    @Override
    protected AddressRange tables() {
        return RAM;
    }
}
