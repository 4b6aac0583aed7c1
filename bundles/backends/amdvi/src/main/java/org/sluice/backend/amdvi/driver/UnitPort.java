// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi.driver;

import java.util.function.BooleanSupplier;

import org.sluice.api.layout.BitField;
import org.sluice.backend.amdvi.layout.ControlRegisters;
import org.sluice.kit.register.Polling;
import org.sluice.kit.register.Register;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;
import org.sluice.machine.RegisterPort;

/** The unit's registers for a driver. Not thread-safe. */
final class UnitPort {
    private final RegisterPort registers;
    private final String unit;
    private final long efr;

    UnitPort(RegisterPort registers, String unit) {
        this.registers = registers;
        this.unit = unit;
        efr = registers.read64(ControlRegisters.EFR.offset());
    }

    String unit() {
        return unit;
    }

    /** A field of the feature register. */
    long feature(BitField field) {
        return field.get(efr);
    }

    long read(Register register) {
        return registers.read64(register.offset());
    }

    void write(Register register, long value) {
        registers.write64(register.offset(), value);
    }

    RegisterPort raw() {
        return registers;
    }

    /** Sets and clears bits of CONTROL, all others as they are. */
    void control(long set, long clear) {
        write(ControlRegisters.CONTROL, read(ControlRegisters.CONTROL) & ~clear | set);
    }

    boolean status(BitField bit) {
        return bit.get(read(ControlRegisters.STATUS)) != 0;
    }

    /** Waits for hardware. */
    void await(BooleanSupplier done, String failure) {
        Polling.await(done, "unit " + unit + " " + failure);
    }

    IommuException failure(Reason reason, String what) {
        return new IommuException(reason, "unit " + unit + " " + what);
    }
}
