// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci.model;

import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.sluice.backend.zpci.inspect.ZpciInspector;
import org.sluice.backend.zpci.layout.EventCodes;
import org.sluice.backend.zpci.layout.InstructionBlock;
import org.sluice.backend.zpci.lookup.FunctionGroup;
import org.sluice.backend.zpci.lookup.FunctionState;
import org.sluice.backend.zpci.lookup.Storage;
import org.sluice.backend.zpci.lookup.ZpciFunction;
import org.sluice.backend.zpci.lookup.ZpciFunctions;
import org.sluice.backend.zpci.model.ModelFunction.InterruptArea;
import org.sluice.kit.cache.PerThread;
import org.sluice.kit.register.Messages;
import org.sluice.machine.Attributes;
import org.sluice.machine.RegisterPort;
import org.sluice.spi.Inspector;
import org.sluice.spi.UnitContext;
import org.sluice.spi.UnitModel;

/**
 * The functions of a unit as hardware, or a hypervisor, has them: states, registrations, translations, adapter interrupts, error events.
 * It begins in the state that the description holds and is driven by the instruction block. Requesters are function ids. What cannot be
 * told is refused, never let through.
 *
 * <p>An access that faults stops its function: later ones are dropped until software has reset the error.
 */
public final class ZpciModel implements UnitModel {
    /** Code for accesses that are dropped without an event. */
    public static final int DROPPED = ModelFunction.DROPPED;
    private static final int MESSAGE_ALIGNMENT = Integer.BYTES - 1;

    private final UnitContext unit;
    private final FunctionGroup group;
    private final FunctionTable functions;
    private final Storage storage;
    private final EventQueue events = new EventQueue();
    private final Messages messages = new Messages();
    private final InstructionPort registers = new InstructionPort(events, this::execute);
    private final FunctionControls controls;
    private final Refreshes refreshes;
    private final CallProcessor processor;
    private final ChannelSubsystem channels;
    private final PerThread<Access> accesses;

    public ZpciModel(UnitContext unit) {
        this.unit = unit;
        group = FunctionGroup.of(unit.unit().attributes());
        storage = new Storage(unit.memory());
        functions = new FunctionTable(unit, group, events);
        controls = new FunctionControls(functions, group, storage);
        refreshes = new Refreshes(functions, unit.memory());
        processor = new CallProcessor(functions, group, storage);
        channels = new ChannelSubsystem(events, storage);
        accesses = new PerThread<>(() -> new Access(unit.memory()));
    }

    @Override
    public RegisterPort registers() {
        return registers;
    }

    private int execute(int opcode, Operands operands) {
        return switch (opcode) {
            case InstructionBlock.CLP -> processor.call(operands);
            case InstructionBlock.MPCIFC -> controls.modify(operands);
            case InstructionBlock.STPCIFC -> controls.store(operands);
            case InstructionBlock.RPCIT -> refreshes.refresh(operands);
            case InstructionBlock.CHSC -> channels.call(operands);
            default -> Operands.interruption(InstructionBlock.OPERATION_EXCEPTION);
        };
    }

    @Override
    public long translate(int requester, int pasid, long iova, int permission) {
        ModelFunction function = functions.byId(requester);
        if (function == null || pasid >= 0) {
            return -1L - EventCodes.INVALAS.code();
        }
        return function.translate(accesses, iova, permission);
    }

    /** A message is recorded in the function's vector; the sink hears of it as an adapter interruption: where, and the subclass. */
    @Override
    public boolean interrupt(int requester, long address, int data) {
        ModelFunction function = functions.byId(requester);
        if (function == null || !group.isMessage(address) || (address & MESSAGE_ALIGNMENT) != 0) {
            return false;
        }
        InterruptArea area = function.interrupts();
        if (function.state() != FunctionState.ENABLED) {
            return true;
        }
        if (area == null) {
            function.stopForMessage(EventCodes.NOMSI.code(), address, data);
        } else if (Integer.compareUnsigned(data, area.count()) >= 0) {
            function.stopForMessage(EventCodes.INVALMS.code(), address, data);
        } else {
            record(function, area, address, data);
        }
        return true;
    }

    private void record(ModelFunction function, InterruptArea area, long address, int vector) {
        long at = Storage.byteOf(area.aibv(), area.vectorBit(vector));
        if (!storage.canWrite(at, 1)) {
            function.stopForMessage(EventCodes.AIBV.code(), address, vector);
            return;
        }
        storage.setBit(area.aibv(), area.vectorBit(vector));
        if (area.hasSummary()) {
            at = Storage.byteOf(area.aisb(), area.summaryBit());
            if (!storage.canWrite(at, 1)) {
                function.stopForMessage(EventCodes.AIRERR.code(), address, vector);
                return;
            }
            if (storage.setBit(area.aisb(), area.summaryBit())) {
                return;
            }
        }
        messages.send(at, (int) area.subclass());
    }

    @Override
    public void setInterruptSink(InterruptSink sink) {
        messages.setSink(sink);
    }

    /** What only the unit knows: which anchors are registered, and in what state functions are. */
    @Override
    public Optional<Inspector> inspector() {
        return Optional.of(new ZpciInspector(unit, new ZpciFunctions(unit, snapshots())));
    }

    @Override
    public Attributes state() {
        return new Attributes(Map.of("functions", snapshots().stream().map(ZpciFunction::described).toList()));
    }

    private List<ZpciFunction> snapshots() {
        return functions.all().stream().map(f -> f.snapshot(group.messageAddress())).toList();
    }
}
