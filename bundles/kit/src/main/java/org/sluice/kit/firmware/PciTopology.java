// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.firmware;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.sluice.machine.Attributes;
import org.sluice.machine.DeviceId;
import org.sluice.machine.MachineDescription.DeviceDescription;

/**
 * Which buses lie below which bridge, as far as known. Firmware tables name devices by paths through bridges, whose bus
 * numbers software assigns; without those numbers such a path cannot be followed. Immutable, thread-safe.
 */
public final class PciTopology {
    /** A PCI-to-PCI bridge by class code: base class 06h, sub-class 04h. */
    private static final long BRIDGE_CLASS = 0x0604;
    private static final int MAX_BUS = 255;

    private final Map<DeviceId, Buses> below;
    private final Map<Long, List<DeviceId>> bridges = new HashMap<>();

    /** Buses {@code secondary} to {@code subordinate}, both inclusive. */
    public record Buses(int secondary, int subordinate) {
        boolean contains(int bus) {
            return bus >= secondary && bus <= subordinate;
        }
    }

    /**
     * @param bridges all bridges that are known to exist
     * @param below buses below those of them whose buses are known
     */
    public PciTopology(List<DeviceId> bridges, Map<DeviceId, Buses> below) {
        bridges.forEach(b -> this.bridges.computeIfAbsent(key(b.segment(), b.bus()), k -> new ArrayList<>()).add(b));
        this.below = Map.copyOf(below);
    }

    /**
     * From a description: bridges by their {@code class}; their buses by the keys {@code secondaryBus} and
     * {@code subordinateBus}, where the source states them.
     */
    public static PciTopology of(List<DeviceDescription> devices) {
        List<DeviceId> bridges = new ArrayList<>();
        Map<DeviceId, Buses> below = new HashMap<>();
        for (DeviceDescription device : devices) {
            Attributes attributes = device.attributes();
            long secondary = attributes.number("secondaryBus").orElse(-1L);
            long subordinate = attributes.number("subordinateBus").orElse(secondary);
            boolean busesKnown = secondary > 0 && secondary <= subordinate && subordinate <= MAX_BUS;
            if (device.device().isPci() && (busesKnown || PciClass.of(device) >>> 8 == BRIDGE_CLASS)) {
                bridges.add(device.device());
                if (busesKnown) {
                    below.put(device.device(), new Buses((int) secondary, (int) subordinate));
                }
            }
        }
        return new PciTopology(bridges, below);
    }

    Optional<Buses> below(DeviceId bridge) {
        return Optional.ofNullable(below.get(bridge));
    }

    /** Bridges on that bus. */
    List<DeviceId> bridgesOn(int segment, int bus) {
        return bridges.getOrDefault(key(segment, bus), List.of());
    }

    private static long key(int segment, int bus) {
        return (long) segment << 8 | bus;
    }
}
