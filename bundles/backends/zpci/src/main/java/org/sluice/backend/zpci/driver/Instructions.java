// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci.driver;

import org.sluice.backend.zpci.layout.ConditionCodes;
import org.sluice.backend.zpci.layout.FunctionBlock;
import org.sluice.backend.zpci.layout.InstructionBlock;
import org.sluice.kit.register.Polling;
import org.sluice.machine.Hex;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;
import org.sluice.machine.RegisterPort;

/** Executes instructions through the block; while the unit says that it is busy, again and again, but not for ever. Not thread-safe. */
final class Instructions {
    private static final int FIRST = 1;
    private static final int SECOND = 2;

    private final RegisterPort registers;
    private final String unit;
    private int completion;

    /**
     * How an instruction ended.
     *
     * @param condition 0, 1 or 3
     * @param status only with 1
     */
    record Completion(int condition, int status) {
        private static final Completion DONE = new Completion(ConditionCodes.OK, 0);

        boolean isDone() {
            return condition == ConditionCodes.OK;
        }

        boolean isInvalidHandle() {
            return condition == ConditionCodes.INVALID_HANDLE;
        }

        boolean is(int code) {
            return condition == ConditionCodes.ERROR && status == code;
        }
    }

    Instructions(RegisterPort registers, String unit) {
        this.registers = registers;
        this.unit = unit;
    }

    /** @throws IommuException {@code UNSUPPORTED} if there is no block */
    void identify() {
        boolean there = registers.isKnown(InstructionBlock.IDENTITY.offset(), InstructionBlock.BYTES)
                && registers.read32(InstructionBlock.IDENTITY.offset()) == InstructionBlock.IDENTITY_VALUE
                && registers.read32(InstructionBlock.VERSION.offset()) == InstructionBlock.VERSION_VALUE;
        if (!there) {
            throw new IommuException(Reason.UNSUPPORTED, "unit " + unit + " has no instruction block of version " + InstructionBlock.VERSION_VALUE);
        }
    }

    Completion modify(long handle, int operation, long fib) {
        return run(InstructionBlock.MPCIFC, FunctionBlock.HANDLE.put(handle) | FunctionBlock.OPERATION.put(operation), 0, 0, fib);
    }

    Completion store(long handle, long fib) {
        return run(InstructionBlock.STPCIFC, FunctionBlock.HANDLE.put(handle), 0, 0, fib);
    }

    Completion refresh(long handle, long start, long bytes) {
        return run(InstructionBlock.RPCIT, FunctionBlock.HANDLE.put(handle), start, bytes, 0);
    }

    /** @throws IommuException {@code IO} for any condition code but 0 */
    void callProcessor(long block) {
        require(InstructionBlock.CLP, run(InstructionBlock.CLP, 0, block, 0, 0));
    }

    /** @throws IommuException {@code IO} for any condition code but 0 */
    void callChannels(long block) {
        require(InstructionBlock.CHSC, run(InstructionBlock.CHSC, block, 0, 0, 0));
    }

    private void require(int opcode, Completion ended) {
        if (!ended.isDone()) {
            throw new IommuException(Reason.IO, "unit " + unit + " ended " + InstructionBlock.name(opcode) + " with condition code " + ended.condition());
        }
    }

    private Completion run(int opcode, long one, long two, long three, long storage) {
        if (execute(opcode, one, two, three, storage) == ConditionCodes.BUSY) {
            executeAgain(opcode, one, two, three, storage);
        }
        long interruption = InstructionBlock.INTERRUPTION.get(completion & 0xffff_ffffL);
        if (interruption != 0) {
            throw new IommuException(Reason.IO, "unit " + unit + " refused " + InstructionBlock.name(opcode) + " with program interruption " + Hex.of(interruption)
                    + " (" + InstructionBlock.INTERRUPTION.meaningOf(interruption) + ")");
        }
        // Only an error comes with a status, which is read then.
        return condition() == ConditionCodes.OK ? Completion.DONE
                : new Completion(condition(), (int) FunctionBlock.STATUS.get(registers.read64(InstructionBlock.OPERAND_1.offset())));
    }

    private void executeAgain(int opcode, long one, long two, long three, long storage) {
        Polling.await(() -> execute(opcode, one, two, three, storage) != ConditionCodes.BUSY, "unit " + unit + " did not stop being busy for "
                + InstructionBlock.name(opcode));
    }

    private int execute(int opcode, long one, long two, long three, long storage) {
        registers.write64(InstructionBlock.OPERAND_1.offset(), one);
        registers.write64(InstructionBlock.OPERAND_2.offset(), two);
        registers.write64(InstructionBlock.OPERAND_3.offset(), three);
        registers.write64(InstructionBlock.STORAGE.offset(), storage);
        registers.write32(InstructionBlock.INSTRUCTION.offset(), (int) (InstructionBlock.OPCODE.put(opcode) | InstructionBlock.FIRST_REGISTER.put(FIRST)
                | InstructionBlock.SECOND_REGISTER.put(SECOND)));
        completion = registers.read32(InstructionBlock.COMPLETION.offset());
        return condition();
    }

    private int condition() {
        return (int) InstructionBlock.CONDITION.get(completion & 0xffff_ffffL);
    }
}
