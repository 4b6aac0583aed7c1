// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci.model;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

import org.sluice.backend.zpci.layout.InstructionBlock;
import org.sluice.machine.RegisterPort;

/**
 * The instruction block as software sees it. Nothing hangs on an operand before the instruction is written, so operands are words that
 * nobody locks; an instruction holds this object's monitor from its operands' being read to its completion. Reads wait for nobody.
 */
final class InstructionPort implements RegisterPort {
    private static final VarHandle WORDS = MethodHandles.arrayElementVarHandle(long[].class);
    private static final int INSTRUCTION = InstructionBlock.INSTRUCTION.offset();
    private static final int OPERANDS = InstructionBlock.OPERAND_1.offset();
    private static final int BEHIND_OPERANDS = InstructionBlock.STORAGE.offset() + Long.BYTES;
    private static final long LOW = 0xffff_ffffL;

    /** Executes instructions. */
    interface Processor {
        /**
         * Executes one.
         *
         * @param operands filled; the first goes back to software
         * @return the completion
         */
        int execute(int opcode, Operands operands);
    }

    private final EventQueue events;
    private final Processor processor;
    private final Operands operands = new Operands();
    /** The block in words of 64 bits; the number of events is only in the queue. */
    private final long[] words = new long[InstructionBlock.BYTES / Long.BYTES];

    InstructionPort(EventQueue events, Processor processor) {
        this.events = events;
        this.processor = processor;
        words[word(InstructionBlock.IDENTITY.offset())] = InstructionBlock.IDENTITY_VALUE | (long) InstructionBlock.VERSION_VALUE << Integer.SIZE;
    }

    @Override
    public boolean isKnown(int offset, int bytes) {
        return offset >= 0 && offset + bytes <= InstructionBlock.BYTES;
    }

    private static boolean isOperand(int offset) {
        return offset >= OPERANDS && offset < BEHIND_OPERANDS;
    }

    private static int word(int offset) {
        return offset / Long.BYTES;
    }

    private static int shift(int offset) {
        return (offset & Integer.BYTES) * Byte.SIZE;
    }

    @Override
    public int read32(int offset) {
        if (!isKnown(offset, Integer.BYTES)) {
            return 0;
        }
        return offset == InstructionBlock.PENDING.offset() ? events.size() : (int) ((long) WORDS.getAcquire(words, word(offset)) >>> shift(offset));
    }

    @Override
    public long read64(int offset) {
        return isOperand(offset) ? (long) WORDS.getAcquire(words, word(offset)) : RegisterPort.super.read64(offset);
    }

    @Override
    public void write32(int offset, int value) {
        if (isOperand(offset)) {
            writeHalf(offset, value);
        } else if (offset == INSTRUCTION) {
            execute(value);
        }
    }

    @Override
    public void write64(int offset, long value) {
        if (isOperand(offset)) {
            WORDS.setRelease(words, word(offset), value);
        } else {
            RegisterPort.super.write64(offset, value);
        }
    }

    private synchronized void writeHalf(int offset, int value) {
        int shift = shift(offset);
        WORDS.setRelease(words, word(offset), words[word(offset)] & ~(LOW << shift) | (value & LOW) << shift);
    }

    private synchronized void execute(int text) {
        int at = word(OPERANDS);
        operands.fill(words[at], words[at + 1], words[at + 2], words[at + 3], (int) InstructionBlock.SECOND_REGISTER.get(text));
        long completion = processor.execute((int) InstructionBlock.OPCODE.get(text & LOW), operands);
        WORDS.setRelease(words, at, operands.first());
        WORDS.setRelease(words, word(INSTRUCTION), completion << Integer.SIZE | text & LOW);
    }
}
