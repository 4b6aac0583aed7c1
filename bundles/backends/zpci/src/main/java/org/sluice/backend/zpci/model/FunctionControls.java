// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci.model;

import org.sluice.backend.zpci.layout.Anchor;
import org.sluice.backend.zpci.layout.ConditionCodes;
import org.sluice.backend.zpci.layout.EventCodes;
import org.sluice.backend.zpci.layout.FunctionBlock;
import org.sluice.backend.zpci.layout.InstructionBlock;
import org.sluice.backend.zpci.layout.MeasurementBlock;
import org.sluice.backend.zpci.lookup.FunctionGroup;
import org.sluice.backend.zpci.lookup.FunctionState;
import org.sluice.backend.zpci.lookup.Storage;
import org.sluice.backend.zpci.lookup.ZpciFunction;
import org.sluice.backend.zpci.lookup.ZpciFunction.Registered;
import org.sluice.backend.zpci.model.ModelFunction.InterruptArea;

/** Modify PCI Function Controls and Store PCI Function Controls. Instructions are serialised by the caller. */
final class FunctionControls {
    private static final int WORDS = FunctionBlock.BYTES / Long.BYTES;
    private static final long PAGE_MASK = 0xfff;
    private static final int INTERRUPT_SHIFT = 32;

    private final FunctionTable functions;
    private final FunctionGroup group;
    private final Storage storage;

    FunctionControls(FunctionTable functions, FunctionGroup group, Storage storage) {
        this.functions = functions;
        this.group = group;
        this.storage = storage;
    }

    int modify(Operands operands) {
        if ((operands.storage & Long.BYTES - 1) != 0) {
            return Operands.interruption(InstructionBlock.SPECIFICATION_EXCEPTION);
        }
        ModelFunction function = functions.byHandle(operands.handle());
        if (function == null || !function.state().isUsable()) {
            return Operands.invalidHandle();
        }
        if (!storage.canRead(operands.storage, FunctionBlock.BYTES)) {
            return Operands.interruption(InstructionBlock.ADDRESSING_EXCEPTION);
        }
        long[] fib = storage.words(operands.storage, WORDS);
        if (FunctionBlock.FORMAT.get(fib[FunctionBlock.FORMAT_WORD]) != 0) {
            return Operands.interruption(InstructionBlock.OPERAND_EXCEPTION);
        }
        return switch ((int) FunctionBlock.OPERATION.get(operands.first())) {
            case FunctionBlock.REGISTER_INTERRUPTS -> registerInterrupts(operands, function, fib);
            case FunctionBlock.UNREGISTER_INTERRUPTS -> unregisterInterrupts(operands, function);
            case FunctionBlock.REGISTER_TRANSLATION -> translation(operands, function, fib, false);
            case FunctionBlock.REREGISTER_TRANSLATION -> translation(operands, function, fib, true);
            case FunctionBlock.UNREGISTER_TRANSLATION -> unregisterTranslation(operands, function);
            case FunctionBlock.RESET_ERROR -> function.resetError() ? Operands.done() : operands.error(ConditionCodes.SEQUENCE);
            case FunctionBlock.RESET_BLOCK -> function.resetBlock() ? Operands.done() : operands.error(ConditionCodes.SEQUENCE);
            case FunctionBlock.SET_MEASUREMENT -> setMeasurement(operands, function, fib[FunctionBlock.FMB_WORD]);
            default -> Operands.interruption(InstructionBlock.OPERAND_EXCEPTION);
        };
    }

    private int registerInterrupts(Operands operands, ModelFunction function, long[] fib) {
        if (function.interrupts() != null) {
            return operands.error(ConditionCodes.SEQUENCE);
        }
        InterruptArea area = new InterruptArea(fib[FunctionBlock.INTERRUPT_WORD_HIGH] >>> INTERRUPT_SHIFT, fib[FunctionBlock.AIBV_WORD],
                fib[FunctionBlock.AISB_WORD]);
        if (area.count() > group.interrupts() || !isThere(area.aibv(), area.vectorBit(Math.max(area.count(), 1) - 1))
                || area.hasSummary() && !isThere(area.aisb(), area.summaryBit())) {
            return operands.error(ConditionCodes.RESOURCE_NOT_AVAILABLE);
        }
        function.setInterrupts(area);
        return Operands.done();
    }

    /** Whether the vector is aligned and in storage up to the byte of its last bit. */
    private boolean isThere(long vector, long lastBit) {
        return (vector & Long.BYTES - 1) == 0 && storage.canRead(vector, (int) (Storage.byteOf(0, lastBit) + 1));
    }

