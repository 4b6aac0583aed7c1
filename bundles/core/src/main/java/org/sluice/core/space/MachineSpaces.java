// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.space;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Collectors;

import org.sluice.api.Status;
import org.sluice.api.event.Topics;
import org.sluice.api.space.OwnedRange;
import org.sluice.api.space.Refusal;
import org.sluice.api.space.Refusal.Rule;
import org.sluice.api.space.RefusedException;
import org.sluice.api.space.SpaceOptions;
import org.sluice.api.space.SwapState;
import org.sluice.core.audit.Audit;
import org.sluice.core.registry.Names;
import org.sluice.core.registry.OpenMachine;
import org.sluice.core.registry.UnitSlot;
import org.sluice.core.store.Journal;
import org.sluice.core.unit.LiveUnit;
import org.sluice.machine.DeviceId;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;

/** The spaces of one machine, and which of them each device uses. The machine's lock is held for changes. */
public final class MachineSpaces {
    /** How long DMA under way may hold up the blocking of a unit whose backend broke. */
    private static final long GATE_NANOS = 100_000_000;

    private final OpenMachine machine;
    private final Map<String, Space> spaces = new TreeMap<>();
    /** Devices that an operator lets raise interrupts of others. */
    private final Set<DeviceId> unisolated = new TreeSet<>();
    private Consumer<DeviceId> moveListener = device -> { };
    /** Where durable spaces are kept; null if they cannot be, and then they are as any other. */
    private Keeper keeper;

    /** Has the store of a machine. */
    public interface Keeper {
        /** Made with the first durable space. */
        SpaceLog log();

        /** The store if there is one already, else null. */
        SpaceLog logIfAny();
    }

    MachineSpaces(OpenMachine machine) {
        this.machine = machine;
    }

    public OpenMachine machine() {
        return machine;
    }

    /** Calls {@code listener} with each device that uses another space from now on, or none, while the lock is held. */
    public void onMove(Consumer<DeviceId> listener) {
        moveListener = listener;
    }

    /** A device uses another space without a PASID, or none. */
    void moved(DeviceId device) {
        moveListener.accept(device);
    }

    Space create(SpaceOptions options) {
        Names.checked("a space", options.name());
        if (spaces.containsKey(options.name())) {
            throw new RefusedException(Refusal.of(Rule.EXISTS, null, "machine " + machine.name() + " has a space '" + options.name() + "' already",
                    "choose another name"));
        }
        if (options.parent() && options.durable()) {
            throw new RefusedException(Refusal.of(Rule.STAGES, null, "a parent cannot be durable: the tables of others over it end with the platform",
                    "make it without"));
        }
        if (machine.slots().stream().noneMatch(UnitSlot::isDrivable)) {
            throw new IommuException(Reason.UNSUPPORTED, "machine " + machine.name()
                    + " is only read; address spaces need a made-up machine, as machine-open synthetic:vtd makes one");
        }
        Space space = options.durable() && keeper != null ? durable(options) : new Space(machine, this, SavedSpace.empty(0, options));
        spaces.put(options.name(), space);
        tell(Topics.SPACE_CREATED, space, false);
        return space;
    }

    private void tell(String topic, Space space, boolean restored) {
        machine.notices().tell(topic, "space", space.name(), "durable", space.isDurable(), "restored", restored, "mappings", space.count());
    }

    private Space durable(SpaceOptions options) {
        DurableSpace.check(options);
        SpaceLog log = keeper.log();
        log.check();
        return new DurableSpace(machine, this, SavedSpace.empty(log.create(options), options), log);
    }

    /** Durable spaces of the machine go there from now on. */
    public void keepIn(Keeper where) {
        keeper = where;
    }

    /** An operator has put another backend in front of a unit: that one is to serve it after a restart. */
    public void chosen(UnitSlot slot, String backend) {
        decided(() -> slot.choose(backend), log -> log.backend(slot.name(), backend));
    }

    /** An operator lets a device raise interrupts of others, or no longer (RIV-04). */
    public void allowUnisolated(DeviceId device, boolean allowed) {
        decided(() -> {
            if (allowed) {
                unisolated.add(device);
            } else {
                unisolated.remove(device);
            }
        }, log -> log.unisolated(device, allowed));
    }

    /** The machine's lock is held. */
    public Set<DeviceId> unisolated() {
        return unisolated;
    }

