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
import org.sluice.kit.cache.ConfigurationCache;
import org.sluice.kit.cache.PerThread;
import org.sluice.kit.cache.TranslationCache;
import org.sluice.kit.layout.Structure;
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
    private final ConfigurationCache<Finding> devices;
    private final ConfigurationCache<InterruptFinding> interrupts;
    private final Invalidations invalidations;
    private final TranslationCache translations;
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
        translations = invalidations.translations();
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
    private static boolean isCached(Finding finding) {
        if (finding instanceof Blocked b) {
            return b.between() == null && switch (b.event()) {
                case BEYOND_TABLE, ENTRY_RESERVED, ENTRY_LEVEL, NOT_PRESENT -> true;
                default -> false;
            };
        }
        return !(finding instanceof Finding.Unknown);
    }

    /** Entries that are off count at once when they are switched on; where a guest runs, the unit looks up each time. */
    private static boolean isCached(InterruptFinding finding) {
        return finding instanceof InterruptFinding.Remapped || finding instanceof InterruptFinding.Passed;
    }

    private Finding look(int deviceId, int pasid) {
        Finding found = engine().lookup.find(deviceId, pasid);
        return found instanceof Translated t && t.guest() != null && !invalidations.noteGuest() ? engine().lookup.find(deviceId, pasid) : found;
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
        Finding finding = devices.find(deviceId, pasid);
        if (finding.excluded() != null && finding.excluded().contains(iova)) {
            return PASS_THROUGH;
        }
        if (finding instanceof Translated context) {
            return translate(context, epoch, deviceId, pasid, iova, permission);
        }
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

    private long translate(Translated context, Object epoch, int deviceId, int pasid, long iova, int permission) {
        long tag = Invalidations.tag(context);
        if ((context.granted() & permission) != 0) {
            // Host tables know no execution of their own: fetching code is reading.
            int need = context.guest() == null && permission == Permissions.EXECUTE ? Permissions.READ : permission;
            long cached = translations.translate(tag, iova, need);
            if (cached >= 0) {
                return cached;
            }
        }
        Engine engine = engine();
        long answer = walk(engine, context, tag, epoch, iova, permission);
        if (answer >= 0) {
            return answer;
        }
        return answer == DmaWalker.UNKNOWN ? -1L - ABORTED
                : refused(event(engine), deviceId, pasid, context.trail().get(0), address(engine, iova), permission(engine, permission));
    }

    /** Walks, marks what was walked, and keeps the answer; or {@link DmaWalker}'s answers, with the event in walker or marks. */
    private long walk(Engine engine, Translated context, long tag, Object epoch, long iova, int permission) {
        for (int tries = 0; tries < TRIES; tries++) {
            long ticket = invalidations.ticket(context, tag);
            // If the entry was dropped since it was found, so are its translations, maybe before the ticket: then keep nothing.
            boolean current = devices.epoch() == epoch;
            engine.marked = false;
            long answer = engine.walker.walk(context, iova, permission);
            boolean marks = answer >= 0 && engine.marks.begin(context, live.state) && !engine.marks.areThere(engine.walker, context, permission);
            if (marks) {
                answer = engine.walker.trace(context, iova, permission);
            }
            if (answer < 0) {
                return answer;
            }
            int outcome = marks ? engine.marks.mark(engine.walker, context, answer, permission) : AccessedDirty.DONE;
            if (outcome == AccessedDirty.FAULT) {
                engine.marked = true;
                return DmaWalker.FAULT;
            }
            if (outcome == AccessedDirty.DONE) {
                int permissions = engine.walker.tablePermissions() & (engine.marks.writesAreSettled() ? Permissions.ALL : ~Permissions.WRITE);
                if (current) {
                    translations.fill(ticket, tag, iova, engine.walker.pageShift(), answer, permissions);
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
        public Finding find(int deviceId, int pasid) {
            return devices.find(deviceId, pasid);
        }

        @Override
        public Event walk(Translated context, int deviceId, int pasid, long iova, int permission, DeviceTranslation.Reply reply) {
            Engine engine = engine();
            long answer = AmdViUnit.this.walk(engine, context, Invalidations.tag(context), null, iova, permission);
            if (answer >= 0) {
                reply.size = 1L << Math.min(engine.walker.pageShift(), Long.SIZE - 2);
                reply.address = answer;
                reply.untranslatedOnly |= context.guest() == null && PagingEntry.UNTRANSLATED_ONLY.get(engine.walker.entry()) != 0;
                return null;
            }
            Event event = answer == DmaWalker.UNKNOWN ? Event.ABORTED : event(engine);
            events.request(event, deviceId, pasid, context.trail().get(0), address(engine, iova), permission, true);
            return event;
        }

        @Override
        public void deliver() {
            messages.deliver();
        }
    }
}