    private static int unregisterInterrupts(Operands operands, ModelFunction function) {
        if (function.interrupts() == null) {
            return operands.error(ConditionCodes.SEQUENCE);
        }
        function.setInterrupts(null);
        return Operands.done();
    }

    private int translation(Operands operands, ModelFunction function, long[] fib, boolean again) {
        if (FunctionBlock.ADDRESS_SPACE.get(operands.first()) != 0) {
            return operands.error(ConditionCodes.INVALID_SPACE);
        }
        if (function.isRegistered() != again) {
            return operands.error(ConditionCodes.SEQUENCE);
        }
        long first = fib[FunctionBlock.PBA_WORD] & ~PAGE_MASK;
        long last = fib[FunctionBlock.PAL_WORD] | PAGE_MASK;
        long iota = fib[FunctionBlock.IOTA_WORD];
        boolean within = function.first != null && function.last != null && Long.compareUnsigned(first, last) <= 0
                && Long.compareUnsigned(first, function.first) >= 0 && Long.compareUnsigned(last, function.last) <= 0;
        if (!within || !group.accepts(iota)) {
            return Operands.interruption(InstructionBlock.OPERAND_EXCEPTION);
        }
        function.register(new Registered(iota, first, last));
        return Operands.done();
    }

    private static int unregisterTranslation(Operands operands, ModelFunction function) {
        if (FunctionBlock.ADDRESS_SPACE.get(operands.first()) != 0) {
            return operands.error(ConditionCodes.INVALID_SPACE);
        }
        if (!function.isRegistered()) {
            return operands.error(ConditionCodes.SEQUENCE);
        }
        function.register(null);
        return Operands.done();
    }

    /** Storage keys are not modelled: a block under another key than 0 is taken for a protected one. */
    private static int setMeasurement(Operands operands, ModelFunction function, long block) {
        if ((block & MeasurementBlock.KEY) != 0) {
            function.measurement.stop();
            function.report(EventCodes.FMBPRO.code(), block);
            return operands.error(ConditionCodes.OK);
        }
        function.measurement.start(block);
        return Operands.done();
    }

    int store(Operands operands) {
        if (FunctionBlock.ADDRESS_SPACE.get(operands.first()) != 0) {
            return operands.error(ConditionCodes.INVALID_SPACE);
        }
        if ((operands.storage & Long.BYTES - 1) != 0) {
            return Operands.interruption(InstructionBlock.SPECIFICATION_EXCEPTION);
        }
        long handle = operands.handle();
        boolean asEnabled = Anchor.HANDLE_ENABLED.get(handle) != 0;
        ModelFunction function = functions.byIndex(handle);
        FunctionState state = function == null ? FunctionState.RESERVED : function.state();
        if (state == FunctionState.PERMANENT_ERROR) {
            return operands.error(ConditionCodes.PERMANENT_ERROR);
        }
        if (state == FunctionState.RESERVED || state == FunctionState.STANDBY || asEnabled && function.handle() != handle) {
            return Operands.invalidHandle();
        }
        if (!storage.canWrite(operands.storage, FunctionBlock.BYTES)) {
            return Operands.interruption(InstructionBlock.ADDRESSING_EXCEPTION);
        }
        storage.put(operands.storage, state.isUsable() ? block(function, state) : new long[WORDS]);
        operands.setFirst(operands.first() & ~FunctionBlock.HANDLE.put(-1) | FunctionBlock.HANDLE.put(function.handle()));
        return Operands.done();
    }

    private static long[] block(ModelFunction function, FunctionState state) {
        long[] fib = new long[WORDS];
        ZpciFunction now = function.space().function();
        fib[FunctionBlock.STATE_WORD] = FunctionBlock.ENABLED.put(1) | FunctionBlock.IN_ERROR.put(state == FunctionState.ERROR ? 1 : 0)
                | FunctionBlock.BLOCKED.put(state == FunctionState.ENABLED ? 0 : 1) | FunctionBlock.REGISTERED.put(function.isRegistered() ? 1 : 0);
        if (function.isRegistered()) {
            fib[FunctionBlock.PBA_WORD] = now.first() == null ? 0 : now.first();
            fib[FunctionBlock.PAL_WORD] = now.last() == null ? 0 : now.last();
            fib[FunctionBlock.IOTA_WORD] = now.iota();
        }
        InterruptArea area = function.interrupts();
        if (area != null) {
            fib[FunctionBlock.INTERRUPT_WORD_HIGH] = area.word() << INTERRUPT_SHIFT;
            fib[FunctionBlock.AIBV_WORD] = area.aibv();
            fib[FunctionBlock.AISB_WORD] = area.aisb();
        }
        fib[FunctionBlock.FMB_WORD] = function.measurement.block();
        return fib;
    }
}
