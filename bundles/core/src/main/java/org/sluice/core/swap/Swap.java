// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.swap;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

import org.sluice.api.Progress;
import org.sluice.api.Status;
import org.sluice.api.space.Refusal;
import org.sluice.api.space.Refusal.Rule;
import org.sluice.api.space.RefusedException;
import org.sluice.api.space.SwapService.SwapOptions;
import org.sluice.api.space.SwapService.SwapReport;
import org.sluice.api.space.SwapState;
import org.sluice.core.interrupt.MachineInterrupts;
import org.sluice.core.interrupt.MachineInterrupts.Prepared;
import org.sluice.core.registry.UnitSlot;
import org.sluice.core.space.MachineSpaces;
import org.sluice.core.space.Projection;
import org.sluice.core.space.Space;
import org.sluice.core.unit.Gate;
import org.sluice.core.unit.LiveUnit;
import org.sluice.machine.IommuException;
import org.sluice.spi.Backend;

/**
 * One swap. The new backend gets hardware of its own and its own tables, filled in slices while the old one serves; changes meanwhile go
 * to both. Then one exchange under the closed gate: its length does not depend on how much is mapped. Whatever fails before the exchange
 * leaves the old backend as it was.
 */
final class Swap {
    /** Mappings filled before a look whether a change waits for the lock; it waits no longer than that takes. */
    private static final int SLICE = 512;
    /** How long filling keeps the lock at most while nobody waits: handing it over costs more than a slice. */
    private static final long HOLD_NANOS = 1_000_000;
    /** How long filling waits at most between two slices for changes to go first. */
    private static final long GIVE_WAY_NANOS = 1_000_000;

    /** What is no refusal of a mapping but an end on the way. */
    private static final Set<Rule> ENDS = EnumSet.of(Rule.DEADLINE, Rule.BACKEND, Rule.INTERRUPTED);

    private final MachineSpaces spaces;
    private final MachineInterrupts interrupts;
    private final UnitSlot slot;
    private final Backend backend;
    private final SwapOptions options;
    private final Progress progress;
    private final ReentrantLock lock;
    private final long began = System.nanoTime();
    private final List<Projection> projections = new ArrayList<>();
    private final CountDownLatch over = new CountDownLatch(1);
    private volatile boolean abandoned;
    /** Whether an interrupt of the thread ends it: only where a user waits for it. */
    private boolean interruptible;
    /** Whoever was to be told how far it is threw something: users end work so. */
    private boolean unwanted;
    private LiveUnit old;
    private LiveUnit next;
    private String from;
    /** What a forced switch has cut short. */
    private String forced = "";
    private long prepareNanos;
    private long blackoutNanos;

    Swap(MachineSpaces spaces, MachineInterrupts interrupts, UnitSlot slot, Backend backend, SwapOptions options, Progress progress) {
        this.spaces = spaces;
        this.interrupts = interrupts;
        this.slot = slot;
        this.backend = backend;
        this.options = options;
        this.progress = progress;
        this.lock = spaces.machine().lock();
    }

    SwapReport run() {
        try {
            phase(SwapState.PROBING);
            List<Refusal> reasons = probe();
            if (!reasons.isEmpty()) {
                return report(SwapState.REFUSED, reasons.get(0).line(), reasons);
            }
            if (options.dryRun()) {
                return report(SwapState.PROBING, "it would fit; nothing was changed", List.of());
            }
            fill();
            exchange();
            phase(SwapState.DRAINING);
            drain();
            return report(SwapState.ACTIVE, forced, List.of());
        } catch (RefusedException e) {
            return report(ENDS.contains(e.rule()) ? SwapState.FAILED : SwapState.REFUSED, e.getMessage(), e.refusals());
        } catch (RuntimeException | Error e) {
            String why = e instanceof IommuException ? e.getMessage() : "backend " + backend.info().name() + " broke: " + e;
            return report(SwapState.FAILED, why, List.of(Refusal.of(Rule.BACKEND, null, why, "see the log", "swap to another backend")));
        } finally {
            forgetNext();
            slot.phase(null);
        }
    }

    Backend backend() {
        return backend;
    }

