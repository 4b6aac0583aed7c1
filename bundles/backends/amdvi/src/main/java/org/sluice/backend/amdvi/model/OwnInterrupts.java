// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi.model;

import org.sluice.api.layout.BitField;
import org.sluice.backend.amdvi.layout.AmdVi;
import org.sluice.backend.amdvi.layout.ControlRegisters;
import org.sluice.backend.amdvi.layout.InterruptMessage;
import org.sluice.kit.register.Messages;
import org.sluice.kit.register.Register;
import org.sluice.kit.register.RegisterFile;

/**
 * Interrupts of the unit itself: by the x2APIC registers if CONTROL.IntCapXTEn says so, else by the MSI registers that software has
 * programmed. A unit that keeps those in its PCI function only (EFR.MsiCapMmioSup=0) has no way to interrupt here. The register file's
 * monitor is held by whoever calls.
 */
final class OwnInterrupts {
    private static final int DESTINATION_LOW_BITS = 24;

    private final RegisterFile registers;
    private final Messages messages;

    OwnInterrupts(RegisterFile registers, Messages messages, long efr) {
        this.registers = registers;
        this.messages = messages;
        if (ControlRegisters.MSI_SUPPORTED.get(efr) != 0) {
            registers.define(ControlRegisters.MSI_LOW.offset(), 0, -4, 0).define(ControlRegisters.MSI_HIGH.offset(), 0, -1, 0)
                    .define(ControlRegisters.MSI_DATA.offset(), 0, 0xffff, 0);
        }
        if (ControlRegisters.X2APIC_SUPPORTED.get(efr) != 0) {
            long mask = ControlRegisters.XT_MODE.put(-1) | ControlRegisters.XT_DESTINATION.put(-1) | ControlRegisters.XT_VECTOR.put(-1)
                    | ControlRegisters.XT_DELIVERY.put(-1) | ControlRegisters.XT_DESTINATION_HIGH.put(-1);
            registers.define64(ControlRegisters.XT_GENERAL.offset(), 0, mask, 0).define64(ControlRegisters.XT_PPR.offset(), 0, mask, 0)
                    .define64(ControlRegisters.XT_GA.offset(), 0, mask, 0);
        }
    }

    /** Sends one if {@code wanted} is set in CONTROL. */
    void raise(BitField wanted, Register extended) {
        long control = registers.read64(ControlRegisters.CONTROL.offset());
        if (wanted.get(control) == 0) {
            return;
        }
        if (ControlRegisters.OWN_X2APIC.get(control) != 0) {
            extended(registers.read64(extended.offset()));
            return;
        }
        long address = registers.read32(ControlRegisters.MSI_LOW.offset()) & 0xffff_ffffL
                | (long) registers.read32(ControlRegisters.MSI_HIGH.offset()) << Integer.SIZE;
        if (address != 0) {
            messages.note(address, registers.read32(ControlRegisters.MSI_DATA.offset()));
        }
    }

    private void extended(long xt) {
        long destination = ControlRegisters.XT_DESTINATION.get(xt) | ControlRegisters.XT_DESTINATION_HIGH.get(xt) << DESTINATION_LOW_BITS;
        messages.note(AmdVi.INTERRUPT_WINDOW.start() | InterruptMessage.OUT_DESTINATION.put(destination)
                | InterruptMessage.OUT_DESTINATION_HIGH.put(destination >>> 8) | InterruptMessage.OUT_MODE.put(ControlRegisters.XT_MODE.get(xt)),
                (int) (InterruptMessage.OUT_VECTOR.put(ControlRegisters.XT_VECTOR.get(xt))
                        | InterruptMessage.OUT_DELIVERY.put(ControlRegisters.XT_DELIVERY.get(xt)) | InterruptMessage.OUT_ASSERT.put(1)));
    }
}
