// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.swap;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.WeakHashMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Predicate;

import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.Designate;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;
import org.sluice.api.Machine;
import org.sluice.api.Progress;
import org.sluice.api.Status;
import org.sluice.api.event.Topics;
import org.sluice.api.space.Refusal;
import org.sluice.api.space.Refusal.Rule;
import org.sluice.api.space.RefusedException;
import org.sluice.api.space.SwapService;
import org.sluice.api.space.SwapState;
import org.sluice.core.audit.Audit;
import org.sluice.core.interrupt.InterruptPipeline;
import org.sluice.core.registry.BackendRegistry;
import org.sluice.core.registry.Lists;
import org.sluice.core.registry.MachineRegistry;
import org.sluice.core.registry.OpenMachine;
import org.sluice.core.registry.UnitSlot;
import org.sluice.core.space.SpaceRegistry;
import org.sluice.core.unit.LiveUnit;
import org.sluice.machine.IommuException;
import org.sluice.spi.Backend;

/**
 * The swap service, and what becomes of units whose backend leaves: by the operator's policy a standby takes over while the old one can
 * still be called, or DMA is blocked until a backend of that name is back.
 */
@Component(service = {Swaps.class, SwapService.class}, configurationPid = "org.sluice.swap")
@Designate(ocd = Swaps.Policy.class)
public final class Swaps implements SwapService {
    private static final int REMEMBERED = 100;
    private static final long WAIT_NANOS = 100_000;
    private static final SwapOptions NO_DEADLINE = new SwapOptions(0, false, false);
    private static final SwapOptions DRY_RUN = new SwapOptions(0, false, true);

    /** What the operator decides. */
    @ObjectClassDefinition(name = "Sluice: swapping backends")
    public @interface Policy {
        @AttributeDefinition(description = "Backends that take over, in this order, when a unit's backend leaves; may be written with commas; none: DMA is blocked")
        String[] standby() default {};

        @AttributeDefinition(description = "Milliseconds that a takeover by a standby may take before DMA is blocked instead")
        long takeoverMillis() default 4000;
    }

    private final BackendRegistry backends;
    private final MachineRegistry machines;
    private final SpaceRegistry spaces;
    private final InterruptPipeline interrupts;
    private final Consumer<Backend> came = this::came;
    private final Consumer<Backend> leaves = this::leaves;
    private final ExecutorService worker = Executors.newSingleThreadExecutor(work -> {
        Thread thread = new Thread(work, "sluice-swap");
        thread.setDaemon(true);
        return thread;
    });
    private final Map<UnitSlot, Swap> busy = new ConcurrentHashMap<>();
    private final Map<OpenMachine, Deque<SwapReport>> history = new WeakHashMap<>();
    private volatile Policy policy;

    @Activate
    public Swaps(@Reference BackendRegistry backends, @Reference MachineRegistry machines, @Reference SpaceRegistry spaces,
            @Reference InterruptPipeline interrupts, Policy policy) {
        this.backends = backends;
        this.machines = machines;
        this.spaces = spaces;
        this.interrupts = interrupts;
        this.policy = policy;
        // Its thread begins now: begun later it would inherit the user whose command happened to be the first.
        worker.execute(() -> { });
        backends.addBindListener(came);
        backends.addUnbindListener(leaves);
    }

    @Modified
    public void modified(Policy changed) {
        policy = changed;
        worker.execute(() -> slots(UnitSlot::isAbsent).forEach(of -> takenOver(of, System.nanoTime() + changed.takeoverMillis() * 1_000_000)));
    }

    @Deactivate
    void stop() {
        backends.removeBindListener(came);
        backends.removeUnbindListener(leaves);
        worker.shutdown();
    }

    @Override
    public SwapReport swap(Machine machine, String unit, String backend, SwapOptions options, Progress progress) {
        OpenMachine open = OpenMachine.of(machine);
        UnitSlot slot = open.slot(unit);
        SwapReport report = swap(open, slot, make(open, slot, backends.byName(backend), options, progress).interruptible(), options);
        if (report.state() == SwapState.ACTIVE) {
            spaces.of(open).chosen(slot, report.to());
        }
        return report;
    }

