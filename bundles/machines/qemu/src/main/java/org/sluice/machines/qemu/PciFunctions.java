// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.qemu;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.sluice.kit.firmware.Assignment;
import org.sluice.kit.firmware.FirmwareTables;
import org.sluice.kit.firmware.PciTopology;
import org.sluice.kit.firmware.UnitAssignment;
import org.sluice.machine.Attributes;
import org.sluice.machine.DeviceId;
import org.sluice.machine.MachineDescription.DeviceDescription;
import org.sluice.machine.MachineDescription.UnitDescription;

/** The PCI functions that QEMU lists, with the bus numbers that the guest has given its bridges, and the unit of each. */
final class PciFunctions {
    private PciFunctions() {
    }

    /** @param buses what {@code query-pci} answers; all of it is segment 0, the only one QEMU makes */
    static List<DeviceDescription> read(List<Attributes> buses) {
        List<DeviceDescription> found = new ArrayList<>();
        buses.forEach(bus -> bus.children("devices").forEach(device -> add(device, found)));
        return found;
    }

    private static void add(Attributes device, List<DeviceDescription> found) {
        int bus = device.number("bus").orElse(0L).intValue();
        int slot = device.number("slot").orElse(0L).intValue();
        int function = device.number("function").orElse(0L).intValue();
        Map<String, Object> facts = new LinkedHashMap<>();
        device.child("id").ifPresent(id -> {
            hex(facts, "vendor", 4, id.number("vendor"));
            hex(facts, "deviceId", 4, id.number("device"));
        });
        hex(facts, "class", 6, device.child("class_info").flatMap(c -> c.number("class")).map(c -> c << 8));
        device.text("qdev_id").filter(id -> !id.isEmpty()).ifPresent(id -> facts.put("qdevId", id));
        Optional<Attributes> below = device.child("pci_bridge");
        long secondary = below.flatMap(b -> b.child("bus")).flatMap(b -> b.number("secondary")).orElse(0L);
        if (secondary > 0) {
            facts.put("secondaryBus", secondary);
            facts.put("subordinateBus", below.flatMap(b -> b.child("bus")).flatMap(b -> b.number("subordinate")).orElse(secondary));
        }
        DeviceId id = DeviceId.pci(0, bus, slot << 3 | function);
        found.add(new DeviceDescription(id, id.requesterId(), null, false, null, -1, new Attributes(facts)));
        // Buses below a bridge that the guest has not numbered yet all look like bus 0: what sits there has no address so far.
        if (secondary > 0) {
            below.ifPresent(b -> b.children("devices").forEach(child -> add(child, found)));
        }
    }

    private static void hex(Map<String, Object> facts, String key, int digits, Optional<Long> value) {
        value.ifPresent(v -> facts.put(key, String.format("0x%0" + digits + "x", v)));
    }

    /**
     * Says which unit serves each device: what the firmware tables say, where there are any; else the machine's only unit, since
     * QEMU puts all functions of its root bus behind it, under their bus, device and function numbers.
     */
    static List<DeviceDescription> assigned(List<DeviceDescription> devices, List<UnitDescription> units, FirmwareTables tables) {
        UnitAssignment assignment = new UnitAssignment(tables, units, PciTopology.of(devices));
        List<DeviceDescription> all = new ArrayList<>();
        for (DeviceDescription device : devices) {
            if (device.unitStated()) {
                all.add(device);
                continue;
            }
            Assignment found = assignment.of(device.device());
            String unit = found.unit();
            long id = found.requesterId() >= 0 ? found.requesterId() : device.requesterId();
            boolean stated = found.kind() != Assignment.Kind.UNKNOWN;
            if (!stated && units.size() == 1) {
                stated = true;
                unit = isUnit(device, units.get(0)) ? null : units.get(0).name();
            }
            all.add(new DeviceDescription(device.device(), id, unit, stated || units.isEmpty(), null, -1, device.attributes()));
        }
        return all;
    }

    /** A virtio-iommu does not translate for itself. */
    private static boolean isUnit(DeviceDescription device, UnitDescription unit) {
        return unit.attributes().text("device").map(device.device().toString()::equals).orElse(false);
    }
}
