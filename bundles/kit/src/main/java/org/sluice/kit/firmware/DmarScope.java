// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.firmware;

import java.util.List;
import java.util.Optional;

import org.sluice.machine.DeviceId;

/**
 * A device that a DMAR structure names. Source: VT-d specification 4.1, section 8.3.1.
 *
 * @param offset where the scope starts in the table
 * @param type see the constants; other values are kept
 * @param flags as in the table; their meaning depends on the structure
 * @param enumerationId I/O APIC id, HPET number or ANDD device number
 * @param startBus bus of the first step
 * @param path at least one step; all but the last are bridges
 */
public record DmarScope(int offset, int type, int flags, int enumerationId, int startBus, List<Step> path) {
    public static final int ENDPOINT = 1;
    public static final int BRIDGE = 2;
    public static final int IO_APIC = 3;
    public static final int HPET = 4;
    public static final int NAMESPACE = 5;

    /** One hop: the function {@code device}.{@code function} on the bus reached so far. */
    public record Step(int device, int function) {
        int devfn() {
            return (device & 0x1f) << 3 | function & 7;
        }
    }

    public DmarScope {
        path = List.copyOf(path);
    }

    /** Device and function of the last step: what the device named has, wherever the path leads. */
    int lastDevfn() {
        return path.get(path.size() - 1).devfn();
    }

    /** The device named, if the path has one step or every bridge on it has a known secondary bus. */
    public Optional<DeviceId> device(int segment, PciTopology topology) {
        int bus = startBus;
        for (Step bridge : path.subList(0, path.size() - 1)) {
            Optional<PciTopology.Buses> below = topology.below(DeviceId.pci(segment, bus, bridge.devfn()));
            if (below.isEmpty()) {
                return Optional.empty();
            }
            bus = below.get().secondary();
        }
        return Optional.of(DeviceId.pci(segment, bus, lastDevfn()));
    }
}
