// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.registry;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

import org.sluice.api.Status;
import org.sluice.api.TranslationReport;
import org.sluice.api.TranslationRequest;
import org.sluice.api.UnitInfo;
import org.sluice.api.event.Topics;
import org.sluice.api.space.Refusal;
import org.sluice.api.space.Refusal.Rule;
import org.sluice.api.space.RefusedException;
import org.sluice.api.space.SwapState;
import org.sluice.core.unit.FaultLog;
import org.sluice.core.unit.Gate;
import org.sluice.core.unit.LiveUnit;
import org.sluice.machine.AddressRange;
import org.sluice.machine.Hex;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;
import org.sluice.machine.MachineDescription.ReservedRange;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.spi.Backend;
import org.sluice.spi.Inspector;
import org.sluice.spi.UnitContext;

/**
 * One unit of an open machine: the only place that keeps anything of its backend. A unit that is the platform's to drive has a live unit
 * in it while a backend serves; its DMA passes the gate and finds whatever the slot holds then. Thread-safe.
 */
public final class UnitSlot {
    /** How long DMA that was cut short is waited for when its tables are wanted: longer than any that goes on as usual. */
    private static final long LOOK_NANOS = 100_000_000;

    private final int index;
    private final UnitContext described;
    private final BackendRegistry backends;
    private final Gate gate = new Gate();
    /** Two places for tables, so that a new backend can fill its own beside the old one's; null if the unit can only be read. */
    private final AddressRange[] tables;
    /** The machine's: whoever changes what the slot holds has it. */
    private final ReentrantLock lock;
    private final FaultLog faults;
    private final Notices notices;
    private volatile LiveUnit live;
    private volatile Status trouble;
    /** Asks a swap what it is doing at this moment; null while there is none. */
    private volatile Supplier<Status> phase;
    /** Name of the backend that served last: after it has left, one of that name is welcome. */
    private volatile String served;
    /** What broke while it served, and is not asked again by the platform itself; null again when it leaves or is chosen anew. */
    private volatile Backend broken;
    private boolean started;
    /** What an operator wants to serve the unit, or null. */
    private volatile String chosen;
    /** Whether what was mapped before the platform ended is still to come back. */
    private volatile boolean awaiting;
    /** Kept between single translations, which come in millions; long work gets an inspector of its own. */
    private Backend current;
    private Inspector inspector;
    /** What that inspector says of windows for messages. */
    private List<AddressRange> messageWindows = List.of();

    /** What served when DMA under way was not waited for any longer. */
    private final List<LiveUnit> cutShort = new ArrayList<>();

    UnitSlot(int index, UnitContext described, BackendRegistry backends, AddressRange driverMemory, ReentrantLock lock,
            FaultLog faults, Notices notices) {
        this.index = index;
        this.described = described;
        this.backends = backends;
        this.lock = lock;
        this.faults = faults;
        this.notices = notices;
        this.tables = driverMemory == null ? null : halves(driverMemory);
    }

    private static AddressRange[] halves(AddressRange range) {
        long half = range.size() / 2 & -(1L << 12);
        return new AddressRange[] {AddressRange.ofSize(range.start(), half), AddressRange.ofSize(range.start() + half, half)};
    }

    /** What is known of the unit, with the registers as they are now. */
    public UnitContext context() {
        LiveUnit unit = live;
        return unit == null ? described : unit.context();
    }

    /** The unit as it is now, with state that only the hardware has. */
    UnitDescription snapshot() {
        LiveUnit unit = live;
        return unit == null ? described.unit() : unit.snapshot();
    }

    public String name() {
        return described.unit().name();
    }

    public int index() {
        return index;
    }

    boolean hasIndex(String text) {
        return text.equals(Integer.toString(index));
    }

    /** Whether the platform drives the unit, or only reads what others made of it. */
    public boolean isDrivable() {
        return tables != null;
    }

    public Gate gate() {
        return gate;
    }

    /** What serves the unit at this moment, or null: DMA is blocked then. Within a section of the gate it stays what it is. */
    public LiveUnit live() {
        return live;
    }

