// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.register;

import org.sluice.machine.RegisterPort;

/** Registers as software sees them: what a write makes the unit send goes out when the registers are unlocked. Thread-safe. */
public record DeliveringPort(RegisterFile registers, Messages messages) implements RegisterPort {
    @Override
    public boolean isKnown(int offset, int bytes) {
        return registers.isKnown(offset, bytes);
    }

    @Override
    public int read32(int offset) {
        return registers.read32(offset);
    }

    @Override
    public void write32(int offset, int value) {
        registers.write32(offset, value);
        messages.deliver();
    }

    @Override
    public void write64(int offset, long value) {
        registers.write64(offset, value);
        messages.deliver();
    }
}
