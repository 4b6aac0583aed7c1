// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci.driver;

import java.util.ArrayList;
import java.util.List;

import org.sluice.backend.zpci.layout.CallBlocks;
import org.sluice.backend.zpci.layout.CallResponse;
import org.sluice.backend.zpci.lookup.FunctionGroup;
import org.sluice.backend.zpci.lookup.Storage;
import org.sluice.kit.register.Polling;
import org.sluice.machine.Hex;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;

/** Call Logical Processor from the driver's side: one block in memory, one request at a time. Not thread-safe. */
final class CallRequests {
    static final int BLOCK_BYTES = 4096;
    /** In place of a handle: the function cannot be used any more. */
    static final long PERMANENT_ERROR = -1;
    private static final int REQUEST_WORDS = CallBlocks.REQUEST_BYTES / Long.BYTES;
    private static final int TOKEN_WORD = 2;
    private static final int ONE_SPACE = 1;

    private final Instructions instructions;
    private final Storage storage;
    private final long block;
    private final String unit;

    /**
     * A function in the list.
     *
     * @param configured whether it may be enabled
     */
    record Listed(int id, long handle, boolean configured) {
    }

    /** What a function is: its group, and the DMA addresses it may use. */
    record Described(int group, long first, long last) {
    }

    /** @param block a page for requests and responses */
    CallRequests(Instructions instructions, Storage storage, long block, String unit) {
        this.instructions = instructions;
        this.storage = storage;
        this.block = block;
        this.unit = unit;
    }

    /** @throws IommuException {@code IO} also for a list that does not end or is malformed */
    List<Listed> list() {
        List<Listed> listed = new ArrayList<>();
        long token = 0;
        do {
            require(CallBlocks.LIST, call(CallBlocks.LIST, BLOCK_BYTES - CallBlocks.REQUEST_BYTES, TOKEN_WORD, token));
            int bytes = (int) CallBlocks.LENGTH.get(response(0));
            int last = Math.min(bytes, BLOCK_BYTES - CallBlocks.REQUEST_BYTES) - CallBlocks.ENTRY_BYTES;
            for (int at = CallBlocks.LIST_BYTES; at <= last; at += CallBlocks.ENTRY_BYTES) {
                long state = response(at / Long.BYTES);
                long ids = response(at / Long.BYTES + 1);
                listed.add(new Listed((int) CallBlocks.ENTRY_FUNCTION.get(ids), CallBlocks.ENTRY_HANDLE.get(ids), CallBlocks.CONFIGURED.get(state) != 0));
            }
            token = response(TOKEN_WORD);
            if (token != 0 && bytes <= CallBlocks.LIST_BYTES || listed.size() > CallBlocks.MOST_FUNCTIONS.mask()) {
                throw new IommuException(Reason.IO, "unit " + unit + " gives a list of functions that does not end");
            }
        } while (token != 0);
        return listed;
    }

    Described function(long handle) {
        require(CallBlocks.QUERY_FUNCTION, call(CallBlocks.QUERY_FUNCTION, CallBlocks.FUNCTION_BYTES, CallBlocks.HANDLE.word(), CallBlocks.HANDLE.put(handle)));
        long first = response(CallBlocks.FIRST_DMA.word());
        long last = response(CallBlocks.LAST_DMA.word());
        if (Long.compareUnsigned(first, last) > 0) {
            throw new IommuException(Reason.IO, "the function with handle " + Hex.of(handle) + " has no DMA addresses: from " + Hex.of(first) + " to " + Hex.of(last));
        }
        return new Described((int) CallBlocks.GROUP.get(response(CallBlocks.GROUP.word())), first, last);
    }

    FunctionGroup group(int number) {
        require(CallBlocks.QUERY_GROUP, call(CallBlocks.QUERY_GROUP, CallBlocks.GROUP_BYTES, CallBlocks.GROUP.word(), CallBlocks.GROUP.put(number)));
        long[] words = new long[CallBlocks.GROUP_BYTES / Long.BYTES];
        for (int i = 0; i < words.length; i++) {
            words[i] = response(i);
        }
        return FunctionGroup.of(number, words);
    }

    /**
     * Enables or disables a function; one that is as wanted already stays so. Waits while it is busy or recovering.
     *
     * @return its handle from now on, or {@link #PERMANENT_ERROR}
     */
    long set(long handle, int operation) {
        long word = CallBlocks.HANDLE.put(handle) | CallBlocks.OPERATION.put(operation) | CallBlocks.SPACES.put(ONE_SPACE);
        CallResponse[] answer = new CallResponse[1];
        Polling.await(() -> {
            answer[0] = call(CallBlocks.SET_FUNCTION, CallBlocks.SET_BYTES, CallBlocks.HANDLE.word(), word);
            return answer[0] != CallResponse.BUSY && answer[0] != CallResponse.RECOVERY_PENDING;
        }, "unit " + unit + " did not " + (operation == CallBlocks.ENABLE ? "enable" : "disable") + " the function with handle " + Hex.of(handle));
        if (answer[0] == CallResponse.ALREADY) {
            return handle;
        }
        if (answer[0] == CallResponse.PERMANENT_ERROR) {
            return PERMANENT_ERROR;
        }
        require(CallBlocks.SET_FUNCTION, answer[0]);
        return CallBlocks.HANDLE.get(response(CallBlocks.HANDLE.word()));
    }

    private CallResponse call(int command, int room, int operandWord, long operand) {
        for (int i = 0; i < REQUEST_WORDS; i++) {
            storage.put(block + (long) i * Long.BYTES, 0);
        }
        storage.put(block, CallBlocks.LENGTH.put(CallBlocks.REQUEST_BYTES) | CallBlocks.COMMAND.put(command));
        storage.put(block + (long) operandWord * Long.BYTES, operand);
        storage.put(block + CallBlocks.REQUEST_BYTES, CallBlocks.LENGTH.put(room));
        instructions.callProcessor(block);
        int code = (int) CallBlocks.CODE.get(response(0));
        return CallResponse.of(code).orElseThrow(() -> new IommuException(Reason.IO, "unit " + unit + " answers " + CallBlocks.COMMAND.meaningOf(command)
                + " with " + Hex.of(code) + ", which no source lists"));
    }

    private long response(int word) {
        return storage.word(block + CallBlocks.REQUEST_BYTES + (long) word * Long.BYTES);
    }

    private void require(int command, CallResponse answer) {
        if (answer != CallResponse.OK) {
            Reason reason = answer == CallResponse.RESOURCES ? Reason.LIMIT : answer == CallResponse.HANDLE ? Reason.UNKNOWN_DEVICE : Reason.IO;
            throw new IommuException(reason, "unit " + unit + " answers " + CallBlocks.COMMAND.meaningOf(command) + " with " + Hex.of(answer.code())
                    + ": " + answer.meaning());
        }
    }
}
