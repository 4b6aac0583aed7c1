// SPDX-License-Identifier: Apache-2.0
package org.sluice.spi;

import org.sluice.machine.MachineDescription;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.RegisterPort;

/** What a backend gets of one unit: bytes in memory and registers, and the machine around it. */
public record UnitContext(MachineDescription machine, UnitDescription unit, PhysicalMemory memory, RegisterPort registers) {
}
