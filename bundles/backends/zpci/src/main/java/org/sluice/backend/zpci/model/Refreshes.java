// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci.model;

import org.sluice.backend.zpci.layout.ConditionCodes;
import org.sluice.backend.zpci.layout.EventCodes;
import org.sluice.backend.zpci.layout.InstructionBlock;
import org.sluice.backend.zpci.lookup.FunctionState;
import org.sluice.backend.zpci.lookup.ZpciFunction;
import org.sluice.backend.zpci.lookup.ZpciFunction.Target;
import org.sluice.machine.PhysicalMemory;

/** Refresh PCI Translations. Instructions are serialised by the caller. */
final class Refreshes {
    private static final long PAGE_MASK = 0xfff;

    private final FunctionTable functions;
    private final TablePieces pieces;

    Refreshes(FunctionTable functions, PhysicalMemory memory) {
        this.functions = functions;
        pieces = new TablePieces(memory);
    }

    int refresh(Operands operands) {
        if ((operands.secondRegister & 1) != 0) {
            return Operands.interruption(InstructionBlock.SPECIFICATION_EXCEPTION);
        }
        ModelFunction function = functions.byHandle(operands.handle());
        if (function == null || !function.state().isUsable()) {
            return Operands.invalidHandle();
        }
        if (function.state() == FunctionState.ERROR) {
            return operands.error(ConditionCodes.RECOVERY);
        }
        ZpciFunction now = function.space().function();
        long start = operands.second & ~PAGE_MASK;
        if (!function.isRegistered() || now.first() == null || now.last() == null) {
            return stop(operands, function, EventCodes.INVALAS.code(), start, 0);
        }
        long end = operands.second + operands.third;
        // A range that would wrap ends at the top.
        long last = operands.third != 0 && Long.compareUnsigned(end - 1, operands.second) < 0 ? -1L : end - 1 | PAGE_MASK;
        long reach = now.target() == Target.TABLES ? now.lastTranslated() : now.last();
        boolean outside = Long.compareUnsigned(start, reach) > 0 || operands.third != 0 && Long.compareUnsigned(last, now.first()) < 0;
        if (outside) {
            return stop(operands, function, EventCodes.OORANGE.code(), start, 0);
        }
        if (operands.third == 0) {
            return counted(function, Operands.done());
        }
        return clamped(operands, function, larger(start, now.first()), smaller(last, reach));
    }

    private int clamped(Operands operands, ModelFunction function, long start, long last) {
        return switch (function.space().refresh(pieces, start, last)) {
            case DONE -> counted(function, Operands.done());
            case INSUFFICIENT -> counted(function, operands.error(ConditionCodes.INSUFFICIENT_RESOURCES));
            case BAD_TABLE -> stop(operands, function, pieces.code(), pieces.start(), pieces.level());
        };
    }

    private static int stop(Operands operands, ModelFunction function, int code, long address, int level) {
        function.stopForRefresh(code, address, level);
        return operands.error(ConditionCodes.FUNCTION_IN_ERROR);
    }

    private static int counted(ModelFunction function, int completion) {
        long block = function.measurement.block();
        if (!function.measurement.refreshed()) {
            function.report(EventCodes.FMBA.code(), block);
        }
        return completion;
    }

    private static long larger(long a, long b) {
        return Long.compareUnsigned(a, b) > 0 ? a : b;
    }

    private static long smaller(long a, long b) {
        return Long.compareUnsigned(a, b) < 0 ? a : b;
    }
}