    /** A decision of an operator is as durable as the machine's spaces: kept if one of them is. */
    private void decided(Runnable decision, Consumer<SpaceLog> append) {
        SpaceLog log;
        machine.lock().lock();
        try {
            log = keeper == null ? null : keeper.logIfAny();
            if (log != null) {
                log.check();
            }
            decision.run();
            if (log != null) {
                append.accept(log);
            }
        } finally {
            machine.lock().unlock();
        }
        if (log != null) {
            log.settle();
        }
    }

    /** What a store has to hold. */
    SavedMachine saved() {
        SavedMachine saved = new SavedMachine(machine.origin(), machine.name(), machine.isOpen());
        for (UnitSlot slot : machine.slots()) {
            if (slot.chosen() != null) {
                saved.backends().put(slot.name(), slot.chosen());
            }
        }
        saved.unisolated().addAll(unisolated);
        for (Space space : spaces.values()) {
            if (space instanceof DurableSpace durable) {
                SavedSpace one = durable.saved();
                saved.spaces().put(one.id(), one);
            }
        }
        return saved;
    }

    /** Whether the machine has durable spaces. */
    public boolean hasDurable() {
        return spaces.values().stream().anyMatch(Space::isDurable);
    }

    /** Opens what a store says about the machine, or what it is to say from now on. */
    public SpaceLog log(Journal journal, SavedMachine saved) {
        return new SpaceLog(journal, this::saved, saved.nextId());
    }

    /**
     * Makes the spaces of a store again. Nothing serves their units until {@link UnitSlot#isAwaiting} ends: DMA is blocked.
     *
     * @return what could not be made again, a line each
     */
    public List<String> restore(SavedMachine saved, SpaceLog log) {
        List<String> lost = new ArrayList<>();
        unisolated.addAll(saved.unisolated());
        for (SavedSpace one : saved.spaces().values()) {
            DurableSpace space = new DurableSpace(machine, this, one, log);
            spaces.put(space.name(), space);
            tell(Topics.SPACE_CREATED, space, true);
            for (SavedSpace.Use use : one.uses()) {
                try {
                    UnitSlot slot = machine.slotOf(use.device()).filter(UnitSlot::isDrivable).orElseThrow(() -> new IommuException(Reason.UNSUPPORTED,
                            "no IOMMU serves " + use.device()));
                    awaitBackend(slot, saved.backends().get(slot.name()));
                    space.units().attach(new SpaceUnits.Link(use.device(), use.pasid(), slot, null), null, false);
                } catch (IommuException e) {
                    lost.add(use.device() + " is not attached to space " + space.name() + " any more: " + e.getMessage());
                }
            }
            space.refresh();
        }
        saved.backends().forEach((unit, backend) -> machine.slots().stream().filter(slot -> slot.name().equals(unit))
                .forEach(slot -> awaitBackend(slot, backend)));
        return lost;
    }

    private static void awaitBackend(UnitSlot slot, String backend) {
        slot.await(backend, new Status(SwapState.ABSENT.name(), "RESTORING", "waits for "
                + (backend == null ? "a backend" : "backend " + backend) + " to get back what was mapped before; DMA is blocked"));
    }

    Space find(String name) {
        Space space = spaces.get(name);
        if (space == null) {
            throw new IommuException(Reason.NOT_FOUND, "machine " + machine.name() + " has no space '" + name + "'; "
                    + (spaces.isEmpty() ? "make one with space-create" : "it has " + String.join(", ", spaces.keySet())));
        }
        return space;
    }

    void destroy(Space space) {
        if (!space.units().links().isEmpty()) {
            throw new RefusedException(Refusal.of(Rule.BUSY, null, "space " + space.name() + " is used by "
                    + space.units().links().get(0).device() + (space.units().links().size() == 1 ? "" : " and others"), "detach its devices first"));
        }
        int children = space.nested().children().size();
        if (children > 0) {
            throw new RefusedException(Refusal.of(Rule.BUSY, null, "space " + space.name() + " is the parent of " + children + " nested tables: "
                    + space.nested().children().stream().map(n -> n.table().toString()).collect(Collectors.joining(", ")), "destroy them first"));
        }
        if (spaces.get(space.name()) == space) {
            space.destroy();
            spaces.remove(space.name());
            tell(Topics.SPACE_DESTROYED, space, false);
        }
    }

