// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.register;

import org.sluice.machine.RegisterPort;

/**
 * Registers as software sees them: what a write starts beside the registers is done when they are unlocked. Thread-safe.
 *
 * @param after done after each write: sending messages, say
 */
public record DeliveringPort(RegisterFile registers, Runnable after) implements RegisterPort {
    public DeliveringPort(RegisterFile registers, Messages messages) {
        this(registers, messages::deliver);
    }

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
        after.run();
    }

    @Override
    public void write64(int offset, long value) {
        registers.write64(offset, value);
        after.run();
    }
}
