// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci.model;

import org.sluice.backend.zpci.layout.ConditionCodes;
import org.sluice.backend.zpci.layout.FunctionBlock;
import org.sluice.backend.zpci.layout.InstructionBlock;

/** What one instruction works on, and how it ended. Filled anew for each. */
final class Operands {
    long second;
    long third;
    long storage;
    int secondRegister;
    private long first;

    void fill(long newFirst, long newSecond, long newThird, long newStorage, int newSecondRegister) {
        first = newFirst;
        second = newSecond;
        third = newThird;
        storage = newStorage;
        secondRegister = newSecondRegister;
    }

    long first() {
        return first;
    }

    void setFirst(long value) {
        first = value;
    }

    /** The handle in the first operand. */
    long handle() {
        return FunctionBlock.HANDLE.get(first);
    }

    static int done() {
        return ConditionCodes.OK;
    }

    static int invalidHandle() {
        return ConditionCodes.INVALID_HANDLE;
    }

    /** Condition code 1, with the status in the first operand. */
    int error(int status) {
        first = first & ~FunctionBlock.STATUS.put(-1) | FunctionBlock.STATUS.put(status);
        return ConditionCodes.ERROR;
    }

    /** The instruction is suppressed with a program interruption. */
    static int interruption(int code) {
        return (int) InstructionBlock.INTERRUPTION.put(code);
    }
}
