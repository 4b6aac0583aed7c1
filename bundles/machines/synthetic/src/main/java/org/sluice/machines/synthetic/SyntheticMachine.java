// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.synthetic;

import org.sluice.machine.AddressRange;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.RegisterImage;
import org.sluice.machine.RegisterPort;
import org.sluice.spi.MachineSource.OpenedMachine;

/** A made-up machine; its memory goes with the last reference to it. */
record SyntheticMachine(MachineDescription description, PhysicalMemory memory, RegisterImage registers,
        AddressRange driverMemory) implements OpenedMachine {
    @Override
    public RegisterPort registers(UnitDescription unit) {
        return registers;
    }

    @Override
    public void close() {
        // Nothing is held but memory.
    }
}
