// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.model;

import org.sluice.kit.register.Messages;
import org.sluice.kit.register.RegisterFile;

/**
 * One event of the unit with its four registers: control, data, address, upper address (FECTL and those behind it). A masked event
 * is held back in IP and sent when the mask goes. The register file's monitor is held by whoever calls.
 */
final class EventMessage {
    private static final int MASKED = 1 << 31;
    private static final int PENDING = 1 << 30;

    private final RegisterFile registers;
    private final Messages messages;
    private final int control;

    /** @param control offset of the control register */
    EventMessage(RegisterFile registers, Messages messages, int control) {
        this.registers = registers;
        this.messages = messages;
        this.control = control;
        registers.define(control, MASKED, MASKED, 0).define(control + 4, 0, -1, 0).define(control + 8, 0, -4, 0)
                .define(control + 12, 0, -1, 0)
                .onWrite(control, (before, written) -> unmasked());
    }

    void raise() {
        if ((registers.read32(control) & MASKED) != 0) {
            registers.change(control, PENDING, 0);
        } else {
            send();
        }
    }

    /** Software has dealt with what the event was about. */
    void serviced() {
        registers.change(control, 0, PENDING);
    }

    private void unmasked() {
        if ((registers.read32(control) & (MASKED | PENDING)) == PENDING) {
            registers.change(control, 0, PENDING);
            send();
        }
    }

    private void send() {
        messages.note(registers.read64(control + 8), registers.read32(control + 4));
    }
}