    /**
     * Puts backends in front of units that wait for one since the platform was started, if they are there; the others come with {@link #came}.
     * Must not be called with the machine's lock.
     *
     * @return reports of those that could not take over
     */
    public List<SwapReport> serveAwaiting(OpenMachine machine) {
        List<SwapReport> failed = new ArrayList<>();
        for (UnitSlot slot : machine.slots()) {
            SwapReport report = serveAwaiting(machine, slot);
            if (report != null && report.state() != SwapState.ACTIVE) {
                failed.add(report);
            }
        }
        return failed;
    }

    /** @return null if nothing was to be done: nobody is there, or somebody else was quicker */
    private SwapReport serveAwaiting(OpenMachine machine, UnitSlot slot) {
        while (slot.isAwaiting()) {
            Optional<Backend> backend = backends.welcomeAt(slot);
            if (backend.isEmpty()) {
                return null;
            }
            Swap swap = make(machine, slot, backend.get(), NO_DEADLINE, Progress.NONE);
            if (busy.putIfAbsent(slot, swap) == null) {
                return run(machine, slot, swap, NO_DEADLINE, true);
            }
            LockSupport.parkNanos(WAIT_NANOS);
        }
        return null;
    }

    private Swap make(OpenMachine machine, UnitSlot slot, Backend backend, SwapOptions options, Progress progress) {
        return new Swap(spaces.of(machine), interrupts.interrupts(machine), slot, backend, options, progress);
    }

    private SwapReport swap(OpenMachine machine, UnitSlot slot, Swap swap, SwapOptions options) {
        enter(slot, swap);
        return run(machine, slot, swap, options, false);
    }

    private void enter(UnitSlot slot, Swap swap) {
        if (busy.putIfAbsent(slot, swap) != null) {
            throw new RefusedException(Refusal.of(Rule.BUSY, null, "unit " + slot.name() + " is being swapped", "wait for it: unit-list shows how far it is"));
        }
    }

    private void leave(UnitSlot slot, Swap swap) {
        busy.remove(slot);
        swap.end();
    }

    /** A swap that is entered as the one under way; {@code null} if it is for a waiting unit that waits no longer. */
    private SwapReport run(OpenMachine machine, UnitSlot slot, Swap swap, SwapOptions options, boolean onlyIfAwaiting) {
        try {
            if (onlyIfAwaiting && !slot.isAwaiting()) {
                return null;
            }
            if (!backends.has(swap.backend())) {
                // It left after it was looked up; had it left after this, it would have found this swap.
                swap.abandon();
            }
            SwapReport report = swap.run();
            remember(machine, report);
            machine.notices().tell(Topics.SWAP_ENDED, "unit", report.unit(), "from", report.from(), "to", report.to(), "state", report.state().name(),
                    "mappings", report.mappings(), "prepareMicros", report.prepareNanos() / 1000, "blackoutMicros", report.blackoutNanos() / 1000,
                    "dryRun", options.dryRun(), "text", report.text());
            if (!options.dryRun()) {
                Audit.record("swap", machine.name() + "/" + slot.name(), report.from(), report.to() + "@" + swap.backend().info().version(),
                        report.state() + (report.text().isEmpty() ? "" : ": " + report.text()));
            }
            return report;
        } finally {
            leave(slot, swap);
        }
    }

    private synchronized void remember(OpenMachine machine, SwapReport report) {
        Deque<SwapReport> reports = history.computeIfAbsent(machine, m -> new ArrayDeque<>());
        reports.addLast(report);
        if (reports.size() > REMEMBERED) {
            reports.removeFirst();
        }
    }

    @Override
    public List<Refusal> probe(Machine machine, String unit, String backend) {
        OpenMachine open = OpenMachine.of(machine);
        UnitSlot slot = open.slot(unit);
        Swap swap = make(open, slot, backends.byName(backend), DRY_RUN, Progress.NONE).interruptible();
        enter(slot, swap);
        try {
            return swap.run().refusals();
        } finally {
            leave(slot, swap);
        }
    }

