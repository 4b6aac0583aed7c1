// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.model;

import java.util.Map;
import java.util.Optional;

import org.sluice.api.Permissions;
import org.sluice.api.TranslationRequest;
import org.sluice.backend.vtd.layout.FaultReason;
import org.sluice.backend.vtd.layout.Vtd;
import org.sluice.backend.vtd.lookup.ConfigurationLookup;
import org.sluice.backend.vtd.lookup.Finding;
import org.sluice.backend.vtd.lookup.Finding.Blocked;
import org.sluice.backend.vtd.lookup.Finding.PassThrough;
import org.sluice.backend.vtd.lookup.Finding.Translated;
import org.sluice.backend.vtd.lookup.InterruptFinding;
import org.sluice.backend.vtd.lookup.InterruptFinding.Kind;
import org.sluice.backend.vtd.lookup.InterruptLookup;
import org.sluice.backend.vtd.lookup.StageWalker;
import org.sluice.backend.vtd.lookup.UnitFirmware;
import org.sluice.backend.vtd.lookup.UnitState;
import org.sluice.kit.cache.ConfigurationCache;
import org.sluice.kit.cache.PerThread;
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
 * A unit from reset on: software programs its registers and queue, devices translate through its caches, faults are recorded where
 * the architecture puts them. Its version and capabilities are those of the machine, less what is not modelled.
 *
 * <p>Memory that the image does not hold is refused without a record: there is no such thing in hardware.
 */
public final class VtdUnit implements UnitModel {
    /** Code of a request that is blocked without a fault reason. */
    public static final int BLOCKED = VtdModel.BLOCKED;

    private static final int SOURCE_IDS = 0xffff;
    /** A request whose tables change more often than this while it is translated is blocked: nobody waits for ever. */
    private static final int MAX_WALKS = 1000;

    private final PhysicalMemory memory;
    private final UnitFirmware firmware;
    private final Messages messages = new Messages();
    private final ContextCache contexts;
    private final ConfigurationCache<Context> configurations;
    private final Invalidations invalidations;
    private final InterruptCache interruptEntries;
    private final ControlUnit control;
    private final FaultRecorder faults;
    private final PerThread<Engine> engines;
    private final RegisterPort port;
    private final ProtectedMemory protectedMemory;
    private final DeviceRequests devices;
    private volatile Live live;

    /** What one thread works with. */
    private record Engine(StageWalker walker, AccessMarks marks) {
    }

    /** What the registers that were taken over say. */
    private record Live(UnitState state, Finding gate, InterruptLookup interrupts) {
    }

    /** @param unit its registers tell version and capabilities */
    public VtdUnit(UnitContext unit) {
        memory = unit.memory();
        firmware = UnitFirmware.of(unit.machine(), unit.unit());
        RegisterPort told = unit.registers();
        ConfigurationLookup start = new ConfigurationLookup(memory, new UnitState(Map.of(), firmware.hostBits()));
        contexts = new ContextCache(start, this::context);
        configurations = contexts.cache();
        interruptEntries = new InterruptCache(memory);
        invalidations = new Invalidations(contexts, interruptEntries);
        control = new ControlUnit(told, memory, messages, invalidations, deviceCalls(), this::changed);
        faults = control.faults();
        protectedMemory = control.protectedMemory();
        devices = control.hasDeviceTlbs() ? new DeviceRequests(this, faults, control.pageRequests()) : null;
        engines = new PerThread<>(() -> new Engine(new StageWalker(new ConfigurationLookup(memory, live.state), memory), new AccessMarks(memory)));
        changed();
        port = port(control.registers(), control.queue());
    }

    private RegisterPort port(RegisterFile registers, InvalidationQueue queue) {
        return new DeliveringPort(registers, InvalidationQueue.TAIL, InvalidationQueue.POINTER) {
            @Override
            protected void tailMoved() {
                queue.run();
            }

            @Override
            protected void settle() {
                queue.work();
                messages.deliver();
            }
        };
    }

    /** Whether a machine's unit is as reset leaves it, so that a model may take it from there. */
    public static boolean isReset(RegisterPort registers) {
        return ControlUnit.isReset(registers);
    }

    /** The queue is there before what it tells devices through. */
    private InvalidationQueue.DeviceCalls deviceCalls() {
        return new InvalidationQueue.DeviceCalls() {
            @Override
            public void invalidate(int sourceId, int pasid, long first, long last) {
                devices.invalidate(sourceId, pasid, first, last);
            }

            @Override
            public void respond(int sourceId, int pasid, int group, int code) {
                devices.respond(sourceId, pasid, group, code);
            }
        };
    }

    static int sourceId(int requester) {
        return requester & SOURCE_IDS;
    }

    boolean isTranslating() {
        return live.gate == null;
    }

    boolean isProtected(long address) {
        return protectedMemory.blocks(address);
    }

    Finding find(int sourceId, int pasid) {
        return contexts.find(sourceId, pasid);
    }

    /** This thread's walker, as the last {@link #walk} left it. */
    StageWalker walker() {
        return engines.get().walker;
    }

    long walk(Translated context, long iova, int permission) {
        return walk(engines.get(), context, iova, permission);
    }

    void deliver() {
        messages.deliver();
    }

    @Override
    public Optional<DeviceTranslation> deviceTranslation() {
        return Optional.ofNullable(devices);
    }

    private Context context(Finding finding) {
        return invalidations.context(finding, finding instanceof Translated t && !t.nested() ? direct(t) : null);
    }

    private DirectWalk direct(Translated tables) {
        Finding.Table only = tables.first() != null ? tables.first() : tables.second();
        return DirectWalk.of(memory, only.format(), only.root(), AccessMarks.of(tables));
    }