    public Collection<Space> all() {
        return new ArrayList<>(spaces.values());
    }

    /** The space that a device uses, or null. */
    public Space of(DeviceId device, int pasid) {
        return spaces.values().stream().filter(s -> s.units().has(device, pasid)).findFirst().orElse(null);
    }

    /** What serves a device at this moment. */
    LiveUnit unitOf(DeviceId device) {
        UnitSlot slot = machine.slotOf(device).orElseThrow(() -> new IommuException(Reason.UNSUPPORTED, "no IOMMU serves " + device));
        LiveUnit unit = slot.demand();
        if (unit == null) {
            throw new IommuException(Reason.NO_BACKEND, "unit " + slot.name() + " has no backend at this moment; see unit-list");
        }
        return unit;
    }

    /** What a device and its unit keep from being mapped. */
    List<OwnedRange> reserved(DeviceId device) {
        return ReservedRanges.of(machine.description(), device, machine.slotOf(device).orElseThrow(), unitOf(device), null);
    }

    /** Blocks a device at whatever serves it. */
    void block(DeviceId device, int pasid) {
        UnitSlot slot = machine.slotOf(device).orElseThrow();
        LiveUnit unit = slot.live();
        if (unit == null) {
            return;
        }
        try {
            unit.driver().detach(device, pasid);
        } catch (RuntimeException | Error e) {
            fail(slot, unit, e);
        }
    }

    /** A backend threw in the middle of a change: the one that serves serves no longer, one that is being filled never will. */
    void broke(Projection projection, Throwable e) {
        if (projection.unit() == projection.slot().live()) {
            fail(projection.slot(), projection.unit(), e);
        } else {
            projection.fail(Refusal.of(Rule.BACKEND, null, why(projection.unit(), e)));
        }
    }

    /**
     * What becomes of something that a driver threw: an answer goes to who asked; whatever else it is, the unit may be left half changed and is
     * blocked. The machine's lock is held.
     */
    public RuntimeException thrown(UnitSlot slot, LiveUnit unit, Throwable e) {
        if (e instanceof IommuException answer) {
            return answer;
        }
        fail(slot, unit, e);
        return SpaceUnits.broken(unit, e);
    }

    /**
     * A model broke in the middle of an access. That is inside a section of the gate and cannot wait for the lock; the unit is blocked by another
     * thread.
     */
    public void brokeUnderDma(UnitSlot slot, LiveUnit unit, Throwable e) {
        if (unit.breaks()) {
            Thread blocker = new Thread(() -> {
                machine.lock().lock();
                try {
                    fail(slot, unit, e);
                } finally {
                    machine.lock().unlock();
                }
            }, "sluice-broken-" + slot.name());
            blocker.setDaemon(true);
            blocker.start();
        }
    }

    /** Blocks a unit whose backend broke, if that still serves. The machine's lock is held. */
    public void fail(UnitSlot slot, LiveUnit unit, Throwable e) {
        if (slot.live() == unit) {
            String why = why(unit, e);
            blockUnit(slot, new Status(SwapState.FAILED.name(), "BACKEND", why));
            slot.broke(unit.backend());
            Audit.record("block", machine.name() + "/" + slot.name(), unit.backendName() + "@" + unit.backend().info().version(), null,
                    SwapState.FAILED + ": " + why);
        }
    }

    private static String why(LiveUnit unit, Throwable e) {
        return "backend " + unit.backendName() + " broke: " + e;
    }

    /** Nothing serves the unit any more: DMA is blocked, spaces keep what they have. */
    public void blockUnit(UnitSlot slot, Status why) {
        LiveUnit leaving = slot.live();
        if (!slot.gate().close(GATE_NANOS) && leaving != null) {
            slot.cutShort(leaving);
        }
        slot.put(null, why);
        slot.gate().open();
        for (Space space : spaces.values()) {
            for (Projection projection : space.units().projections()) {
                if (projection.unit() == leaving) {
                    space.units().remove(projection, false);
                }
            }
            space.refresh();
        }
    }

    /** Spaces with devices behind a unit. */
    public List<Space> behind(UnitSlot slot) {
        return spaces.values().stream().filter(s -> s.units().links().stream().anyMatch(l -> l.slot() == slot)).toList();
    }
}
