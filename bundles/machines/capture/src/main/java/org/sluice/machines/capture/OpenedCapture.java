// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.capture;

import java.util.Map;

import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.RegisterImage;
import org.sluice.machine.RegisterPort;
import org.sluice.spi.MachineSource.OpenedMachine;

/**
 * A machine read from files. The file itself is closed already; what remains is its mapping, which Java 17 cannot end by
 * force without endangering a reader in another thread, so {@link #close} lets go of it and the garbage collector unmaps it.
 * Thread-safe.
 */
final class OpenedCapture implements OpenedMachine {
    private final MachineDescription description;
    private final Map<String, RegisterImage> registers;
    private volatile PhysicalMemory memory;

    OpenedCapture(MachineDescription description, Map<String, RegisterImage> registers, PhysicalMemory memory) {
        this.description = description;
        this.registers = Map.copyOf(registers);
        this.memory = memory;
    }

    @Override
    public MachineDescription description() {
        return description;
    }

    @Override
    public PhysicalMemory memory() {
        PhysicalMemory open = memory;
        if (open == null) {
            throw new IommuException(Reason.NOT_FOUND, "machine " + description.name() + " is closed; open it again");
        }
        return open;
    }

    @Override
    public RegisterPort registers(UnitDescription unit) {
        RegisterImage image = registers.get(unit.name());
        return image == null ? new RegisterImage(unit.name(), Map.of()) : image;
    }

    @Override
    public void close() {
        memory = null;
    }
}
