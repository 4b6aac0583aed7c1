// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.virtio;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

import org.sluice.backend.virtio.layout.Mmio;
import org.sluice.machine.Attributes;
import org.sluice.machine.Hex;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.spi.Backend;
import org.sluice.testkit.backend.MalformedInput;

/** Any words in rings, any state in the description, and any register of the device. */
public class MalformedInputTest extends MalformedInput {
    private static final int QUEUE = 8;

    @Override
    protected Backend backend() {
        return new VirtioBackend("test");
    }

    /** Domains of which some are bypass and some overlap, endpoints that are in one, in none, or in one that does not exist. */
    @Override
    protected UnitDescription unit(Random generator, long root) {
        List<Object> domains = new ArrayList<>();
        List<Object> endpoints = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            long start = (long) generator.nextInt(1 << 18) << 12;
            domains.add(Map.of("id", i, "bypass", generator.nextInt(4) == 0, "mappings", List.of(
                    Rig.mapping(0, generator.nextLong() >>> 1, generator.nextLong(), generator.nextInt(8)),
                    Rig.mapping(start, start + generator.nextInt(1 << 20), root, generator.nextInt(4)))));
            Map<String, Object> endpoint = new HashMap<>(Map.of("id", Hex.of(i * 0x108), "reservedRegions",
                    List.of(Rig.region(0xfee0_0000L, 0xfeef_ffffL, generator.nextBoolean() ? "msi" : "reserved"))));
            endpoint.put("domain", generator.nextBoolean() ? (Object) generator.nextInt(5) : null);
            endpoints.add(endpoint);
        }
        List<Object> queues = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            queues.add(Map.of("index", i, "size", 1 << generator.nextInt(16), "desc", Hex.of(root), "avail", Hex.of(root + 0x1000 * generator.nextInt(3)),
                    "used", Hex.of(root + 0x1000 * generator.nextInt(3)), "lastAvailIndex", generator.nextInt(1 << 16), "usedIndex", generator.nextInt(1 << 16)));
        }
        Map<String, Object> unit = new HashMap<>(new Rig().bypass(generator.nextInt(2)).attributes);
        unit.putAll(Map.of("domains", domains, "endpoints", endpoints, "virtqueues", queues, "features", Hex.of(generator.nextInt(0x80) | 1L << 32)));
        return new UnitDescription("viommu", "virtio-iommu", -1, new Attributes(unit));
    }

    @Override
    protected Map<Integer, Integer> registers(Random generator, long root, long queue) {
        Map<Integer, Integer> words = new HashMap<>();
        words.put(Mmio.DEVICE_FEATURES_SELECT, generator.nextInt(3));
        words.put(Mmio.DRIVER_FEATURES_SELECT, generator.nextInt(3));
        words.put(Mmio.DRIVER_FEATURES, generator.nextInt(0x80));
        words.put(Mmio.QUEUE_SELECT, generator.nextInt(3));
        words.put(Mmio.QUEUE_SIZE, QUEUE);
        words.put(Mmio.QUEUE_READY, 1);
        words.put(Mmio.QUEUE_NOTIFY, generator.nextInt(2));
        words.put(Mmio.STATUS, Mmio.ACKNOWLEDGE | Mmio.DRIVER | Mmio.FEATURES_OK | (generator.nextBoolean() ? Mmio.DRIVER_OK : 0));
        words.put(Mmio.QUEUE_DESCRIPTORS, (int) queue);
        words.put(Mmio.QUEUE_DESCRIPTORS + 4, 0);
        words.put(Mmio.QUEUE_DRIVER, (int) root);
        words.put(Mmio.QUEUE_DRIVER + 4, 0);
        words.put(Mmio.QUEUE_DEVICE, (int) queue);
        words.put(Mmio.QUEUE_DEVICE + 4, 0);
        words.put(Mmio.BYPASS, generator.nextInt(3));
        return words;
    }
}