    @Override
    public Status status(Machine machine, String unit) {
        return OpenMachine.of(machine).slot(unit).info().status();
    }

    @Override
    public synchronized List<SwapReport> history(Machine machine) {
        return List.copyOf(history.getOrDefault(OpenMachine.of(machine), new ArrayDeque<>()));
    }

    /** Units that nobody serves and that this backend served before, or may take over: on a thread of ours, since filling takes time. */
    private void came(Backend backend) {
        worker.execute(() -> slots(slot -> slot.welcomes(backend) || slot.isAbsent() && isStandby(backend)).forEach(of -> {
            if (of.slot.isAwaiting()) {
                serveAwaiting(of.machine, of.slot);
            } else if (backends.has(backend)) {
                swap(of.machine, of.slot, make(of.machine, of.slot, backend, SwapOptions.DEFAULT, Progress.NONE), SwapOptions.DEFAULT);
            }
        }));
    }

    private boolean isStandby(Backend backend) {
        return Lists.items(policy.standby()).stream().anyMatch(name -> name.equals(backend.info().name())
                || name.equals(backend.info().name() + "@" + backend.info().version()));
    }

    /** Called while the leaving backend still works; when this returns nothing of it is kept. */
    private void leaves(Backend leaving) {
        long end = System.nanoTime() + policy.takeoverMillis() * 1_000_000;
        busy.values().stream().filter(swap -> swap.backend() == leaving).forEach(Swap::abandon);
        for (Of of : slots(slot -> slot.live() != null && slot.live().backend() == leaving)) {
            Swap underWay = busy.get(of.slot);
            if (underWay != null) {
                // The operator's own swap away from it may be nearly done, and is worth more than the standby.
                underWay.awaitEnd(end - System.nanoTime());
            }
            if (of.isServedBy(leaving) && !takenOver(of, end)) {
                block(of, leaving);
            }
        }
    }

    private boolean takenOver(Of of, long end) {
        for (String standby : Lists.items(policy.standby())) {
            try {
                long left = Math.max(1, (end - System.nanoTime()) / 1_000_000);
                SwapOptions options = new SwapOptions(left, true, false);
                Swap takeover = make(of.machine, of.slot, backends.byName(standby), options, Progress.NONE);
                if (swap(of.machine, of.slot, takeover, options).state() == SwapState.ACTIVE) {
                    return true;
                }
            } catch (IommuException e) {
                // That standby is not there or is busy: the next one may be, and else DMA is blocked.
                continue;
            }
        }
        return false;
    }

    private void block(Of of, Backend leaving) {
        of.machine.lock().lock();
        try {
            if (of.isServedBy(leaving)) {
                LiveUnit unit = of.slot.live();
                String name = leaving.info().name();
                spaces.of(of.machine).blockUnit(of.slot, new Status(SwapState.ABSENT.name(), "BACKEND_LEFT", "backend "
                        + name + " was taken away; DMA is blocked until it is back"));
                // No DMA passes any more: these are its last faults.
                of.slot.drainFaults(unit);
                Audit.record("block", of.machine.name() + "/" + of.slot.name(), name + "@" + leaving.info().version(), null, SwapState.ABSENT.name());
            }
        } finally {
            of.machine.lock().unlock();
        }
    }

    private record Of(OpenMachine machine, UnitSlot slot) {
        boolean isServedBy(Backend backend) {
            LiveUnit unit = slot.live();
            return unit != null && unit.backend() == backend;
        }
    }

    /** With the machine's lock held for the question: what was decided before is seen, and a backend that left is not found afterwards. */
    private List<Of> slots(Predicate<UnitSlot> which) {
        List<Of> found = new ArrayList<>();
        for (OpenMachine machine : machines.all()) {
            machine.lock().lock();
            try {
                machine.slots().stream().filter(which).forEach(slot -> found.add(new Of(machine, slot)));
            } finally {
                machine.lock().unlock();
            }
        }
        return found;
    }
}
