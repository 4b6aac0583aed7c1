// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.qemu;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.sluice.machine.Attributes;
import org.sluice.machine.Hex;
import org.sluice.machine.IommuException;
import org.sluice.machine.MachineDescription.DeviceDescription;
import org.sluice.machine.MachineDescription.UnitDescription;

/**
 * What can be had of a virtio-iommu: where its queues are. Its domains, mappings and endpoints are kept inside QEMU, and no
 * monitor command tells them, so they stay unknown; so do features and configuration ({@code x-query-virtio-status} would
 * tell the former, and ends some versions of QEMU with an assertion).
 */
final class VirtioState {
    private static final String NAME = "virtio-iommu";
    private static final String VENDOR = "0x1af4";
    /** 0x1040 + 23, the device type. Virtio 1.2, sections 4.1.2 and 5.13. */
    private static final String DEVICE = "0x1057";
    private static final int QUEUES = 2;

    private final List<List<Object>> queues;

    private VirtioState(List<List<Object>> queues) {
        this.queues = queues;
    }

    /** Asks; a QEMU before 7.2 has no command for it, then the queues are unknown too. */
    static VirtioState read(QmpClient qmp, List<DeviceDescription> devices) {
        List<List<Object>> all = new ArrayList<>();
        if (devices.stream().anyMatch(VirtioState::isUnit)) {
            try {
                for (Attributes device : qmp.objects("x-query-virtio")) {
                    if (device.text("name").orElse("").equals(NAME)) {
                        all.add(queues(qmp, device.text("path").orElse("")));
                    }
                }
            } catch (IommuException e) {
                if (e.reason() != IommuException.Reason.UNSUPPORTED) {
                    throw e;
                }
            }
        }
        return new VirtioState(all);
    }

    private static List<Object> queues(QmpClient qmp, String path) {
        List<Object> queues = new ArrayList<>();
        for (int i = 0; i < QUEUES; i++) {
            Attributes status = qmp.object("x-query-virtio-queue-status", Map.of("path", path, "queue", i));
            Map<String, Object> queue = new LinkedHashMap<>();
            queue.put("index", (long) i);
            queue.put("size", status.number("vring-num").orElse(0L));
            for (String ring : List.of("desc", "avail", "used")) {
                status.number("vring-" + ring).ifPresent(address -> queue.put(ring, Hex.of(address)));
            }
            status.number("last-avail-idx").ifPresent(index -> queue.put("lastAvailIndex", index));
            status.number("used-idx").ifPresent(index -> queue.put("usedIndex", index));
            // A queue that the guest has not set up yet lies nowhere.
            if (status.number("vring-desc").orElse(0L) != 0) {
                queues.add(queue);
            }
        }
        return queues;
    }

    private static boolean isUnit(DeviceDescription device) {
        return device.attributes().text("vendor").orElse("").equals(VENDOR) && device.attributes().text("deviceId").orElse("").equals(DEVICE);
    }

    /** A unit for each such function, in the order of their addresses. */
    List<UnitDescription> units(List<DeviceDescription> devices) {
        List<UnitDescription> units = new ArrayList<>();
        for (DeviceDescription device : devices) {
            if (isUnit(device)) {
                Map<String, Object> facts = new LinkedHashMap<>();
                facts.put("device", device.device().toString());
                facts.put("transport", "virtio-pci");
                // Of several units it is not told which state is whose.
                if (queues.size() == 1 && !queues.get(0).isEmpty()) {
                    facts.put("virtqueues", queues.get(0));
                }
                units.add(new UnitDescription("virtio-iommu" + units.size(), NAME, -1, new Attributes(facts)));
            }
        }
        return units;
    }
}
