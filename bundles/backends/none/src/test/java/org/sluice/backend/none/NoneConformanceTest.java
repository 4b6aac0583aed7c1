// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.none;

import java.util.List;

import org.sluice.backend.none.layout.None;
import org.sluice.machine.AddressRange;
import org.sluice.machine.Attributes;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.machine.PhysicalMemory;
import org.sluice.spi.Backend;
import org.sluice.spi.UnitContext;
import org.sluice.testkit.backend.BackendConformance;

/** What the backend says of itself is so. */
public class NoneConformanceTest extends BackendConformance {
    private static final AddressRange RAM = new AddressRange(0, 0xf_ffff);

    private final PhysicalMemory memory = PhysicalMemory.allocate(RAM);

    @Override
    protected Backend backend() {
        return new NoneBackend("test");
    }

    @Override
    protected UnitContext unit() {
        UnitDescription unit = new UnitDescription("none0", None.UNIT_TYPE, -1, Attributes.EMPTY);
        return new UnitContext(new MachineDescription("test", null, memory.ram(), List.of(unit), List.of(), List.of(), List.of(), List.of(),
                Attributes.EMPTY), unit, memory, null);
    }

    @Override
    protected AddressRange tables() {
        return new AddressRange(0x1_0000, 0x1_ffff);
    }
}
