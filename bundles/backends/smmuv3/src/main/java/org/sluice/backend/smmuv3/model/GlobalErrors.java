// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.model;

import org.sluice.api.layout.BitField;
import org.sluice.backend.smmuv3.layout.ControlRegisters;
import org.sluice.backend.smmuv3.layout.QueueRegisters;
import org.sluice.kit.register.RegisterFile;

/**
 * Global errors (SMMU_GERROR, section 7.5): an error is active where GERROR and GERRORN differ, and software acknowledges it by making
 * them equal. One that is active already is not raised again. The register file's monitor is held by whoever calls.
 */
final class GlobalErrors {
    private static final int GERROR = ControlRegisters.GERROR.offset();
    private static final int GERRORN = ControlRegisters.GERRORN.offset();

    private final RegisterFile registers;
    private final MessageSource source;

    /** @param acknowledged called when software has written GERRORN */
    GlobalErrors(RegisterFile registers, MessageWriter writer, Runnable acknowledged) {
        this.registers = registers;
        registers.define(GERROR, 0, 0, 0).define(GERRORN, 0, (int) every(), 0).onWrite(GERRORN, (before, written) -> acknowledged.run());
        source = new MessageSource(registers, writer, QueueRegisters.ERROR_MESSAGE, ControlRegisters.ERROR_INTERRUPT,
                ControlRegisters.ERROR_MESSAGE_ABORT, 0, this::raise);
    }

    private static long every() {
        return ControlRegisters.COMMAND_ERROR.put(1) | ControlRegisters.EVENT_ABORT.put(1) | ControlRegisters.PAGE_REQUEST_ABORT.put(1)
                | ControlRegisters.SYNC_MESSAGE_ABORT.put(1) | ControlRegisters.EVENT_MESSAGE_ABORT.put(1)
                | ControlRegisters.PAGE_REQUEST_MESSAGE_ABORT.put(1) | ControlRegisters.ERROR_MESSAGE_ABORT.put(1);
    }

    boolean active(BitField error) {
        return error.get(registers.read32(GERROR) ^ registers.read32(GERRORN)) != 0;
    }

    void raise(BitField error) {
        if (active(error)) {
            return;
        }
        registers.set(GERROR, registers.read32(GERROR) ^ (int) error.put(1));
        // That the message of this very source failed is told by the register alone.
        if (error != ControlRegisters.ERROR_MESSAGE_ABORT) {
            source.raise();
        }
    }
}
