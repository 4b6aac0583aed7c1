// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.virtio;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.sluice.backend.virtio.layout.ConfigSpace;
import org.sluice.backend.virtio.layout.Virtio;
import org.sluice.machine.AddressRange;
import org.sluice.machine.Attributes;
import org.sluice.machine.Hex;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.MachineDescription.DeviceDescription;
import org.sluice.machine.MachineDescription.InterruptController;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.spi.Backend.PowerOn;

/**
 * A device that has served no request: all features, 4 KiB pages, 48 bits of input, every requester of the machine an endpoint that is
 * attached to nothing. Doorbells of the machine are told as message windows in 64 KiB, as QEMU does it.
 */
final class VirtioPowerOn {
    private static final String NAME = "virtio-iommu0";
    private static final long WINDOW = 0xffff;

    private VirtioPowerOn() {
    }

    static PowerOn of(MachineDescription machine) {
        Map<String, Object> unit = new LinkedHashMap<>();
        unit.put("config", Map.of("pageSizeMask", "0xfffffffffffff000", "inputRange", range(new AddressRange(0, (1L << 48) - 1)),
                "domainRange", Map.of("first", 0L, "last", 0xffff_ffffL), "probeSize", 512L, "bypass", 0L));
        unit.put("features", Hex.of(ConfigSpace.VERSION_1.put(1) | ConfigSpace.INPUT_RANGE.put(1) | ConfigSpace.DOMAIN_RANGE.put(1)
                | ConfigSpace.MAP_UNMAP.put(1) | ConfigSpace.PROBE.put(1) | ConfigSpace.MMIO.put(1) | ConfigSpace.BYPASS_CONFIG.put(1)));
        unit.put("domains", List.of());
        unit.put("endpoints", endpoints(machine));
        return new PowerOn(new UnitDescription(NAME, Virtio.UNIT_TYPE, -1, new Attributes(unit)), Map.of());
    }

    private static List<Object> endpoints(MachineDescription machine) {
        List<Object> regions = new ArrayList<>();
        for (InterruptController controller : machine.interruptControllers()) {
            if (controller.doorbell() != null) {
                Map<String, Object> region = new LinkedHashMap<>(range(
                        new AddressRange(controller.doorbell().start() & ~WINDOW, controller.doorbell().last() | WINDOW)));
                region.put("type", "msi");
                regions.add(region);
            }
        }
        List<Object> endpoints = new ArrayList<>();
        for (DeviceDescription device : machine.devices()) {
            if (device.requesterId() >= 0) {
                Map<String, Object> endpoint = new HashMap<>();
                endpoint.put("id", Hex.of(device.requesterId()));
                endpoint.put("device", device.device().toString());
                endpoint.put("domain", null);
                endpoint.put("reservedRegions", regions);
                endpoints.add(endpoint);
            }
        }
        return endpoints;
    }

    private static Map<String, Object> range(AddressRange range) {
        return Map.of("start", Hex.of(range.start()), "last", Hex.of(range.last()));
    }
}
