// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci.model;

import java.util.List;

import org.sluice.backend.zpci.layout.Anchor;
import org.sluice.backend.zpci.layout.CallBlocks;
import org.sluice.backend.zpci.layout.CallResponse;
import org.sluice.backend.zpci.layout.InstructionBlock;
import org.sluice.backend.zpci.layout.MeasurementBlock;
import org.sluice.backend.zpci.lookup.FunctionGroup;
import org.sluice.backend.zpci.lookup.FunctionState;
import org.sluice.backend.zpci.lookup.Storage;

/** Call Logical Processor: lists functions, tells what they are, enables and disables them. Instructions are serialised by the caller. */
final class CallProcessor {
    private static final int ALIGNMENT = Long.BYTES - 1;
    private static final int SMALLEST_REQUEST = 16;
    private static final int SMALLEST_RESPONSE = 16;
    private static final int LARGEST_BLOCK = 8192;
    private static final int MOST_FUNCTIONS = 4096;
    private static final int MEASUREMENT_UNIT = 16;
    private static final int TOKEN_WORD = 2;

    private final FunctionTable functions;
    private final FunctionGroup group;
    private final Storage storage;

    CallProcessor(FunctionTable functions, FunctionGroup group, Storage storage) {
        this.functions = functions;
        this.group = group;
        this.storage = storage;
    }

    int call(Operands operands) {
        long block = operands.second;
        if ((block & ALIGNMENT) != 0) {
            return Operands.interruption(InstructionBlock.SPECIFICATION_EXCEPTION);
        }
        if (!storage.canWrite(block, SMALLEST_REQUEST)) {
            return Operands.interruption(InstructionBlock.ADDRESSING_EXCEPTION);
        }
        int request = (int) CallBlocks.LENGTH.get(storage.word(block));
        if (request < SMALLEST_REQUEST || request > LARGEST_BLOCK - SMALLEST_RESPONSE || (request & ALIGNMENT) != 0) {
            return Operands.interruption(InstructionBlock.OPERAND_EXCEPTION);
        }
        if (!storage.canWrite(block, request + SMALLEST_RESPONSE)) {
            return Operands.interruption(InstructionBlock.ADDRESSING_EXCEPTION);
        }
        int room = (int) CallBlocks.LENGTH.get(storage.word(block + request));
        if (room < SMALLEST_RESPONSE || request + room > LARGEST_BLOCK || (room & ALIGNMENT) != 0) {
            return Operands.interruption(InstructionBlock.OPERAND_EXCEPTION);
        }
        if (!storage.canWrite(block, request + room)) {
            return Operands.interruption(InstructionBlock.ADDRESSING_EXCEPTION);
        }
        respond(block, request, room);
        return Operands.done();
    }

    private void respond(long block, int length, int room) {
        long response = block + length;
        if (length != CallBlocks.REQUEST_BYTES) {
            answer(response, CallResponse.LENGTH, SMALLEST_RESPONSE);
            return;
        }
        long[] request = storage.words(block, CallBlocks.REQUEST_BYTES / Long.BYTES);
        if (CallBlocks.FORMAT.get(request[0]) != 0) {
            answer(response, CallResponse.FORMAT, SMALLEST_RESPONSE);
            return;
        }
        switch ((int) CallBlocks.COMMAND.get(request[0])) {
            case CallBlocks.LIST -> list(request, response, room);
            case CallBlocks.QUERY_FUNCTION -> query(request, response, room);
            case CallBlocks.QUERY_GROUP -> queryGroup(request, response, room);
            case CallBlocks.SET_FUNCTION -> set(request, response, room);
            default -> answer(response, CallResponse.COMMAND, SMALLEST_RESPONSE);
        }
    }

    private void answer(long response, CallResponse code, int bytes) {
        storage.put(response, CallBlocks.LENGTH.put(bytes) | CallBlocks.CODE.put(code.code()));
        storage.put(response + Long.BYTES, 0);
    }

    /** The token is the place in the list, counted from 1. */
    private void list(long[] request, long response, int room) {
        if (room < CallBlocks.LIST_BYTES + CallBlocks.ENTRY_BYTES) {
            answer(response, CallResponse.NEEDS_8K, SMALLEST_RESPONSE);
            return;
        }
        List<ModelFunction> present = functions.present();
        long token = request[TOKEN_WORD];
        if (Long.compareUnsigned(token, present.size()) >= 0 && token != 0) {
            answer(response, CallResponse.TOKEN, SMALLEST_RESPONSE);
            return;
        }
        int from = (int) token;
        int count = Math.min(present.size() - from, (room - CallBlocks.LIST_BYTES) / CallBlocks.ENTRY_BYTES);
        long at = response + CallBlocks.LIST_BYTES;
        for (ModelFunction function : present.subList(from, from + count)) {
            storage.put(at, CallBlocks.CONFIGURED.put(function.state() == FunctionState.STANDBY ? 0 : 1));
            storage.put(at + Long.BYTES, CallBlocks.ENTRY_FUNCTION.put(function.id) | CallBlocks.ENTRY_HANDLE.put(function.handle()));
            at += CallBlocks.ENTRY_BYTES;
        }
        answer(response, CallResponse.OK, CallBlocks.LIST_BYTES + count * CallBlocks.ENTRY_BYTES);
        storage.put(response + 2 * Long.BYTES, from + count < present.size() ? from + count : 0);
        storage.put(response + 3 * Long.BYTES, CallBlocks.MOST_FUNCTIONS.put(MOST_FUNCTIONS) | CallBlocks.ENTRY_SIZE.put(CallBlocks.ENTRY_BYTES));
    }

