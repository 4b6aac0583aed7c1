// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.space;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

import org.sluice.api.Status;
import org.sluice.api.space.OwnedRange;
import org.sluice.api.space.Refusal;
import org.sluice.api.space.Refusal.Rule;
import org.sluice.api.space.RefusedException;
import org.sluice.api.space.SpaceOptions;
import org.sluice.api.space.SwapState;
import org.sluice.core.registry.OpenMachine;
import org.sluice.core.registry.UnitSlot;
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
    private Consumer<DeviceId> moveListener = device -> { };

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
        if (spaces.containsKey(options.name())) {
            throw new RefusedException(Refusal.of(Rule.EXISTS, null, "machine " + machine.name() + " has a space '" + options.name() + "' already",
                    "choose another name"));
        }
        if (machine.slots().stream().noneMatch(UnitSlot::isDrivable)) {
            throw new IommuException(Reason.UNSUPPORTED, "machine " + machine.name()
                    + " is only read; address spaces need a made-up machine, as machine-open synthetic:vtd makes one");
        }
        Space space = new Space(machine, this, options);
        spaces.put(options.name(), space);
        return space;
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
        if (spaces.remove(space.name(), space)) {
            space.destroy();
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
        } catch (RuntimeException e) {
            blockUnit(slot, new Status(SwapState.FAILED.name(), "BACKEND", "backend " + unit.backendName() + " broke: " + e));
        }
    }

    /** A backend threw in the middle of a change: the one that serves serves no longer, one that is being filled never will. */
    void broke(Projection projection, RuntimeException e) {
        String why = "backend " + projection.unit().backendName() + " broke: " + e;
        if (projection.unit() == projection.slot().live()) {
            blockUnit(projection.slot(), new Status(SwapState.FAILED.name(), "BACKEND", why));
        } else {
            projection.fail(Refusal.of(Rule.BACKEND, null, why));
        }
    }

    /** Nothing serves the unit any more: DMA is blocked, spaces keep what they have. */
    public void blockUnit(UnitSlot slot, Status why) {
        LiveUnit leaving = slot.live();
        slot.gate().close(GATE_NANOS);
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
