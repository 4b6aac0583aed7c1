// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.interrupt;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.sluice.api.Permissions;
import org.sluice.api.space.Refusal;
import org.sluice.api.space.Refusal.Rule;
import org.sluice.api.space.RefusedException;
import org.sluice.core.space.Space;
import org.sluice.core.unit.LiveUnit;
import org.sluice.machine.AddressRange;
import org.sluice.machine.DeviceId;
import org.sluice.machine.Hex;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.MachineDescription.InterruptController;
import org.sluice.machine.MachineDescription.UnitDescription;

/**
 * Doorbells that are mapped into spaces, for units that translate messages like any write. One mapping a space serves all its devices;
 * the last one to leave takes it away (RIV-11). What else lies in the doorbell's pages is told, and foreign registers are refused
 * (RIV-06). The machine's lock is held.
 */
final class Doorbells {
    /** A doorbell in a space under one unit. */
    final class Mapping {
        private final Space space;
        private final LiveUnit unit;
        private final InterruptController controller;
        private final AddressRange pages;
        private final long iova;
        private final Set<DeviceId> users = new HashSet<>();

        Mapping(Space space, LiveUnit unit, InterruptController controller, AddressRange pages, long iova) {
            this.space = space;
            this.unit = unit;
            this.controller = controller;
            this.pages = pages;
            this.iova = iova;
        }

        Vector.Programming programming(Vector vector) {
            return new Vector.Programming(Interrupts.message(controller, iova - pages.start(), vector),
                    "mapped at " + Hex.of(iova) + " to " + controller.type() + " at " + Hex.of(controller.doorbell().start()),
                    "writes to " + pages + " (" + controller.type() + ")");
        }

        private void remove() {
            space.doorbells().unmap(unit, iova, pages.size());
        }
    }

    private record Key(Space space, LiveUnit unit) {
    }

    private final MachineDescription machine;
    private final Interrupts delivery;
    private final Map<Key, Mapping> mappings = new HashMap<>();

    Doorbells(MachineDescription machine, Interrupts delivery) {
        this.machine = machine;
        this.delivery = delivery;
    }

    /** The doorbell as {@code device} reaches it in its space, mapped if nobody has done so. */
    Mapping take(Space space, LiveUnit unit, DeviceId device) {
        Mapping mapping = mappings.get(new Key(space, unit));
        if (mapping == null) {
            mapping = map(space, unit);
            mappings.put(new Key(space, unit), mapping);
        }
        mapping.users.add(device);
        return mapping;
    }

    private Mapping map(Space space, LiveUnit unit) {
        InterruptController controller = delivery.controller();
        if (controller == null) {
            throw new RefusedException(Refusal.of(Rule.BACKEND, null, "the machine has no interrupt controller with a doorbell"));
        }
        long page = Long.lowestOneBit(unit.capabilities().pageSizes());
        AddressRange doorbell = controller.doorbell();
        AddressRange pages = new AddressRange(doorbell.start() & -page, doorbell.last() | page - 1);
        List<String> others = neighbours(controller, pages);
        if (!others.isEmpty()) {
            throw new RefusedException(Refusal.of(Rule.OVERLAP, pages, "the doorbell's pages " + pages + " hold other registers: "
                    + String.join(", ", others), "use a backend that does not translate messages"));
        }
        long iova = room(space, unit, pages.size());
        boolean writeOnly = unit.capabilities().permissions().contains(Permissions.WRITE);
        int permissions = writeOnly ? Permissions.WRITE : Permissions.READ_WRITE;
        space.doorbells().map(unit, iova, pages.start(), pages.size(), permissions | Permissions.MMIO);
        return new Mapping(space, unit, controller, pages, iova);
    }

    /** Other registers that share pages with a controller's doorbell, as far as the machine's description tells. */
    private List<String> neighbours(InterruptController of, AddressRange pages) {
        List<String> found = new ArrayList<>();
        for (InterruptController other : machine.interruptControllers()) {
            if (other != of && other.doorbell() != null && other.doorbell().overlaps(pages)) {
                found.add(other.type() + " at " + other.doorbell());
            }
        }
        for (UnitDescription unit : machine.units()) {
            if (unit.registerBase() != -1 && pages.contains(unit.registerBase())) {
                found.add(unit.type() + " " + unit.name() + " at " + Hex.of(unit.registerBase()));
            }
        }
        return found;
    }

    /** The first free place in the space's window for doorbells. */
    private static long room(Space space, LiveUnit unit, long size) {
        AddressRange window = space.messageWindow() != null ? space.messageWindow() : unit.capabilities().messages().window();
        if (window != null) {
            long at = window.start();
            while (window.contains(at) && window.contains(at + size - 1)) {
                AddressRange taken = space.doorbells().firstMapped(new AddressRange(at, at + size - 1));
                if (taken == null) {
                    return at;
                }
                at = taken.last() + 1;
            }
        }
        throw new RefusedException(Refusal.of(Rule.NO_SPACE, window, "space " + space.name() + " has no room for a doorbell of " + Hex.of(size)
                + " bytes" + (window == null ? ": its unit names no window" : " in " + window), "choose another window with space-create --message-window"));
    }

    /** A device no longer needs the doorbell under {@code unit}. */
    void give(DeviceId device, LiveUnit unit) {
        giveOthers(device, unit, null);
    }

    /** A device uses doorbells under {@code unit} in that space at most; null for none. */
    void giveOthers(DeviceId device, LiveUnit unit, Space kept) {
        mappings.values().removeIf(mapping -> {
            if (mapping.unit != unit || mapping.space == kept || !mapping.users.remove(device) || !mapping.users.isEmpty()) {
                return false;
            }
            mapping.remove();
            return true;
        });
    }

    /** Nobody needs any doorbell under {@code unit}. */
    void giveAll(LiveUnit unit) {
        mappings.values().removeIf(mapping -> {
            if (mapping.unit == unit) {
                mapping.remove();
            }
            return mapping.unit == unit;
        });
    }
}