    private void changed() {
        UnitState state = new UnitState(control.takenOver(), firmware.hostBits());
        ConfigurationLookup lookup = new ConfigurationLookup(memory, state);
        contexts.use(lookup);
        live = new Live(state, lookup.gate(), new InterruptLookup(memory, state, interruptEntries::find));
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
    public long translate(int requester, int pasid, long iova, int permission) {
        Live now = live;
        if (now.gate != null) {
            return now.gate instanceof PassThrough && !protectedMemory.blocks(iova) ? PASS_THROUGH : -1L - BLOCKED;
        }
        int sourceId = requester & SOURCE_IDS;
        if (Vtd.isInterrupt(iova) && (pasid == TranslationRequest.NO_PASID || now.state.scalable())) {
            // Interrupt messages have their own way in; anything else there is an error (section 3.14).
            boolean message = pasid == TranslationRequest.NO_PASID && permission == Permissions.WRITE;
            return now.state.scalable() && !message
                    ? fault(sourceId, pasid, iova, permission, FaultReason.SM_INTERRUPT_OUTPUT, false) : -1L - BLOCKED;
        }
        Object epoch = configurations.epoch();
        Context context = configurations.find(sourceId, pasid);
        if (context.tables() == null) {
            return decide(context.finding(), sourceId, pasid, iova, permission);
        }
        long cached = context.find(iova, permission);
        long output = cached >= 0 ? cached : context.walk(iova, permission, configurations, epoch);
        return output >= 0 && !Vtd.isInterrupt(output) ? output : walk(context, epoch, sourceId, pasid, iova, permission);
    }

    /** Where no tables translate. */
    private long decide(Finding finding, int sourceId, int pasid, long iova, int permission) {
        if (finding instanceof PassThrough pass) {
            return passThrough(pass, sourceId, pasid, iova, permission);
        }
        return finding instanceof Blocked blocked && blocked.reason() != null
                ? fault(sourceId, pasid, iova, permission, blocked.reason(), blocked.quiet()) : -1L - BLOCKED;
    }

    /** Where neither the cache nor a plain walk has an answer. */
    private long walk(Context context, Object epoch, int sourceId, int pasid, long iova, int permission) {
        long ticket = context.ticket();
        boolean current = configurations.epoch() == epoch;
        Engine engine = engines.get();
        long answer = walk(engine, context.tables(), iova, permission);
        if (answer >= 0) {
            if (current) {
                int permissions = engine.walker.permissions();
                context.fill(ticket, iova, PageWord.of(answer, engine.walker.pageShift(),
                        engine.marks.isWritable() ? permissions : permissions & ~Permissions.WRITE));
            }
            return answer;
        }
        return answer == StageWalker.UNKNOWN || answer == StageWalker.NEEDS_ECAP ? -1L - BLOCKED
                : fault(sourceId, pasid, iova, permission, StageWalker.reason(answer), context.tables().quiet());
    }

    /** A walk and its marks in the tables; as {@link StageWalker#walk}. Another walk is due where software changed an entry meanwhile. */
    private static long walk(Engine engine, Translated context, long iova, int permission) {
        for (int tries = 0; tries < MAX_WALKS; tries++) {
            long answer = engine.walker.walk(context, iova, permission);
            int outcome = answer < 0 ? AccessMarks.DONE : engine.marks.mark(context, engine.walker, permission);
            if (outcome == AccessMarks.DONE) {
                return answer;
            }
            if (outcome != AccessMarks.CHANGED) {
                return -1L - (outcome == AccessMarks.FIRST_REFUSED ? FaultReason.FS_UPDATE_FAILED : FaultReason.SM_TABLE_ACCESS).code();
            }
        }
        return StageWalker.UNKNOWN;
    }

    private long passThrough(PassThrough pass, int sourceId, int pasid, long iova, int permission) {
        if (permission == Permissions.EXECUTE && !pass.executes()) {
            return fault(sourceId, pasid, iova, permission, FaultReason.EXECUTE_DISABLED, pass.quiet());
        }
        if (protectedMemory.blocks(iova)) {
            return -1L - BLOCKED;
        }
        return pass.width() < Long.SIZE && iova >>> pass.width() != 0
                ? fault(sourceId, pasid, iova, permission, FaultReason.BEYOND_WIDTH, pass.quiet()) : PASS_THROUGH;
    }

    /** @param quiet FPD was set in an entry on the way: qualified faults are not recorded */
    private long fault(int sourceId, int pasid, long iova, int permission, FaultReason reason, boolean quiet) {
        if (!quiet || !reason.qualified()) {
            faults.recordRequest(sourceId, pasid, iova, permission, reason);
            messages.deliver();
        }
        return -1L - reason.code();
    }

    @Override
    public boolean interrupt(int requester, long address, int data) {
        if (!InterruptLookup.isRequest(address)) {
            return false;
        }
        int sourceId = requester & SOURCE_IDS;
        boolean ioApic = firmware.ioApics().contains(sourceId);
        InterruptFinding finding = live.interrupts.find(sourceId, address, data & 0xffff_ffffL, ioApic);
        if (finding.kind() == Kind.POSTED) {
            finding = PostedInterrupts.post(memory, live.interrupts, finding);
        }
        if (finding.kind() == Kind.BLOCKED && finding.reason() != null && !finding.quiet()) {
            faults.recordInterrupt(sourceId, finding.index(), finding.reason());
            messages.deliver();
        } else if (finding.address() != 0) {
            messages.send(finding.address(), finding.data());
        }
        return true;
    }
}
