// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.qemu;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

import org.sluice.machine.AddressRange;
import org.sluice.machine.Attributes;
import org.sluice.machine.DeviceId;
import org.sluice.machine.Hex;
import org.sluice.machine.IommuException;
import org.sluice.machine.MachineDescription.DeviceDescription;
import org.sluice.machine.MachineDescription.UnitDescription;

/**
 * What can be had of a virtio-iommu: its configuration space, its queues, and its domains and endpoints as far as the requests to it
 * can be followed ({@link RequestLog}): no monitor command tells them. Features stay unknown ({@code x-query-virtio-status} would
 * tell them, and ends some versions of QEMU with an assertion).
 */
final class VirtioState {
    private static final String NAME = "virtio-iommu";
    private static final String VENDOR = "0x1af4";
    /** 0x1040 + 23, the device type. Virtio 1.2, sections 4.1.2 and 5.13. */
    private static final String DEVICE = "0x1057";
    private static final int QUEUES = 2;
    private static final String BACKEND = "/virtio-backend";

    /** Of the only unit; of several it is not told which state is whose. */
    private final Map<String, Object> state = new LinkedHashMap<>();

    private VirtioState() {
    }

    /** Asks; a QEMU before 7.2 does not tell its virtio devices, then the queues are unknown too. */
    static VirtioState read(QemuMachine machine, FlatView view, List<DeviceDescription> devices) {
        VirtioState read = new VirtioState();
        if (devices.stream().filter(VirtioState::isUnit).count() == 1) {
            String path = path(machine.qmp());
            VirtioConfig.read(machine.qmp(), view).ifPresent(config -> read.state.put("config", config));
            if (path != null) {
                List<Object> queues = queues(machine.qmp(), path);
                if (!queues.isEmpty()) {
                    read.state.put("virtqueues", queues);
                }
            }
            List<DeviceId> functions = devices.stream().filter(d -> !isUnit(d)).map(DeviceDescription::device).toList();
            read.state.putAll(machine.requests(new VirtioRequests(functions, path == null ? null : regions(machine.qmp(), path))));
        }
        return read;
    }

    private static String path(QmpClient qmp) {
        return optional(() -> qmp.objects("x-query-virtio").stream().filter(d -> d.text("name").orElse("").equals(NAME))
                .map(d -> d.text("path").orElse(null)).findFirst().orElse(null));
    }

    /** Null where this version does not tell. */
    private static <T> T optional(Supplier<T> question) {
        try {
            return question.get();
        } catch (IommuException e) {
            if (e.reason() != IommuException.Reason.UNSUPPORTED) {
                throw e;
            }
            return null;
        }
    }

    /** The property reserved-regions of the PCI function, a list in newer versions; null if it cannot be had. */
    private static List<Object> regions(QmpClient qmp, String backend) {
        String function = backend.endsWith(BACKEND) ? backend.substring(0, backend.length() - BACKEND.length()) : backend;
        List<String> texts = optional(() -> {
            List<String> all = new ArrayList<>();
            long count = ((Number) qmp.execute("qom-get", Map.of("path", function, "property", "len-reserved-regions"))).longValue();
            for (int i = 0; i < count; i++) {
                all.add(String.valueOf(qmp.execute("qom-get", Map.of("path", function, "property", "reserved-regions[" + i + "]"))));
            }
            return all;
        });
        if (texts == null) {
            texts = optional(() -> qmp.execute("qom-get", Map.of("path", function, "property", "reserved-regions")) instanceof List<?> list
                    ? list.stream().map(String::valueOf).toList() : null);
        }
        return texts == null ? null : texts.stream().map(VirtioState::region).toList();
    }

    /** {@code 0xfee00000:0xfeefffff:1}: first, last, kind. */
    private static Object region(String text) {
        String[] parts = text.split(":");
        return TracedEndpoint.region(new AddressRange(Hex.parse(parts[0]), Hex.parse(parts[1])), parts[2].equals("1"));
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
                facts.putAll(state);
                units.add(new UnitDescription("virtio-iommu" + units.size(), NAME, -1, new Attributes(facts)));
            }
        }
        return units;
    }
}
