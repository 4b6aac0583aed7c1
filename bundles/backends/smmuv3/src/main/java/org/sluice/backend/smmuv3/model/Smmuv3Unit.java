// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.model;

import java.util.Optional;

import org.sluice.backend.smmuv3.layout.ControlRegisters;
import org.sluice.backend.smmuv3.layout.EventRecord;
import org.sluice.backend.smmuv3.layout.IdRegisters;
import org.sluice.backend.smmuv3.layout.QueueRegisters;
import org.sluice.backend.smmuv3.layout.SmmuEvent;
import org.sluice.backend.smmuv3.lookup.ConfigurationLookup;
import org.sluice.backend.smmuv3.lookup.Events;
import org.sluice.backend.smmuv3.lookup.Events.Transaction;
import org.sluice.backend.smmuv3.lookup.Finding;
import org.sluice.backend.smmuv3.lookup.Finding.Blocked;
import org.sluice.backend.smmuv3.lookup.Finding.Half;
import org.sluice.backend.smmuv3.lookup.Finding.PassThrough;
import org.sluice.backend.smmuv3.lookup.Finding.Stage2;
import org.sluice.backend.smmuv3.lookup.Finding.Translated;
import org.sluice.backend.smmuv3.lookup.StageWalker;
import org.sluice.backend.smmuv3.lookup.UnitState;
import org.sluice.kit.cache.ConfigurationCache;
import org.sluice.kit.cache.PerThread;
import org.sluice.kit.radix.DirectWalk;
import org.sluice.kit.register.Messages;
import org.sluice.kit.register.RegisterFile;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.RegisterPort;
import org.sluice.spi.DeviceTranslation;
import org.sluice.spi.UnitContext;
import org.sluice.spi.UnitModel;

/**
 * A unit from reset on: software programs its registers and queues, devices translate through its caches, events are recorded where the
 * architecture puts them. Its identification is that of the machine, less what is not modelled.
 *
 * <p>Memory that the image does not hold is refused without a record: there is no such thing in hardware. Terminated transactions
 * answer with their event whether they abort or read as zero (CD.A): a caller sees that the access did not go out.
 */
public final class Smmuv3Unit implements UnitModel {
    /** Code of a transaction that is aborted without event. */
    public static final int ABORTED = Smmuv3Model.ABORTED;

    /** Software lets a stalled transaction try again. */
    private static final long RETRY = Long.MIN_VALUE + 2;

    private final PhysicalMemory memory;
    private final Messages messages = new Messages();
    private final ControlUnit control;
    private final Configurations configurations;
    private final ConfigurationCache<Context> contexts;
    private final Translations translations;
    private final EventLog events;
    private final Stalls stalls;
    private final CommandQueue commands;
    private final DeviceRequests devices;
    private final PerThread<Walk> walks;
    private final RegisterPort port;
    private volatile Live live;

    /** @param unit its registers tell the identification */
    public Smmuv3Unit(UnitContext unit) {
        memory = unit.memory();
        walks = new PerThread<>(() -> new Walk(memory));
        control = new ControlUnit(unit.registers(), this::commandsDue, this::changed);
        UnitState identity = control.identity();
        RegisterFile registers = control.registers();
        configurations = new Configurations(() -> live.lookup(), this::context);
        contexts = configurations.all();
        translations = new Translations(identity.el2Worlds());
        MessageWriter writer = new MessageWriter(memory, messages, identity.outputBits(), unit.machine());
        GlobalErrors errors = new GlobalErrors(registers, writer, this::commandsDue);
        events = events(registers, writer, errors, identity);
        stalls = new Stalls(events, messages, (int) identity.get(IdRegisters.IDR5, IdRegisters.STALL_MAX));
        devices = new DeviceRequests(new DeviceRequests.Core(() -> live, configurations, walks, events, messages),
                pageRequests(registers, writer, errors, identity));
        commands = new CommandQueue(memory, registers, errors,
                new Commands(identity, new Commands.Targets(configurations, translations, stalls, devices),
                        new Commands.Signals(registers, writer, errors)),
                (int) identity.get(IdRegisters.IDR1, IdRegisters.CMDQS));
        changed();
        port = new SoftwarePort(registers, commands, this::settle);
    }

    private EventLog events(RegisterFile registers, MessageWriter writer, GlobalErrors errors, UnitState identity) {
        OutputQueue queue = new OutputQueue(memory, registers, new OutputQueue.Place(QueueRegisters.EVENTQ_BASE, QueueRegisters.EVENTQ_PROD,
                QueueRegisters.EVENTQ_CONS, EventRecord.BYTES), (int) identity.get(IdRegisters.IDR1, IdRegisters.EVENTQS),
                () -> control.off(ControlRegisters.EVENTS_ENABLE));
        return new EventLog(registers, queue, new MessageSource(registers, writer, QueueRegisters.EVENT_MESSAGE, ControlRegisters.EVENT_INTERRUPT,
                ControlRegisters.EVENT_MESSAGE_ABORT, 0, errors::raise), errors);
    }

    private PageRequests pageRequests(RegisterFile registers, MessageWriter writer, GlobalErrors errors, UnitState identity) {
        OutputQueue queue = new OutputQueue(memory, registers, new OutputQueue.Place(QueueRegisters.PRIQ_BASE, QueueRegisters.PRIQ_PROD,
                QueueRegisters.PRIQ_CONS, EventRecord.PAGE_REQUEST.bytes()), (int) identity.get(IdRegisters.IDR1, IdRegisters.PRIQS),
                () -> control.off(ControlRegisters.PAGE_REQUESTS_ENABLE));
        return new PageRequests(registers, queue, new MessageSource(registers, writer, QueueRegisters.PAGE_REQUEST_MESSAGE,
                ControlRegisters.PAGE_REQUEST_INTERRUPT, ControlRegisters.PAGE_REQUEST_MESSAGE_ABORT, QueueRegisters.ONLY_LAST.put(1), errors::raise),
                errors);
    }