    private void query(long[] request, long response, int room) {
        ModelFunction function = functions.byHandle(CallBlocks.HANDLE.get(request[CallBlocks.HANDLE.word()]));
        CallResponse refused = function == null ? CallResponse.HANDLE : room < CallBlocks.FUNCTION_BYTES ? CallResponse.LENGTH
                : function.first == null || function.last == null ? CallResponse.NO_DATA : null;
        if (refused != null) {
            answer(response, refused, SMALLEST_RESPONSE);
            return;
        }
        storage.clear(response, CallBlocks.FUNCTION_BYTES);
        answer(response, CallResponse.OK, CallBlocks.FUNCTION_BYTES);
        put(response, CallBlocks.GROUP.word(), CallBlocks.GROUP.put(group.number()) | CallBlocks.FUNCTION.put(function.id));
        put(response, CallBlocks.MEASUREMENT_LENGTH.word(), CallBlocks.MEASUREMENT_LENGTH.put(MeasurementBlock.FMB.bytes() / MEASUREMENT_UNIT));
        put(response, CallBlocks.FIRST_DMA.word(), function.first);
        put(response, CallBlocks.LAST_DMA.word(), function.last);
    }

    private void queryGroup(long[] request, long response, int room) {
        if (CallBlocks.GROUP.get(request[CallBlocks.GROUP.word()]) != group.number()) {
            answer(response, CallResponse.GROUP, SMALLEST_RESPONSE);
            return;
        }
        if (room < CallBlocks.GROUP_BYTES) {
            answer(response, CallResponse.LENGTH, SMALLEST_RESPONSE);
            return;
        }
        storage.clear(response, CallBlocks.GROUP_BYTES);
        answer(response, CallResponse.OK, CallBlocks.GROUP_BYTES);
        put(response, CallBlocks.REFRESH.word(), CallBlocks.REFRESH.put(group.refresh() ? 1 : 0) | CallBlocks.FRAMES.put(group.frames() ? 1 : 0)
                | CallBlocks.RELAXED.put(group.relaxed() ? 1 : 0) | CallBlocks.INTERRUPTS.put(group.interrupts()));
        put(response, CallBlocks.DESIGNATIONS.word(), CallBlocks.DESIGNATIONS.put(group.designations()));
        put(response, CallBlocks.SPACE_MASK.word(), 1);
        put(response, CallBlocks.MESSAGE_ADDRESS.word(), group.messageAddress());
    }

    private void put(long response, int word, long value) {
        storage.put(response + (long) word * Long.BYTES, value);
    }

    private void set(long[] request, long response, int room) {
        long word = request[CallBlocks.HANDLE.word()];
        ModelFunction function = functions.byHandle(CallBlocks.HANDLE.get(word));
        CallResponse refused = room < CallBlocks.SET_BYTES ? CallResponse.LENGTH : refusal(function, word);
        if (refused != null) {
            answer(response, refused, SMALLEST_RESPONSE);
            return;
        }
        if (CallBlocks.OPERATION.get(word) == CallBlocks.ENABLE) {
            function.enable();
        } else {
            function.disable();
        }
        storage.clear(response, CallBlocks.SET_BYTES);
        answer(response, CallResponse.OK, CallBlocks.SET_BYTES);
        put(response, CallBlocks.HANDLE.word(), CallBlocks.HANDLE.put(function.handle()));
    }

    private static CallResponse refusal(ModelFunction function, long word) {
        if (function == null) {
            return CallResponse.HANDLE;
        }
        if (function.state() == FunctionState.PERMANENT_ERROR) {
            return CallResponse.PERMANENT_ERROR;
        }
        int operation = (int) CallBlocks.OPERATION.get(word);
        if (function.state() == FunctionState.STANDBY || operation > CallBlocks.DISABLE) {
            return CallResponse.HANDLE_FOR_OPERATION;
        }
        boolean enabled = Anchor.HANDLE_ENABLED.get(function.handle()) != 0;
        if (enabled == (operation == CallBlocks.ENABLE)) {
            return CallResponse.ALREADY;
        }
        int spaces = (int) CallBlocks.SPACES.get(word);
        if (operation == CallBlocks.ENABLE && spaces != 1) {
            return spaces == 0 ? CallResponse.ADDRESS_SPACE : CallResponse.RESOURCES;
        }
        return null;
    }
}
