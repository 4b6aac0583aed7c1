// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.space;

import java.util.ArrayList;
import java.util.List;

import org.sluice.api.MessageRouting;
import org.sluice.api.space.Origin;
import org.sluice.api.space.OwnedRange;
import org.sluice.api.space.RangeKind;
import org.sluice.core.registry.UnitSlot;
import org.sluice.core.unit.LiveUnit;
import org.sluice.machine.AddressRange;
import org.sluice.machine.DeviceId;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.MachineDescription.DeviceDescription;
import org.sluice.machine.MachineDescription.GroupDescription;
import org.sluice.machine.MachineDescription.ReservedRange;

/** What a device and the unit in front of it take away from a space (requirements MSI-01, MSI-05, MSI-10). */
public final class ReservedRanges {
    private ReservedRanges() {
    }

    /**
     * @param unit what serves {@code slot}, or null: then only what the operating system says of the device is known
     * @param messageWindow where the space's user wants doorbells, or null for the unit's own window
     */
    public static List<OwnedRange> of(MachineDescription machine, DeviceId device, UnitSlot slot, LiveUnit unit, AddressRange messageWindow) {
        List<OwnedRange> owned = new ArrayList<>(ofGroups(machine, device));
        machine.device(device).map(ReservedRanges::reach).ifPresent(reach -> addBeyond(device, reach, owned));
        if (unit != null) {
            addMessages(unit.capabilities().messages(), slot.name(), messageWindow, owned);
            for (ReservedRange range : unit.reservedRanges()) {
                if (owned.stream().noneMatch(o -> o.range().equals(range.range()))) {
                    owned.add(new OwnedRange(range.range(), kind(range.type()), Origin.ARCHITECTURE, slot.name()));
                }
            }
        }
        return owned;
    }

    /** Addresses that the device can put out (SHM-15): a window of its own, or so many bits; null for all. */
    private static AddressRange reach(DeviceDescription device) {
        long bits = device.attributes().number("dmaBits").orElse((long) Long.SIZE);
        AddressRange all = bits <= 0 || bits >= Long.SIZE ? null : new AddressRange(0, (1L << bits) - 1);
        return device.attributes().range("dmaWindow").orElse(all);
    }

    private static void addBeyond(DeviceId device, AddressRange reach, List<OwnedRange> out) {
        String owner = device + ", which reaches " + reach + " only";
        if (reach.start() != 0) {
            out.add(new OwnedRange(new AddressRange(0, reach.start() - 1), RangeKind.RESERVED, Origin.KERNEL, owner));
        }
        if (reach.last() != -1L) {
            out.add(new OwnedRange(new AddressRange(reach.last() + 1, -1L), RangeKind.RESERVED, Origin.KERNEL, owner));
        }
    }

    private static void addMessages(MessageRouting messages, String unit, AddressRange wanted, List<OwnedRange> out) {
        if (messages.route() == MessageRouting.Route.WINDOW) {
            out.add(new OwnedRange(messages.window(), RangeKind.DOORBELL, Origin.ARCHITECTURE, unit));
        } else if (messages.route() == MessageRouting.Route.TRANSLATED && (wanted != null || messages.window() != null)) {
            out.add(new OwnedRange(wanted != null ? wanted : messages.window(), RangeKind.DOORBELL,
                    wanted != null ? Origin.USER : Origin.KERNEL, unit));
        }
    }

    /** Regions that may be relaxed are none for who assigns the device, as the kernel has it. */
    private static List<OwnedRange> ofGroups(MachineDescription machine, DeviceId device) {
        List<OwnedRange> owned = new ArrayList<>();
        for (GroupDescription group : machine.groups()) {
            if (group.devices().contains(device)) {
                for (ReservedRange range : group.reserved()) {
                    if (!range.type().equals("direct-relaxable")) {
                        owned.add(new OwnedRange(range.range(), kind(range.type()), Origin.KERNEL, device.toString()));
                    }
                }
            }
        }
        return owned;
    }

    private static RangeKind kind(String type) {
        return switch (type) {
            case "msi" -> RangeKind.DOORBELL;
            case "direct" -> RangeKind.DIRECT;
            default -> RangeKind.RESERVED;
        };
    }
}