    /** What serves the unit, powered on and started if that has not happened yet; null while no backend is there. The lock is held. */
    public LiveUnit demand() {
        if (!isDrivable()) {
            throw new IommuException(Reason.UNSUPPORTED, "unit " + name() + " belongs to a machine that is only read; "
                    + "address spaces and DMA need a made-up machine, as machine-open synthetic:vtd makes one");
        }
        if (!started) {
            Optional<Backend> backend = backends.backendOf(described.unit());
            if (backend.isPresent()) {
                put(firstStart(backend.get()), null);
            }
        }
        return live;
    }

    /** A backend that breaks at power-on serves nobody, and another one can be given the unit. */
    private LiveUnit firstStart(Backend backend) {
        try {
            return start(backend);
        } catch (IommuException e) {
            throw e;
        } catch (RuntimeException | Error e) {
            String why = "backend " + backend.info().name() + " broke: " + e;
            served = backend.info().name();
            put(null, new Status(SwapState.FAILED.name(), "BACKEND", why));
            broken = backend;
            throw new IommuException(Reason.NO_BACKEND, "unit " + name() + ": " + why + "; DMA is blocked; give it another backend with unit-swap");
        }
    }

    /**
     * Another unit, with tables where none has any that serves or was cut short. The lock is held.
     *
     * @throws RefusedException {@code BUSY} while there is no such memory
     */
    public LiveUnit start(Backend backend) {
        if (!cutShort.isEmpty() && gate.drain(LOOK_NANOS)) {
            cutShort.clear();
        }
        LiveUnit serving = live;
        for (AddressRange free : tables) {
            if ((serving == null || !serving.tables().equals(free)) && cutShort.stream().noneMatch(unit -> unit.tables().equals(free))) {
                return LiveUnit.start(backend, name(), described.machine(), described.memory(), free);
            }
        }
        throw new RefusedException(Refusal.of(Rule.BUSY, null, "DMA that was cut short when " + cutShort.get(0).backendName() + " stopped serving unit "
                + name() + " has not ended, and may still look into its tables", "stop the device", "try again"));
    }

    /** Keeps the tables of a unit that serves no longer until DMA has ended that began under it. The lock is held. */
    public void cutShort(LiveUnit unit) {
        cutShort.add(unit);
    }

    /**
     * Puts a unit in front of the devices. The lock is held and the gate closed, unless nothing has served before.
     *
     * @param unit null to block all DMA
     * @param why null if all is well
     */
    public void put(LiveUnit unit, Status why) {
        started = true;
        live = unit;
        trouble = why;
        served = unit == null ? served : unit.backendName();
        awaiting &= unit == null;
        synchronized (this) {
            current = null;
            inspector = null;
        }
        if (unit != null) {
            broken = null;
            notices.live();
        }
        Status now = why == null ? new Status(SwapState.ACTIVE.name(), "", "") : why;
        notices.tell(Topics.UNIT_CHANGED, "unit", name(), "backend", unit == null ? null : unit.backendName(), "state", now.state(), "detail", now.detail(),
                "text", now.text());
    }

    /** Notes that what served until now broke. The lock is held. */
    public void broke(Backend backend) {
        broken = backend;
    }

    /** Takes the faults out of a unit that serves, or served until now, into the machine's log. The lock is held. */
    public void drainFaults(LiveUnit unit) {
        long before = faults.next();
        unit.drainFaults(faults);
        long many = faults.next() - before;
        if (many > 0 && notices.isHeard()) {
            faults.since(before + many - 1, last -> notices.tellMany(Topics.FAULT, name(), "count", many, "unit", name(), "device",
                    last.device() == null ? null : last.device().toString(), "iova", Hex.of(last.iova()), "access", last.access(),
                    "fault", last.fault().name()));
        }
    }

    /** An operator has decided what serves the unit. The lock is held. */
    public void choose(String backend) {
        chosen = backend;
    }

    public String chosen() {
        return chosen;
    }

    /**
     * After a restart nothing serves the unit until a backend of that name, or without a name one that reads such units, has everything back and
     * its tables have been read. The lock is held.
     */
    public void await(String backend, Status why) {
        chosen = backend;
        served = backend;
        awaiting = true;
        put(null, why);
    }

    /** Whether what was mapped before a restart is not served yet. */
    public boolean isAwaiting() {
        return awaiting;
    }

