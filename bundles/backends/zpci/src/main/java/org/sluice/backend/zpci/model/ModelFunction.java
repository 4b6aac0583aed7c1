// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci.model;

import java.util.HashMap;
import java.util.Map;

import org.sluice.api.Permissions;
import org.sluice.backend.zpci.layout.Anchor;
import org.sluice.backend.zpci.layout.EventBlock;
import org.sluice.backend.zpci.layout.EventCodes;
import org.sluice.backend.zpci.layout.FunctionBlock;
import org.sluice.backend.zpci.lookup.FunctionState;
import org.sluice.backend.zpci.lookup.ZpciFunction;
import org.sluice.backend.zpci.lookup.ZpciFunction.Registered;
import org.sluice.kit.cache.PerThread;
import org.sluice.machine.Attributes;
import org.sluice.machine.DeviceId;
import org.sluice.machine.Hex;
import org.sluice.spi.UnitModel;

/**
 * One function: its state, handle, DMA address space and interrupts. Accesses come from many threads; everything that changes it runs
 * under its monitor, and an error event is added by whichever access stops it.
 */
final class ModelFunction {
    /** Code for accesses that are dropped without an event. */
    static final int DROPPED = 0;
    private static final int NO_VECTOR = 0;

    final DeviceId device;
    final int id;
    /** Usable DMA addresses, or null if the description does not tell. */
    final Long first;
    final Long last;
    final Measurement measurement;
    private final DmaSpace space;
    private final EventQueue events;
    private volatile FunctionState state;
    private volatile long handle;
    private volatile InterruptArea interrupts;

    /** Where vectors of a function are recorded: interrupt word, vector and summary as in the FIB. */
    record InterruptArea(long word, long aibv, long aisb) {
        int count() {
            return (int) FunctionBlock.INTERRUPTS.get(word);
        }

        boolean hasSummary() {
            return FunctionBlock.SUMMARY.get(word) != 0;
        }

        long subclass() {
            return FunctionBlock.SUBCLASS.get(word);
        }

        long vectorBit(int vector) {
            return FunctionBlock.AIBVO.get(word) + vector;
        }

        long summaryBit() {
            return FunctionBlock.AISBO.get(word);
        }
    }

    ModelFunction(ZpciFunction described, FunctionState state, long handle, DmaSpace space, Measurement measurement, EventQueue events) {
        device = described.device();
        id = (int) described.functionId();
        first = described.interrupts().number("sdma").orElse(described.first());
        last = described.interrupts().number("edma").orElse(described.last());
        this.state = state;
        this.handle = handle;
        this.space = space;
        this.measurement = measurement;
        this.events = events;
        Attributes told = described.interrupts();
        interrupts = told.has("interruptWord") && told.has("aibv") ? new InterruptArea(told.number("interruptWord").orElseThrow(),
                told.number("aibv").orElseThrow(), told.number("aisb").orElse(0L)) : null;
    }

    FunctionState state() {
        return state;
    }

    long handle() {
        return handle;
    }

    DmaSpace space() {
        return space;
    }

    InterruptArea interrupts() {
        return interrupts;
    }

    void setInterrupts(InterruptArea area) {
        interrupts = area;
    }

    boolean isRegistered() {
        return space.function().registration() == ZpciFunction.Registration.REGISTERED;
    }

    /** One access; {@code permission} is one bit. */
    long translate(PerThread<Access> accesses, long iova, int permission) {
        if (state != FunctionState.ENABLED) {
            return -1L - DROPPED;
        }
        long answer = space.translate(accesses, iova, permission == Permissions.EXECUTE ? Permissions.READ : permission);
        return answer >= 0 || answer == UnitModel.PASS_THROUGH ? answer : stopFor(answer, iova, permission);
    }

    private long stopFor(long answer, long iova, int permission) {
        int code = DmaSpace.code(answer);
        stop(code, iova, (permission & Permissions.WRITE) != 0, DmaSpace.level(answer), NO_VECTOR);
        return -1L - code;
    }

    /** A message could not be recorded. */
    void stopForMessage(int code, long address, int vector) {
        stop(code, address, true, 0, vector);
    }

    /** A refresh could not be carried out; false if the function had been stopped before. */
    void stopForRefresh(int code, long address, int level) {
        stop(code, address, false, level, NO_VECTOR);
    }

    private synchronized void stop(int code, long address, boolean write, int level, int vector) {
        if (state != FunctionState.ENABLED && state != FunctionState.BLOCKED) {
            return;
        }
        state = FunctionState.ERROR;
        event(code, address, write, level, vector);
    }

    private void event(int code, long address, boolean write, int level, int vector) {
        events.add(code, handle, id, address, EventBlock.WRITE.put(write ? 1 : 0) | EventBlock.QUALIFIER.put(1)
                | EventBlock.TABLE_TYPE.put(level) | EventBlock.MESSAGE_VECTOR.put(vector));
    }

    /** An event that does not stop the function: of its measurement block. */
    void report(int code, long address) {
        event(code, address, true, 0, NO_VECTOR);
    }

    synchronized void enable() {
        long instance = Anchor.HANDLE_INSTANCE.get(handle) + 1;
        handle = handle & ~Anchor.HANDLE_INSTANCE.put(-1) | Anchor.HANDLE_ENABLED.put(1) | Anchor.HANDLE_INSTANCE.put(instance);
        state = FunctionState.ENABLED;
        register(null);
    }

    /** Everything registered is gone. */
    synchronized void disable() {
        state = FunctionState.DISABLED;
        handle &= ~Anchor.HANDLE_ENABLED.put(1);
        interrupts = null;
        measurement.stop();
        register(null);
    }

    synchronized void register(Registered registered) {
        space.register(ZpciFunction.running(device, id, handle, registered, Attributes.EMPTY));
    }

    /** ERROR or BLOCKED to ENABLED. */
    synchronized boolean resetError() {
        boolean may = state == FunctionState.ERROR || state == FunctionState.BLOCKED;
        state = may ? FunctionState.ENABLED : state;
        return may;
    }

    /** ERROR to BLOCKED. */
    synchronized boolean resetBlock() {
        boolean may = state == FunctionState.ERROR;
        state = may ? FunctionState.BLOCKED : state;
        return may;
    }

    /** As an inspector wants it; with nothing registered the range is the usable one. */
    synchronized ZpciFunction snapshot(long messageAddress) {
        Map<String, Object> told = new HashMap<>();
        told.put("msia", Hex.of(messageAddress));
        InterruptArea area = interrupts;
        told.put("interruptWord", area == null ? null : Hex.of(area.word()));
        told.put("aibv", area == null ? null : Hex.of(area.aibv()));
        told.put("aisb", area == null ? null : Hex.of(area.aisb()));
        told.put("state", state.text());
        told.put("sdma", first == null ? null : Hex.of(first));
        told.put("edma", last == null ? null : Hex.of(last));
        ZpciFunction now = space.function();
        boolean registered = isRegistered();
        return new ZpciFunction(device, id, handle, now.registration(), now.iota(), registered ? now.first() : first, registered ? now.last() : last,
                new Attributes(told), "");
    }
}