    /**
     * The new backend leaves. Whoever holds the machine's lock after this was called finds it in front of the devices, or it never will be:
     * the exchange looks once more with the lock held.
     */
    void abandon() {
        abandoned = true;
    }

    void end() {
        over.countDown();
    }

    /** Waits until it is over, at most that long. */
    void awaitEnd(long nanos) {
        try {
            over.await(nanos, TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            // Whoever waits looks at what serves the unit anyway; it is only that nobody waits any longer.
            Thread.currentThread().interrupt();
        }
    }

    /** Lets an interrupt of the thread that runs it end it, as long as the old backend serves. */
    Swap interruptible() {
        interruptible = true;
        return this;
    }

    /** Called before each step until the exchange; whatever ends a swap then, the old backend serves on. */
    private void checkWanted() {
        if (abandoned) {
            throw new RefusedException(Refusal.of(Rule.BACKEND, null, "backend " + backend.info().name() + " was taken away during the swap",
                    "swap again when it is back"));
        }
        checkInterrupt();
    }

    private void checkInterrupt() {
        if (unwanted || interruptible && Thread.currentThread().isInterrupted()) {
            LiveUnit serving = slot.live();
            throw new RefusedException(Refusal.of(Rule.INTERRUPTED, null, "interrupted; " + (serving == null ? "DMA of unit " + slot.name() + " stays blocked"
                    : serving.backendName() + " serves unit " + slot.name() + " as before"), "swap again"));
        }
    }

    private void tell(String what, long done, long total) {
        try {
            progress.at(what, done, total);
        } catch (RuntimeException e) {
            unwanted = true;
        }
    }

    /** Powers the new unit on beside the old and asks what it has against the mappings. */
    List<Refusal> probe() {
        lock.lock();
        try {
            slot.demand();
            old = slot.live();
            from = old == null ? null : old.backendName();
            checkWanted();
            next = slot.start(backend);
            List<Refusal> found = new ArrayList<>();
            for (Space space : spaces.behind(slot)) {
                found.addAll(space.units().againstSwap(slot, next));
            }
            found.addAll(interrupts.against(slot, next));
            return found.stream().distinct().toList();
        } finally {
            lock.unlock();
        }
    }

    private void fill() {
        boolean more = true;
        while (more) {
            lock.lock();
            try {
                long held = System.nanoTime();
                List<Space> behind = spaces.behind(slot);
                do {
                    more = fillSlice(behind);
                } while (more && !lock.hasQueuedThreads() && System.nanoTime() - held < HOLD_NANOS);
            } finally {
                lock.unlock();
            }
            giveWay();
            if (overdue()) {
                throw new RefusedException(Refusal.of(Rule.DEADLINE, null, "the tables were not filled within " + options.deadlineMillis()
                        + " ms", "give it a longer --deadline"));
            }
        }
    }

    /** A change that waits for the lock would else find it taken again before its thread is awake. */
    private void giveWay() {
        long began = System.nanoTime();
        while (lock.hasQueuedThreads() && System.nanoTime() - began < GIVE_WAY_NANOS) {
            Thread.yield();
        }
    }

    /** Whether there is more to fill. Spaces that got their first device meanwhile join. */
    private boolean fillSlice(List<Space> behind) {
        checkWanted();
        long done = 0;
        long total = 0;
        for (Space space : behind) {
            Projection projection = projectionOf(space);
            checkProjections();
            if (!projection.isFilled()) {
                space.units().fill(projection, SLICE);
                tell("mappings", projection.count(), space.count());
                return true;
            }
            done += projection.count();
            total += space.count();
        }
        tell("mappings", done, total);
        return false;
    }

    private Projection projectionOf(Space space) {
        for (Projection projection : projections) {
            if (projection.space() == space) {
                return projection;
            }
        }
        // Before the devices of this one are attached: those that have come to it from another must not be blocked as gone from there later.
        detachGone();
        Projection projection = space.units().project(slot, next);
        projections.add(projection);
        slot.phase(() -> new Status(SwapState.FILLING.name(), "", projection.count() + " of " + space.count() + " mappings of space " + space.name()));
        return projection;
    }

    private void detachGone() {
        projections.forEach(p -> p.space().units().detachGone(p));
    }

    private boolean overdue() {
        return options.deadlineMillis() > 0 && System.nanoTime() - began > options.deadlineMillis() * 1_000_000;
    }

    private void exchange() {
        lock.lock();
        try {
            List<Space> behind = spaces.behind(slot);
            while (fillSlice(behind)) {
                // The last changes came between the last slice and this lock; from here on there are none.
                continue;
            }
            if (slot.live() != old) {
                throw new RefusedException(Refusal.of(Rule.BUSY, null, "what serves unit " + slot.name() + " changed during the swap", "try again"));
            }
            phase(SwapState.SWITCHING);
            detachGone();
            projections.forEach(p -> p.space().units().attachAll(p));
            Prepared prepared = interrupts.prepare(slot, next);
            checkProjections();
            if (slot.isAwaiting()) {
                projections.forEach(p -> p.space().units().verify(slot, next));
            }
            checkWanted();
            prepareNanos = System.nanoTime() - began;
            closeAndSwitch(prepared);
            spaces.all().forEach(Space::refresh);
        } finally {
            lock.unlock();
        }
    }

    /** What broke on the way is not put in front of devices. */
    private void checkProjections() {
        for (Projection projection : projections) {
            if (projection.failure() != null) {
                throw new RefusedException(projection.failure());
            }
        }
    }

    private void closeAndSwitch(Prepared prepared) {
        long before = slot.gate().closedNanos();
        try {
            long nanos = options.deadlineMillis() == 0 ? Gate.UNBOUNDED : options.deadlineMillis() * 1_000_000;
            if (!slot.gate().runClosed(nanos, this::checkInterrupt, () -> switchTo(prepared))) {
                if (!options.force()) {
                    throw new RefusedException(Refusal.of(Rule.DEADLINE, null, "DMA under way did not end within " + options.deadlineMillis()
                            + " ms", "use --force", "stop the device"));
                }
                switchByForce(prepared);
            }
        } finally {
            blackoutNanos = slot.gate().closedNanos() - before;
        }
    }

    private void switchByForce(Prepared prepared) {
        try {
            if (!slot.gate().close(0)) {
                cutShort();
            }
            switchTo(prepared);
        } finally {
            slot.gate().open();
        }
    }

    private void switchTo(Prepared prepared) {
        slot.put(next, null);
        next = null;
        prepared.commit();
    }

    private void cutShort() {
        int accesses = slot.gate().underWay();
        forced = accesses + (accesses == 1 ? " access that" : " accesses that") + " did not end within " + options.deadlineMillis() + " ms cut short";
        if (old != null) {
            slot.cutShort(old);
        }
    }

    /** The old unit has no users any more: no access can be in its tables, since all began after the exchange. */
    private void drain() {
        lock.lock();
        try {
            if (old != null) {
                for (Space space : spaces.all()) {
                    space.units().drop(old);
                }
                interrupts.retire(old);
                slot.drainFaults(old);
                old.driver().stop();
            }
        } catch (RuntimeException | Error e) {
            // The old backend broke while it was put away; it serves nobody, and its memory is given to the next unit as a whole.
            tell("the old backend broke when it was stopped: " + e, -1, -1);
        } finally {
            lock.unlock();
        }
    }

    /** Takes away what a swap that came to nothing has made. */
    private void forgetNext() {
        if (next == null) {
            return;
        }
        lock.lock();
        try {
            for (Space space : spaces.all()) {
                space.units().drop(next);
            }
            interrupts.retire(next);
        } finally {
            lock.unlock();
        }
    }

    private void phase(SwapState state) {
        Status now = new Status(state.name(), "", "");
        slot.phase(() -> now);
    }

    private SwapReport report(SwapState state, String text, List<Refusal> reasons) {
        long mappings = projections.stream().mapToLong(Projection::count).sum();
        return new SwapReport(spaces.machine().name(), slot.name(), from, backend.info().name(), state, text, mappings,
                prepareNanos == 0 ? System.nanoTime() - began : prepareNanos, blackoutNanos, reasons);
    }
}
