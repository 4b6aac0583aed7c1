// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.model;

import java.util.List;
import java.util.function.Consumer;

import org.sluice.api.layout.BitField;
import org.sluice.backend.smmuv3.layout.ControlRegisters;
import org.sluice.backend.smmuv3.layout.IdRegisters;
import org.sluice.backend.smmuv3.layout.QueueRegisters;
import org.sluice.kit.register.Register;
import org.sluice.kit.register.RegisterFile;

/**
 * One interrupt source with its three registers, which say where its message goes (SMMU_*_IRQ_CFG0 to 2). They can be written only
 * while the source is switched off. Address 0 sends nothing. The register file's monitor is held by whoever calls.
 */
final class MessageSource {
    private final RegisterFile registers;
    private final MessageWriter writer;
    private final int address;
    private final int data;
    private final BitField enable;
    private final BitField abort;
    private final Consumer<BitField> errors;

    /**
     * @param place the three registers
     * @param enable bit of IRQ_CTRL
     * @param abort global error of a message that cannot be written
     * @param more further writable bits of the third register
     */
    MessageSource(RegisterFile registers, MessageWriter writer, List<Register> place, BitField enable, BitField abort, long more,
            Consumer<BitField> errors) {
        this.registers = registers;
        this.writer = writer;
        this.enable = enable;
        this.abort = abort;
        this.errors = errors;
        address = place.get(0).offset();
        data = place.get(1).offset();
        // Without messages (IDR0.MSI) the registers are reserved.
        boolean sends = IdRegisters.MSI.get(registers.read32(IdRegisters.IDR0.offset())) != 0;
        Guarded guarded = new Guarded(registers, () -> sends && !enabled());
        guarded.define(place.get(0), QueueRegisters.MESSAGE_ADDRESS.put(-1));
        guarded.define(place.get(1), -1);
        guarded.define(place.get(2), QueueRegisters.MESSAGE_ATTRIBUTE.put(-1) | QueueRegisters.MESSAGE_SHARE.put(-1) | more);
    }

    private boolean enabled() {
        return enable.get(registers.read32(ControlRegisters.IRQ_CTRL.offset())) != 0;
    }

    void raise() {
        long where = registers.read64(address);
        if (enabled() && where != 0 && !writer.write(where, registers.read32(data))) {
            errors.accept(abort);
        }
    }
}
