// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi.model;

import java.util.Map;
import java.util.Optional;

import org.sluice.api.Permissions;
import org.sluice.backend.amdvi.layout.AmdVi;
import org.sluice.backend.amdvi.layout.Event;
import org.sluice.backend.amdvi.layout.PagingEntry;
import org.sluice.backend.amdvi.lookup.ConfigurationLookup;
import org.sluice.backend.amdvi.lookup.DmaWalker;
import org.sluice.backend.amdvi.lookup.Finding;
import org.sluice.backend.amdvi.lookup.Finding.Blocked;
import org.sluice.backend.amdvi.lookup.Finding.PassThrough;
import org.sluice.backend.amdvi.lookup.Finding.Translated;
import org.sluice.backend.amdvi.lookup.InterruptFinding;
import org.sluice.backend.amdvi.lookup.InterruptLookup;
import org.sluice.backend.amdvi.lookup.OutputMessage;
import org.sluice.backend.amdvi.lookup.UnitState;
import org.sluice.backend.amdvi.model.AccessedDirty.Rules;
import org.sluice.kit.cache.ConfigurationCache;
import org.sluice.kit.cache.PerThread;
import org.sluice.kit.layout.Structure;
import org.sluice.kit.radix.DirectWalk;
import org.sluice.kit.radix.PageWord;
import org.sluice.kit.register.DeliveringPort;
import org.sluice.kit.register.Messages;
import org.sluice.kit.register.RegisterFile;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.RegisterPort;
import org.sluice.spi.DeviceTranslation;
import org.sluice.spi.UnitContext;
import org.sluice.spi.UnitModel;

/**
 * A unit from reset on: software programs its registers and command buffer, devices translate through its caches, events go to the log.
 * Its features are those of the machine, less what is not modelled.
 *
 * <p>Memory that the image does not hold is refused without a record: there is no such thing in hardware. Thread-safe.
 */
public final class AmdViUnit implements UnitModel {
    private static final int ABORTED = AmdViModel.ABORTED;
    /** Tables that change under every walk are somebody's attack: the request is refused then. */
    private static final int TRIES = 64;

    private final PhysicalMemory memory;
    private final Messages messages = new Messages();
    private final ControlUnit control;
    private final ConfigurationCache<Context> devices;
    private final ConfigurationCache<InterruptFinding> interrupts;
    private final Invalidations invalidations;
    private final Events events;
    private final GuestInterrupts guestInterrupts;
    private final AtsService ats;
    private final PerThread<Engine> engines;
    private final RegisterPort port;
    private volatile Live live;

    /** What the registers say. */
    private record Live(UnitState state, boolean on) {
    }

    /** What one thread works with. */
    private static final class Engine {
        final DmaWalker walker;
        final AccessedDirty marks;
        /** Whether the last walk succeeded and what it wrote back did not. */
        boolean marked;
        private final PhysicalMemory memory;
        private UnitState state;
        private ConfigurationLookup lookup;
        private InterruptLookup interrupts;

        Engine(PhysicalMemory memory) {
            this.memory = memory;
            walker = new DmaWalker(memory);
            marks = new AccessedDirty(memory);
        }

        Engine at(UnitState now) {
            if (state != now) {
                state = now;
                lookup = new ConfigurationLookup(memory, now);
                interrupts = new InterruptLookup(memory, lookup);
            }
            return this;
        }
    }

    /** @param unit its registers tell its features */
    public AmdViUnit(UnitContext unit) {
        memory = unit.memory();
        engines = new PerThread<>(() -> new Engine(memory));
        live = new Live(new UnitState(Map.of()), false);
        devices = new ConfigurationCache<>(this::look, AmdViUnit::isCached);
        interrupts = new ConfigurationCache<>((deviceId, data) -> engine().interrupts.find(deviceId, data & 0xffff_ffffL), AmdViUnit::isCached);
        control = new ControlUnit(unit.registers(), memory, messages, this::read, this::settings);
        events = new Events(control.events());
        invalidations = new Invalidations(devices, interrupts, events);
        guestInterrupts = new GuestInterrupts(memory, control.guestInterrupts());
        ats = new AtsService(new Requests(), events, control.pageRequests(), control.registers());
        CommandBuffer commands = new CommandBuffer(memory, control.registers(), events, control.interrupts(), invalidations, ats);
        control.connect(commands);
        read();
        port = port(control.registers(), commands);
    }

