// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.lookup;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

import org.sluice.api.Permissions;
import org.sluice.api.TranslationRequest;
import org.sluice.backend.smmuv3.lookup.Finding.Translated;
import org.sluice.kit.firmware.Assignment;
import org.sluice.kit.firmware.FirmwareTables;
import org.sluice.kit.firmware.PciTopology;
import org.sluice.kit.firmware.UnitAssignment;
import org.sluice.machine.DeviceId;
import org.sluice.machine.DeviceId.Kind;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.MachineDescription.DeviceDescription;
import org.sluice.spi.UnitContext;

/**
 * Which requester has which StreamID at one unit: as the machine's description says, else as its firmware tables map it. Immutable.
 */
public final class Streams {
    private final String unit;
    private final UnitAssignment firmware;
    private final Map<DeviceId, Long> streamOf = new HashMap<>();
    private final TreeMap<Long, List<DeviceId>> devicesOf = new TreeMap<>();

    private Streams(String unit, UnitAssignment firmware) {
        this.unit = unit;
        this.firmware = firmware;
    }

    public static Streams of(UnitContext context) {
        MachineDescription machine = context.machine();
        Streams streams = new Streams(context.unit().name(), new UnitAssignment(FirmwareTables.of(machine.firmware()), machine.units(),
                PciTopology.of(machine.devices())));
        // A unit that the machine does not list was put in front of its devices, whatever unit they had.
        boolean listed = machine.unit(context.unit().name()).isPresent();
        for (DeviceDescription device : machine.devices()) {
            boolean elsewhere = listed && (device.unit() != null ? !device.unit().equals(context.unit().name())
                    : device.unitStated() || streams.otherUnit(device.device()));
            long id = device.requesterId() >= 0 ? device.requesterId() : streams.mapped(device.device());
            if (!elsewhere && id >= 0) {
                streams.add(device.device(), id);
            }
        }
        streams.devicesOf.replaceAll((id, devices) -> devices.stream().sorted().toList());
        return streams;
    }

    /** As the id mappings of IORT tell; -1 if they do not, or lead to another unit. */
    private long mapped(DeviceId device) {
        Assignment assignment = device.isPci() ? firmware.of(device) : null;
        return assignment != null && unit.equals(assignment.unit()) ? assignment.requesterId() : -1;
    }

    /** Whether firmware says that another unit serves the device. */
    private boolean otherUnit(DeviceId device) {
        Assignment assignment = firmware.of(device);
        return assignment.unit() != null && !unit.equals(assignment.unit());
    }

    private void add(DeviceId device, long streamId) {
        streamOf.put(device, streamId);
        devicesOf.merge(streamId, List.of(device), (a, b) -> Stream.concat(a.stream(), b.stream()).toList());
    }

    /** The StreamID of a requester, or -1 if nothing tells it. */
    public long streamId(DeviceId device) {
        if (device == null) {
            return -1;
        }
        Long known = streamOf.get(device);
        return known != null ? known : device.kind() == Kind.STREAM ? device.value() : mapped(device);
    }

    /**
     * Permissions that a requester can make use of. A PCI function fetches instructions only in requests with PASID (PCIe 6.0, section
     * 6.20.2), so without one it has no use for execute permission, unless the stream turns its reads into fetches.
     */
    public static int usable(DeviceId device, int pasid, Translated tables) {
        return device.isPci() && pasid == TranslationRequest.NO_PASID && !tables.readsAreFetches() ? Permissions.READ_WRITE : Permissions.ALL;
    }

    /** Requesters with that StreamID; the StreamID itself if none is known. */
    public List<DeviceId> devices(long streamId) {
        return devicesOf.getOrDefault(streamId, List.of(DeviceId.stream(streamId)));
    }

    /** The requester to name where one is to be named. */
    public DeviceId device(long streamId) {
        return devices(streamId).get(0);
    }

    public boolean isKnown(long streamId) {
        return devicesOf.containsKey(streamId);
    }

    /** StreamIDs of known requesters from {@code first} up to, not including, {@code end}, ascending. */
    public Iterable<Long> known(long first, long end) {
        return List.copyOf(devicesOf.subMap(first, end).keySet());
    }
}
