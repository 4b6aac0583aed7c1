// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.riscv.lookup;

import org.sluice.backend.riscv.layout.Registers;
import org.sluice.machine.RegisterPort;

/**
 * The registers that decide how accesses are treated, read once. Immutable. Nothing but the mode can be told without the capabilities:
 * they give the size of a device context.
 *
 * @param capabilities null if not known
 * @param features fctl; null if not known
 * @param directory ddtp; null if not known
 */
public record UnitState(Long capabilities, Long features, Long directory) {
    static final int OFF = 0;
    static final int BARE = 1;
    /** Modes above this one minus it: levels of the device directory. */
    static final int NO_LEVELS = 1;
    static final int MOST_LEVELS = 3;

    public static UnitState read(RegisterPort port) {
        return new UnitState(Registers.read(Registers.CAPABILITIES, port), Registers.read(Registers.FEATURES, port), Registers.read(Registers.DIRECTORY, port));
    }

    public boolean has(String capability) {
        return Registers.capability(capability).get(capabilities) != 0;
    }

    public int addressBits() {
        return (int) Registers.capability("PAS").get(capabilities);
    }

    public boolean extendedContexts() {
        return has("MSI_FLAT");
    }

    public boolean bigEndian() {
        return Registers.feature("BE").get(features) != 0;
    }

    public boolean narrow() {
        return Registers.feature("GXL").get(features) != 0;
    }

    int mode() {
        return (int) Registers.MODE.get(directory);
    }
}