    /** Whether a machine's unit is as reset leaves it, so that a model may take it from there. */
    public static boolean isReset(RegisterPort registers) {
        return ControlUnit.isReset(registers);
    }

    private void changed() {
        UnitState state = control.state();
        ConfigurationLookup lookup = new ConfigurationLookup(memory, state);
        live = new Live(state, lookup, lookup.gate());
    }

    private Context context(Finding finding) {
        return translations.context(finding, finding instanceof Translated t && !t.nested() ? direct(t) : null);
    }

    /** Of stage 1 the lower half only, since addresses of the upper one are not those that its tables know. */
    private DirectWalk direct(Translated tables) {
        Stage2 second = tables.second();
        if (second == null) {
            Half lower = tables.first().lower();
            return lower.format() == null ? null : DirectWalk.of(memory, lower.format(), lower.root(), HardwareUpdates.marks(tables));
        }
        // Stage 1 passes the address on, but not one wider than intermediate addresses.
        return second.inputBits() > tables.inputLimit() ? null
                : DirectWalk.of(memory, second.format(), second.root(), HardwareUpdates.marks(tables));
    }

    private void commandsDue() {
        commands.due();
    }

    /** What a register write leaves to be done when the registers are unlocked, commands aside. */
    private void settle() {
        if (stalls.any()) {
            if (live.gate() != null) {
                stalls.terminateAll();
            } else {
                stalls.changed();
            }
        }
        messages.deliver();
    }

    @Override
    public RegisterPort registers() {
        return port;
    }

    @Override
    public void setInterruptSink(InterruptSink newSink) {
        messages.setSink(newSink);
    }

    @Override
    public Optional<DeviceTranslation> deviceTranslation() {
        return control.identity().ats() ? Optional.of(devices) : Optional.empty();
    }

    @Override
    public long translate(int requester, int pasid, long iova, int permission) {
        long answer;
        do {
            answer = attempt(requester, pasid, iova, permission);
        } while (answer == RETRY);
        return answer;
    }

    private long attempt(int requester, int pasid, long iova, int permission) {
        Finding gate = live.gate();
        if (gate != null) {
            return decide(gate, requester, pasid, iova, permission);
        }
        Object epoch = contexts.epoch();
        Context context = contexts.find(requester, pasid);
        if (context.tables() == null) {
            return decide(context.finding(), requester, pasid, iova, permission);
        }
        long address = context.address(iova);
        long cached = context.find(address, permission);
        long output = cached >= 0 ? cached : context.walk(address, permission, contexts, epoch);
        return output >= 0 ? output : walk(context.tables(), epoch, requester, pasid, iova, permission);
    }

    /** Where neither the cache nor a plain walk has an answer. */
    private long walk(Translated context, Object epoch, int requester, int pasid, long iova, int permission) {
        long tag = Translations.tag(context);
        long address = StageWalker.cachedAs(context, iova);
        int need = StageWalker.need(context, permission);
        long cached = translations.findGlobal(context, address, need);
        if (cached >= 0) {
            return cached;
        }
        long ticket = translations.ticket(context, tag);
        // If the configuration was dropped since it was found, so are its translations, maybe before the ticket: then keep nothing.
        boolean current = contexts.epoch() == epoch;
        Walk walk = walks.get();
        long answer = walk.run(context, iova, permission);
        if (answer >= 0) {
            if (current) {
                translations.fill(context, tag, ticket, walk.walker(), address, answer, HardwareUpdates.cacheable(context, walk.walker(), need));
            }
            return answer;
        }
        if (answer == StageWalker.UNKNOWN) {
            return -1L - ABORTED;
        }
        SmmuEvent event = StageWalker.event(answer);
        long[] words = Events.record(new Transaction(requester, pasid, iova, permission), context, event, walk.walker());
        return refuse(answer, requester, words, event.recordedOnRequest() && walk.walker().stalls());
    }

    /** Where no tables translate. */
    private long decide(Finding finding, int requester, int pasid, long iova, int permission) {
        if (finding instanceof PassThrough pass) {
            if (pass.width() >= Long.SIZE || iova >>> pass.width() == 0) {
                return PASS_THROUGH;
            }
            return pass.silent() ? -1L - ABORTED : refuse(-1L - SmmuEvent.F_ADDR_SIZE.code(), requester,
                    Events.beyond(new Transaction(requester, pasid, iova, permission)), false);
        }
        if (finding instanceof Blocked blocked && blocked.event() != SmmuEvent.ABORT) {
            return refuse(-1L - blocked.event().code(), requester, Events.record(new Transaction(requester, pasid, iova, permission), blocked),
                    blocked.fault().stalls());
        }
        return -1L - ABORTED;
    }

    /** Records the event, if there is one; a stalled transaction waits here and perhaps tries again. */
    private long refuse(long answer, int requester, long[] words, boolean stalls) {
        if (stalls) {
            return this.stalls.hold(requester, words) ? RETRY : answer;
        }
        if (words != null) {
            events.record(words);
            messages.deliver();
        }
        return answer;
    }
}
