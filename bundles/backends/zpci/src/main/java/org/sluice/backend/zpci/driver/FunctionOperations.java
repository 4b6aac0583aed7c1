// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci.driver;

import org.sluice.backend.zpci.driver.CallRequests.Listed;
import org.sluice.backend.zpci.driver.Instructions.Completion;
import org.sluice.backend.zpci.layout.CallBlocks;
import org.sluice.backend.zpci.layout.ConditionCodes;
import org.sluice.backend.zpci.layout.ConditionCodes.Instruction;
import org.sluice.backend.zpci.layout.FunctionBlock;
import org.sluice.backend.zpci.lookup.Storage;
import org.sluice.backend.zpci.lookup.ZpciFunction.Registered;
import org.sluice.machine.AddressRange;
import org.sluice.machine.Hex;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;

/**
 * Modifies, recovers and refreshes single functions, whatever condition code and status come back: a sequence refused is tried the other
 * way round, a function in error is reset, one whose handle is stale is set up anew. Not thread-safe.
 */
final class FunctionOperations {
    private static final int WORDS = FunctionBlock.BYTES / Long.BYTES;
    private static final int INTERRUPT_SHIFT = 32;
    private static final String GONE = " is no longer configured";

    private final Instructions instructions;
    private final CallRequests calls;
    private final Storage storage;
    private final long block;
    private long rangeRefreshes;
    private long mapRefreshes;
    private long fullRefreshes;

    /** @param block memory for function information blocks */
    FunctionOperations(Instructions instructions, CallRequests calls, Storage storage, long block) {
        this.instructions = instructions;
        this.calls = calls;
        this.storage = storage;
        this.block = block;
    }

    /** Replaces what is registered for DMA in one step, or registers the first. */
    void register(DrivenFunction f, Registered registered) {
        Runnable fill = () -> fib(FunctionBlock.PBA_WORD, registered.first(), registered.last(), registered.iota());
        boolean again = f.wanted != null;
        Completion ended = control(f, again ? FunctionBlock.REREGISTER_TRANSLATION : FunctionBlock.REGISTER_TRANSLATION, fill);
        if (ended.is(ConditionCodes.SEQUENCE)) {
            ended = control(f, again ? FunctionBlock.REGISTER_TRANSLATION : FunctionBlock.REREGISTER_TRANSLATION, fill);
        }
        require(f, "register translation", ended);
    }

    /** What was not registered may stay so. */
    void unregister(DrivenFunction f) {
        Completion ended = control(f, FunctionBlock.UNREGISTER_TRANSLATION, () -> fib(FunctionBlock.PBA_WORD));
        if (!ended.is(ConditionCodes.SEQUENCE)) {
            require(f, "unregister translation", ended);
        }
    }

    /** Registers anew what the function's vector and summary are. */
    void registerInterrupts(DrivenFunction f, long interruptWord, long summary) {
        Runnable fill = () -> fib(FunctionBlock.INTERRUPT_WORD_HIGH, interruptWord << INTERRUPT_SHIFT, f.vector, summary);
        Completion ended = control(f, FunctionBlock.REGISTER_INTERRUPTS, fill);
        if (ended.is(ConditionCodes.SEQUENCE)) {
            unregisterInterrupts(f);
            ended = control(f, FunctionBlock.REGISTER_INTERRUPTS, fill);
        }
        require(f, "register interrupts", ended);
        f.interruptWord = interruptWord;
        f.summary = summary;
    }

    void unregisterInterrupts(DrivenFunction f) {
        f.interruptWord = 0;
        Completion ended = control(f, FunctionBlock.UNREGISTER_INTERRUPTS, () -> fib(FunctionBlock.PBA_WORD));
        if (!ended.is(ConditionCodes.SEQUENCE)) {
            require(f, "unregister interrupts", ended);
        }
    }

    /** Executes MPCIFC; once more after a reset if an error is being recovered from, and under a new handle if the old one is stale. */
    private Completion control(DrivenFunction f, int operation, Runnable fill) {
        fill.run();
        Completion ended = instructions.modify(f.handle, operation, block);
        if (ended.is(ConditionCodes.RECOVERY) && reset(f)) {
            fill.run();
            ended = instructions.modify(f.handle, operation, block);
        }
        if (ended.isInvalidHandle()) {
            renew(f);
            fill.run();
            ended = instructions.modify(f.handle, operation, block);
        }
        return ended;
    }

    private void fib(int firstWord, long... words) {
        long[] all = new long[WORDS];
        System.arraycopy(words, 0, all, firstWord, words.length);
        storage.put(block, all);
    }

    private void require(DrivenFunction f, String what, Completion ended) {
        if (!ended.isDone()) {
            boolean limit = ended.is(ConditionCodes.INSUFFICIENT_RESOURCES) || ended.is(ConditionCodes.RESOURCE_NOT_AVAILABLE);
            throw failed(f, what, ended, Instruction.MODIFY_CONTROLS, limit ? Reason.LIMIT : Reason.IO, null);
        }
    }

