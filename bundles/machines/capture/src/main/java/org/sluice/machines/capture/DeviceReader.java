// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.capture;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

import org.sluice.machine.AddressRange;
import org.sluice.machine.Architecture;
import org.sluice.machine.Attributes;
import org.sluice.machine.DeviceId;
import org.sluice.machine.Hex;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;
import org.sluice.machine.MachineDescription.DeviceDescription;
import org.sluice.machine.MachineDescription.GroupDescription;
import org.sluice.machine.MachineDescription.InterruptController;
import org.sluice.machine.MachineDescription.ReservedRange;
import org.sluice.machine.MachineDescription.UnitDescription;

/** Reads {@code devices[]}, {@code groups[]} and {@code interruptControllers[]}. */
final class DeviceReader {
    /** The id that the unit sees, under the name that goes with the unit's type. */
    static final List<String> REQUESTER_KEYS = List.of("sourceId", "streamId", "endpointId", "fid");
    private static final long MAX_ID = 0xffff_ffffL;
    /** As many as a PCI segment can have. */
    private static final int MAX_DEVICES = 65_536;

    private DeviceReader() {
    }

    static List<DeviceDescription> devices(Attributes root, Architecture architecture, List<UnitDescription> units) {
        Set<String> unitNames = new HashSet<>();
        units.forEach(u -> unitNames.add(u.name()));
        Set<DeviceId> seen = new HashSet<>();
        List<DeviceDescription> devices = new ArrayList<>();
        List<Attributes> elements = root.children("devices");
        if (elements.size() > MAX_DEVICES) {
            throw new IommuException(Reason.LIMIT, "'devices' has " + elements.size() + " elements, more than " + MAX_DEVICES);
        }
        for (int i = 0; i < elements.size(); i++) {
            Attributes element = elements.get(i);
            DeviceDescription device = Trouble.in("devices[" + i + "]", () -> device(element, architecture));
            if (!seen.add(device.device())) {
                throw Trouble.bad("devices[" + i + "]: " + device.device() + " is there twice");
            }
            if (device.unit() != null && !unitNames.contains(device.unit())) {
                throw Trouble.bad("devices[" + i + "]: there is no unit '" + Trouble.oneLine(device.unit()) + "'");
            }
            devices.add(device);
        }
        return devices;
    }

    private static DeviceDescription device(Attributes element, Architecture architecture) {
        DeviceId id = id(element);
        // A key with null says that there is no unit; without the key, nothing is said.
        boolean stated = element.keys().contains("unit");
        return new DeviceDescription(id, requesterId(element, id, architecture), element.text("unit").orElse(null), stated,
                element.text("driver").orElse(null), count(element, "iommuGroup"), element);
    }

    private static DeviceId id(Attributes element) {
        return DeviceId.parse(element.text("device").orElseThrow(() -> Trouble.bad("'device' is missing")));
    }

    private static long requesterId(Attributes element, DeviceId id, Architecture architecture) {
        for (String key : REQUESTER_KEYS) {
            if (element.has(key)) {
                long value = element.number(key).orElseThrow();
                if (value < 0 || value > MAX_ID) {
                    throw Trouble.bad("'" + key + "' " + Hex.of(value) + " does not fit 32 bits");
                }
                return value;
            }
        }
        if (!id.isPci()) {
            return id.value();
        }
        // On x86 the id is the bus number, device and function themselves; elsewhere firmware maps it.
        return architecture == Architecture.X86_64 ? id.requesterId() : -1;
    }

    static List<GroupDescription> groups(Attributes root) {
        List<GroupDescription> groups = new ArrayList<>();
        List<Attributes> elements = root.children("groups");
        for (int i = 0; i < elements.size(); i++) {
            Attributes element = elements.get(i);
            groups.add(Trouble.in("groups[" + i + "]", () -> group(element)));
        }
        return groups;
    }

    private static GroupDescription group(Attributes element) {
        List<ReservedRange> reserved = new ArrayList<>();
        for (Attributes range : element.children("reservedRegions")) {
            reserved.add(new ReservedRange(range.asRange(), range.text("type").orElse("reserved")));
        }
        List<DeviceId> devices = element.texts("devices").stream().map(DeviceId::parse).toList();
        return new GroupDescription(count(element, "id"), element.text("type").orElse(null), devices, reserved);
    }

    static List<InterruptController> controllers(Attributes root) {
        List<InterruptController> controllers = new ArrayList<>();
        List<Attributes> elements = root.children("interruptControllers");
        for (int i = 0; i < elements.size(); i++) {
            Attributes element = elements.get(i);
            controllers.add(Trouble.in("interruptControllers[" + i + "]", () -> controller(element)));
        }
        return controllers;
    }

    private static InterruptController controller(Attributes element) {
        AddressRange doorbell = element.range("doorbell").orElse(null);
        String type = element.text("type").orElseThrow(() -> Trouble.bad("'type' is missing"));
        return new InterruptController(type, doorbell, count(element, "sourceId"), element);
    }

    /** A number from 0 to 2^31-1, or -1 if there is none. */
    private static int count(Attributes element, String key) {
        long value = element.number(key).orElse(-1L);
        if (element.has(key) && (value < 0 || value > Integer.MAX_VALUE)) {
            throw Trouble.bad("'" + key + "' is out of range: " + Hex.of(value));
        }
        return (int) value;
    }
}
