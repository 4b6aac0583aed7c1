// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.driver;

import java.util.function.BooleanSupplier;

import org.sluice.api.layout.BitField;
import org.sluice.backend.vtd.layout.CapabilityRegisters;
import org.sluice.backend.vtd.layout.ControlRegisters;
import org.sluice.backend.vtd.layout.Register;
import org.sluice.kit.register.Polling;
import org.sluice.kit.register.RegisterWords;
import org.sluice.machine.RegisterPort;

/** The unit's registers for a driver: global commands one at a time, each awaited in status. Not thread-safe. */
final class UnitPort {
    /** GCMD bits that keep their effect and so stand in every command (section 11.4.4). */
    private static final long LEVELS = ControlRegisters.TRANSLATION_ON.put(1) | ControlRegisters.QUEUE_ON.put(1)
            | ControlRegisters.REMAPPING_ON.put(1) | ControlRegisters.COMPATIBILITY_ON.put(1);

    private final RegisterPort registers;
    private final String unit;
    final long cap;
    final long ecap;

    UnitPort(RegisterPort registers, String unit) {
        this.registers = registers;
        this.unit = unit;
        cap = registers.read64(CapabilityRegisters.CAP.offset());
        ecap = registers.read64(CapabilityRegisters.ECAP.offset());
    }

    String unit() {
        return unit;
    }

    long cap(BitField field) {
        return field.get(cap);
    }

    boolean ecap(BitField flag) {
        return flag.get(ecap) != 0;
    }

    long read(Register register) {
        return RegisterWords.read(registers, register.offset(), register.bytes());
    }

    void write(Register register, long value) {
        RegisterWords.write(registers, register.offset(), register.bytes(), value);
    }

    RegisterPort raw() {
        return registers;
    }

    /** Switches on, or does once, what the bit of GSTS tells, and waits until it tells so. */
    void command(BitField bit) {
        write(ControlRegisters.GCMD, read(ControlRegisters.GSTS) & LEVELS | bit.put(1));
        await(() -> bit.get(read(ControlRegisters.GSTS)) != 0, "did not take the command " + bit.name());
    }

    void switchOff(BitField bit) {
        write(ControlRegisters.GCMD, read(ControlRegisters.GSTS) & LEVELS & ~bit.put(1));
        await(() -> bit.get(read(ControlRegisters.GSTS)) == 0, "did not clear " + bit.name());
    }

    /** Waits for hardware. */
    void await(BooleanSupplier done, String failure) {
        Polling.await(done, "unit " + unit + " " + failure);
    }
}