    private static IommuException failed(DrivenFunction f, String what, Completion ended, Instruction instruction, Reason reason, AddressRange range) {
        String why = ended.isInvalidHandle() ? "invalid function handle " + Hex.of(f.handle) : "status " + ended.status() + ": "
                + ConditionCodes.status(instruction, ended.status()).map(ConditionCodes.Status::meaning).orElse("none that any source lists");
        return new IommuException(reason, "function " + Hex.of(Integer.toUnsignedLong(f.id)) + " did not " + what + ": " + why, range, null);
    }

    /** Brings a function out of the error state; what is registered stays. False if its handle is stale or it does not come out. */
    private boolean reset(DrivenFunction f) {
        fib(FunctionBlock.PBA_WORD);
        Completion unblocked = instructions.modify(f.handle, FunctionBlock.RESET_BLOCK, block);
        Completion cleared = unblocked.isInvalidHandle() ? unblocked : instructions.modify(f.handle, FunctionBlock.RESET_ERROR, block);
        return cleared.isDone() || cleared.is(ConditionCodes.SEQUENCE);
    }

    /** Whether the function is enabled, not stopped, and has what it should have registered. */
    private boolean isHealthy(DrivenFunction f) {
        Completion ended = instructions.store(f.handle, block);
        if (ended.is(ConditionCodes.PERMANENT_ERROR)) {
            throw failed(f, "answer", ended, Instruction.STORE_CONTROLS, Reason.IO, null);
        }
        long state = storage.word(block + FunctionBlock.STATE_WORD * Long.BYTES);
        return ended.isDone() && FunctionBlock.ENABLED.get(state) != 0 && FunctionBlock.IN_ERROR.get(state) == 0 && FunctionBlock.BLOCKED.get(state) == 0
                && FunctionBlock.REGISTERED.get(state) != 0 == (f.wanted != null);
    }

    /** After an event: the function works again as before, or an exception says why it stays blocked. */
    void recover(DrivenFunction f) {
        if (reset(f) && isHealthy(f)) {
            return;
        }
        if (!isConfigured(f)) {
            f.want(null, null);
            return;
        }
        renew(f);
        if (f.wanted != null) {
            Registered registered = f.wanted;
            register(f, registered);
            if (f.group.refresh() && f.table != null) {
                refresh(f, registered.first(), registered.last());
            }
        }
    }

    private boolean isConfigured(DrivenFunction f) {
        return calls.list().stream().anyMatch(l -> l.id() == f.id && l.configured());
    }

    /** Disables and enables the function under whatever handle it has now; only its interrupts are registered again. */
    private void renew(DrivenFunction f) {
        Listed now = calls.list().stream().filter(l -> l.id() == f.id && l.configured()).findFirst().orElseThrow(
                () -> new IommuException(Reason.UNKNOWN_DEVICE, "function " + Hex.of(Integer.toUnsignedLong(f.id)) + GONE));
        long disabled = calls.set(now.handle(), CallBlocks.DISABLE);
        long enabled = disabled == CallRequests.PERMANENT_ERROR ? disabled : calls.set(disabled, CallBlocks.ENABLE);
        if (enabled == CallRequests.PERMANENT_ERROR) {
            throw new IommuException(Reason.IO, "function " + Hex.of(Integer.toUnsignedLong(f.id)) + " is in permanent error");
        }
        f.handle = enabled;
        if (f.interruptWord != 0) {
            fib(FunctionBlock.INTERRUPT_WORD_HIGH, f.interruptWord << INTERRUPT_SHIFT, f.vector, f.summary);
            require(f, "register interrupts", instructions.modify(f.handle, FunctionBlock.REGISTER_INTERRUPTS, block));
        }
    }

    /** Refreshes what was mapped and unmapped. */
    void refreshRange(DrivenFunction f, long start, long last, boolean unmapped) {
        if (unmapped) {
            rangeRefreshes++;
        } else {
            mapRefreshes++;
        }
        refresh(f, start, last);
    }

    /**
     * Refreshes a range, in pages. If the unit lacks resources, everything is refreshed once, so that it finds what is no longer valid
     * and makes room; if that does not help, {@code LIMIT} says so (row NST-14).
     */
    void refresh(DrivenFunction f, long start, long last) {
        Completion ended = withRoom(f, start, last);
        if (!ended.isDone() && !ended.is(ConditionCodes.INSUFFICIENT_RESOURCES)) {
            recover(f);
            if (f.wanted == null) {
                return;
            }
            ended = withRoom(f, start, last);
        }
        if (!ended.isDone()) {
            boolean limit = ended.is(ConditionCodes.INSUFFICIENT_RESOURCES);
            throw failed(f, "refresh translations", ended, Instruction.LOAD_STORE, limit ? Reason.LIMIT : Reason.IO, new AddressRange(start, last));
        }
    }

    private Completion withRoom(DrivenFunction f, long start, long last) {
        Completion ended = instructions.refresh(f.handle, start, bytes(start, last));
        if (ended.is(ConditionCodes.INSUFFICIENT_RESOURCES)) {
            fullRefreshes++;
            ended = instructions.refresh(f.handle, f.wanted.first(), bytes(f.wanted.first(), f.wanted.last()));
        }
        return ended;
    }

    /** A length of 2^64 has no number; the last page counts whole. */
    private static long bytes(long start, long last) {
        return last - start == -1L ? -1L : last - start + 1;
    }

    RefreshCounts counts() {
        return new RefreshCounts(rangeRefreshes, mapRefreshes, fullRefreshes);
    }
}