    /** An inspector for one work. */
    public Inspector inspector() {
        LiveUnit unit = live;
        return unit == null ? inspectorOf(backend()) : unit.inspector().orElseThrow(() -> noInspector(unit.backend()));
    }

    /** One translation; what drives a unit changes its registers at any time, so nothing is kept of it. */
    public TranslationReport translate(TranslationRequest request, boolean steps) {
        return live == null ? translateStopped(request, steps) : inspector().translate(request, steps);
    }

    private synchronized TranslationReport translateStopped(TranslationRequest request, boolean steps) {
        if (inspector == null) {
            current = backend();
            inspector = inspectorOf(current);
            messageWindows = inspector.reservedRanges().stream().filter(r -> r.type().equals("msi")).map(ReservedRange::range).toList();
        }
        return inspector.translate(request, steps);
    }

    /** Where messages go that are not translated, as far as a stopped unit tells; known after its first {@link #translate}. */
    public synchronized List<AddressRange> messageWindows() {
        return messageWindows;
    }

    synchronized void drop(Backend leaving) {
        if (broken == leaving) {
            broken = null;
        }
        if (current == leaving) {
            current = null;
            inspector = null;
        }
    }

    public UnitInfo info() {
        LiveUnit unit = live;
        UnitDescription description = unit == null ? described.unit() : unit.context().unit();
        String backend = unit != null ? unit.backendName() : trouble != null ? null
                : backends.backendOf(description).map(b -> b.info().name()).orElse(null);
        return new UnitInfo(index, description.name(), description.type(), description.registerBase(), backend, status(backend));
    }

    /** What serves or reads the unit at this moment, or null. */
    Backend serving() {
        LiveUnit unit = live;
        return unit != null ? unit.backend() : trouble != null ? null : backends.backendOf(described.unit()).orElse(null);
    }

    /** Whether nobody serves the unit because this backend broke. */
    boolean failedUnder(Backend backend) {
        Status why = trouble;
        return live == null && why != null && why.state().equals(SwapState.FAILED.name()) && backend.info().name().equals(served);
    }

    /** Whether devices were served and nobody serves them now. */
    public boolean isAbsent() {
        Status why = trouble;
        return started && live == null && isDrivable() && why != null && why.state().equals(SwapState.ABSENT.name());
    }

    /** Tells whom to ask, from any thread, what a swap is doing; null when it is over. */
    public void phase(Supplier<Status> now) {
        phase = now;
    }

    /** Whether {@code backend} may serve a unit that nobody serves: it did so before, or it reads such units. */
    public boolean welcomes(Backend backend) {
        return started && live == null && isDrivable() && backend != broken
                && (served == null ? backend.supports(described.unit()) : backend.info().name().equals(served));
    }

    private Status status(String backend) {
        Supplier<Status> now = phase;
        if (now != null) {
            return now.get();
        }
        Status why = trouble;
        if (why != null) {
            return why;
        }
        return backend != null ? new Status(SwapState.ACTIVE.name(), "", "") : new Status(SwapState.ABSENT.name(), "NO_BACKEND",
                "no installed backend reads units of type " + described.unit().type());
    }

    private Backend backend() {
        Status why = trouble;
        if (why != null) {
            throw new IommuException(Reason.NO_BACKEND, "unit " + name() + " is " + why.state() + ": " + why.text()
                    + "; DMA is blocked; see backend-list, or give it another backend with unit-swap");
        }
        UnitDescription unit = described.unit();
        return backends.backendOf(unit).orElseThrow(() -> new IommuException(Reason.NO_BACKEND, "unit " + unit.name()
                + ": no installed backend reads units of type " + unit.type() + "; see backend-list, or put its bundle into deploy/"));
    }

    private Inspector inspectorOf(Backend backend) {
        return backend.inspector(described).orElseThrow(() -> noInspector(backend));
    }

    private IommuException noInspector(Backend backend) {
        return new IommuException(Reason.UNSUPPORTED, "backend " + backend.info().name() + " has no inspector: it cannot read unit " + name());
    }

    /** Stops what serves the unit. The lock is held. */
    void close() {
        LiveUnit unit = live;
        if (unit != null) {
            gate.close(0);
            live = null;
            gate.open();
        }
    }

    /** The lock under which the slot and everything behind it changes. */
    public ReentrantLock lock() {
        return lock;
    }
}
