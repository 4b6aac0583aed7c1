// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.capture;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.sluice.kit.firmware.Assignment;
import org.sluice.kit.firmware.FirmwareTables;
import org.sluice.kit.firmware.PciTopology;
import org.sluice.kit.firmware.UnitAssignment;
import org.sluice.machine.Attributes;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.MachineDescription.DeviceDescription;
import org.sluice.machine.MachineDescription.FirmwareTable;

/** Completes a description with what its firmware tables say: the units of devices for which the source names none. */
final class FirmwareLinks {
    private FirmwareLinks() {
    }

    /** {@code machine} with these firmware tables; devices that they assign become stated, the rest keep why not. */
    static MachineDescription complete(MachineDescription machine, List<FirmwareTable> firmware) {
        FirmwareTables tables = FirmwareTables.of(firmware);
        UnitAssignment assignment = new UnitAssignment(tables, machine.units(), PciTopology.of(machine.devices()));
        List<DeviceDescription> devices = new ArrayList<>();
        for (DeviceDescription device : machine.devices()) {
            devices.add(device.unitStated() ? device : assigned(device, assignment.of(device.device())));
        }
        Attributes extra = tables.problems().isEmpty() ? machine.extra() : with(machine.extra(), "firmwareProblems", String.join("; ", tables.problems()));
        return new MachineDescription(machine.name(), machine.architecture(), machine.ram(), machine.units(), devices, machine.groups(),
                machine.interruptControllers(), firmware, extra);
    }

    private static DeviceDescription assigned(DeviceDescription device, Assignment assignment) {
        boolean known = assignment.kind() != Assignment.Kind.UNKNOWN;
        // An id that the source states counts more than the one that firmware maps.
        long id = device.requesterId() >= 0 && !fallback(device) ? device.requesterId() : assignment.requesterId();
        return new DeviceDescription(device.device(), known && id >= 0 ? id : device.requesterId(), assignment.unit(), known, device.driver(),
                device.group(), known ? device.attributes() : with(device.attributes(), "unitUnknown", assignment.text()));
    }

    /** Whether the id is not stated but follows from the PCI address, as on x86; behind a virtio-iommu it is another. */
    private static boolean fallback(DeviceDescription device) {
        return DeviceReader.REQUESTER_KEYS.stream().noneMatch(device.attributes()::has);
    }

    private static Attributes with(Attributes attributes, String key, Object value) {
        Map<String, Object> all = new LinkedHashMap<>();
        attributes.keys().forEach(k -> all.put(k, attributes.raw(k)));
        all.put(key, value);
        return new Attributes(all);
    }
}
