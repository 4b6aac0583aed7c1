// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.driver;

import org.sluice.api.layout.BitField;
import org.sluice.backend.smmuv3.layout.ControlRegisters;
import org.sluice.backend.smmuv3.lookup.UnitState;
import org.sluice.kit.register.Polling;
import org.sluice.kit.register.Register;
import org.sluice.kit.register.RegisterWords;
import org.sluice.machine.RegisterPort;

/** The unit's registers for a driver: each enable is awaited in its acknowledgement (section 6.3.9). Not thread-safe. */
final class UnitPort {
    private final RegisterPort registers;
    private final String unit;
    private final UnitState identity;

    UnitPort(RegisterPort registers, String unit) {
        this.registers = registers;
        this.unit = unit;
        identity = UnitState.read(registers);
    }

    String unit() {
        return unit;
    }

    /** Its identification registers; control registers are read anew each time. */
    UnitState identity() {
        return identity;
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

    void switchOn(BitField enable) {
        enables(read(ControlRegisters.CR0) | enable.put(1));
    }

    /** Writes CR0 and waits until all of it has taken effect. */
    void enables(long value) {
        write(ControlRegisters.CR0, value);
        Polling.await(() -> read(ControlRegisters.CR0ACK) == value, "unit " + unit + " did not acknowledge its enables (CR0ACK)");
    }

    /** What happens to transactions while translation is off: they abort. */
    void abortWhileOff() {
        long update = ControlRegisters.BYPASS_UPDATE.put(1);
        awaitBypass(update);
        write(ControlRegisters.GBPA, read(ControlRegisters.GBPA) | ControlRegisters.BYPASS_ABORT.put(1) | update);
        awaitBypass(update);
    }

    private void awaitBypass(long update) {
        Polling.await(() -> (read(ControlRegisters.GBPA) & update) == 0, "unit " + unit + " did not update its bypass attributes (GBPA)");
    }

    /** Global errors that software has not acknowledged yet. */
    long errors() {
        return read(ControlRegisters.GERROR) ^ read(ControlRegisters.GERRORN);
    }

    void acknowledgeErrors() {
        write(ControlRegisters.GERRORN, read(ControlRegisters.GERROR));
    }
}