    private RegisterPort port(RegisterFile registers, CommandBuffer commands) {
        return new DeliveringPort(registers, CommandBuffer.TAIL, CommandBuffer.POINTER) {
            @Override
            protected void tailMoved() {
                commands.run();
            }

            @Override
            protected void settle() {
                commands.work();
                messages.deliver();
            }
        };
    }

    /** Whether a machine's unit is as reset leaves it, so that a model may take it from there. */
    public static boolean isReset(RegisterPort registers) {
        return ControlUnit.isReset(registers);
    }

    /** Errors of reading are no content of the table, and a PASID without a guest table is not kept: they are read again next time. */
    private static boolean isCached(Context context) {
        if (context.finding() instanceof Blocked b) {
            return b.between() == null && switch (b.event()) {
                case BEYOND_TABLE, ENTRY_RESERVED, ENTRY_LEVEL, NOT_PRESENT -> true;
                default -> false;
            };
        }
        return !(context.finding() instanceof Finding.Unknown);
    }

    /** Entries that are off count at once when they are switched on; where a guest runs, the unit looks up each time. */
    private static boolean isCached(InterruptFinding finding) {
        return finding instanceof InterruptFinding.Remapped || finding instanceof InterruptFinding.Passed;
    }

    private Context look(int deviceId, int pasid) {
        Engine engine = engine();
        Finding found = engine.lookup.find(deviceId, pasid);
        if (found instanceof Translated t && t.guest() != null && !invalidations.noteGuest()) {
            found = engine.lookup.find(deviceId, pasid);
        }
        return found instanceof Translated t ? context(t, Rules.of(t, engine.state)) : invalidations.context(found);
    }

    private Context context(Translated tables, Rules rules) {
        boolean guest = tables.guest() != null;
        Finding.Table only = guest ? tables.guest() : tables.host();
        return invalidations.context(tables, rules,
                tables.nested() ? null : DirectWalk.of(memory, only.format(), only.root(), rules.marks(guest)));
    }

    private Engine engine() {
        return engines.get().at(live.state);
    }

    private void read() {
        UnitState state = UnitState.read(control.registers(), 0);
        live = new Live(state, new ConfigurationLookup(memory, state).gate() == null);
    }

    private void settings() {
        read();
        invalidations.settings();
    }

    @Override
    public RegisterPort registers() {
        return port;
    }

    @Override
    public void setInterruptSink(InterruptSink sink) {
        messages.setSink(sink);
    }

    @Override
    public Optional<DeviceTranslation> deviceTranslation() {
        return Optional.of(ats);
    }

    @Override
    public long translate(int requester, int pasid, long iova, int permission) {
        if (!live.on) {
            return PASS_THROUGH;
        }
        if (permission == Permissions.WRITE && AmdVi.INTERRUPT_WINDOW.contains(iova)) {
            return -1L - ABORTED;
        }
        int deviceId = requester & AmdVi.MAX_DEVICE_ID;
        Object epoch = devices.epoch();
        Context context = devices.find(deviceId, pasid);
        if (context.isExcluded(iova)) {
            return PASS_THROUGH;
        }
        if (context.tables() == null) {
            return decide(context.finding(), deviceId, pasid, iova, permission);
        }
        long cached = context.find(iova, permission);
        long output = cached >= 0 ? cached : context.walk(iova, permission, devices, epoch);
        return output >= 0 ? output : translate(context, epoch, deviceId, pasid, iova, permission);
    }

    /** Where no tables translate. */
    private long decide(Finding finding, int deviceId, int pasid, long iova, int permission) {
        if (finding instanceof PassThrough pass) {
            return (pass.granted() & permission) != 0 ? PASS_THROUGH
                    : refused(Event.NOT_PERMITTED, deviceId, pasid, finding.trail().get(0), iova, permission);
        }
        if (finding instanceof Blocked blocked) {
            Structure dte = finding.trail().isEmpty() ? null : finding.trail().get(0);
            // The host table stops the look-up where a table was to be read.
            return refused(blocked.event(), deviceId, pasid, dte, AtsService.address(blocked, iova),
                    blocked.between() != null ? Permissions.READ : permission);
        }
        return -1L - ABORTED;
    }

    /** Where neither the cache nor a plain walk has an answer. */
    private long translate(Context context, Object epoch, int deviceId, int pasid, long iova, int permission) {
        Engine engine = engine();
        long answer = walk(engine, context, epoch, iova, permission);
        if (answer >= 0) {
            return answer;
        }
        return answer == DmaWalker.UNKNOWN ? -1L - ABORTED : refused(event(engine), deviceId, pasid, context.finding().trail().get(0),
                address(engine, iova), permission(engine, permission));
    }

