// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.register;

import org.sluice.machine.RegisterPort;

/**
 * Registers as software sees them, one of which is the tail of the queue that it fills with commands. Nothing else in the file hangs on the
 * tail, so neither its write nor what follows takes the file's monitor. What any write starts is done when it returns, when the file is
 * unlocked. Thread-safe.
 */
public abstract class DeliveringPort implements RegisterPort {
    private final RegisterFile registers;
    private final int tail;
    private final int pointer;

    /**
     * @param tail offset of the word that is the tail, or its low half; 0 after reset
     * @param pointer the bits of it that software may write
     */
    protected DeliveringPort(RegisterFile registers, int tail, int pointer) {
        this.registers = registers;
        this.tail = tail;
        this.pointer = pointer;
        registers.define(tail, 0, pointer, 0);
    }

    /** Runs the queue to its tail, in the thread that has written it. */
    protected abstract void tailMoved();

    /** Does after each write what it has left to be done without the monitor: sending messages, say. */
    protected abstract void settle();

    @Override
    public boolean isKnown(int offset, int bytes) {
        return registers.isKnown(offset, bytes);
    }

    @Override
    public final int read32(int offset) {
        return registers.read32(offset);
    }

    @Override
    public final void write32(int offset, int value) {
        if (offset == tail) {
            registers.advance(tail, value & pointer);
            tailMoved();
        } else {
            registers.write32(offset, value);
        }
        settle();
    }

    @Override
    public final void write64(int offset, long value) {
        if (offset == tail) {
            registers.advance(tail, (int) value & pointer);
            tailMoved();
        } else {
            registers.write64(offset, value);
        }
        settle();
    }
}