    /**
     * Walks, marks what was walked, and keeps the answer.
     *
     * @param epoch in which the context was found, or null if the answer is not to be kept
     * @return {@link DmaWalker}'s answers, with the event in walker or marks
     */
    private long walk(Engine engine, Context context, Object epoch, long iova, int permission) {
        Translated tables = context.tables();
        DmaWalker walker = engine.walker;
        for (int tries = 0; tries < TRIES; tries++) {
            long ticket = context.ticket();
            boolean current = devices.epoch() == epoch;
            engine.marked = false;
            long answer = walker.walk(tables, iova, permission);
            if (answer < 0) {
                return answer;
            }
            int outcome = engine.marks.mark(walker, tables, context.rules(), answer, permission);
            if (outcome == AccessedDirty.FAULT) {
                engine.marked = true;
                return DmaWalker.FAULT;
            }
            if (outcome == AccessedDirty.DONE) {
                if (current) {
                    int permissions = walker.tablePermissions() & (engine.marks.writesAreSettled() ? Permissions.ALL : ~Permissions.WRITE);
                    context.fill(ticket, iova, PageWord.of(answer, walker.pageShift(), permissions));
                }
                return answer;
            }
        }
        return DmaWalker.UNKNOWN;
    }

    private static Event event(Engine engine) {
        return engine.marked ? engine.marks.event() : engine.walker.event();
    }

    private static long address(Engine engine, long iova) {
        return engine.marked ? engine.marks.faultAddress() : engine.walker.faultAddress(iova);
    }

    /** Guest tables are read on the request's behalf, and written to be marked. */
    private static int permission(Engine engine, int permission) {
        return engine.marked ? Permissions.WRITE : engine.walker.stoppedAtGuestTable() ? Permissions.READ : permission;
    }

    private long refused(Event event, int deviceId, int pasid, Structure dte, long address, int permission) {
        events.request(event, deviceId, pasid, dte, address, permission, false);
        messages.deliver();
        return -1L - Math.max(ABORTED, event.code());
    }

    @Override
    public boolean interrupt(int requester, long address, int data) {
        if (!AmdVi.INTERRUPT_WINDOW.contains(address)) {
            return false;
        }
        int deviceId = requester & AmdVi.MAX_DEVICE_ID;
        InterruptFinding found = interrupts.find(deviceId, data);
        if (found instanceof InterruptFinding.Remapped remapped) {
            messages.send(OutputMessage.address(remapped), OutputMessage.data(remapped));
        } else if (found instanceof InterruptFinding.Passed) {
            messages.send(address, data);
        } else if (found instanceof InterruptFinding.Posted posted) {
            guestInterrupts.post(deviceId, posted);
            messages.deliver();
        } else if (found instanceof InterruptFinding.Blocked blocked && blocked.quiet().isEmpty()) {
            long named = blocked.event() == Event.DEV_TAB_HARDWARE_ERROR ? live.state.entryAddress(deviceId) : address;
            events.interrupt(blocked.event(), deviceId, blocked.trail().isEmpty() ? null : blocked.trail().get(0), named);
            messages.deliver();
        }
        return true;
    }

    /** What ATS needs of the unit. */
    private final class Requests implements AtsService.Requests {
        @Override
        public boolean on() {
            return live.on;
        }

        @Override
        public Context find(int deviceId, int pasid) {
            return devices.find(deviceId, pasid);
        }

        @Override
        public Event walk(Context context, int deviceId, int pasid, long iova, int permission, DeviceTranslation.Reply reply) {
            Engine engine = engine();
            long answer = AmdViUnit.this.walk(engine, context, null, iova, permission);
            if (answer >= 0) {
                reply.size = 1L << Math.min(engine.walker.pageShift(), Long.SIZE - 2);
                reply.address = answer;
                reply.untranslatedOnly |= context.tables().guest() == null && PagingEntry.UNTRANSLATED_ONLY.get(engine.walker.entry()) != 0;
                return null;
            }
            Event event = answer == DmaWalker.UNKNOWN ? Event.ABORTED : event(engine);
            events.request(event, deviceId, pasid, context.finding().trail().get(0), address(engine, iova), permission, true);
            return event;
        }

        @Override
        public void deliver() {
            messages.deliver();
        }
    }
}
