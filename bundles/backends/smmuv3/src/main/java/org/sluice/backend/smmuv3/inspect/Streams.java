// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.inspect;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import org.sluice.api.Permissions;
import org.sluice.api.TranslationRequest;
import org.sluice.backend.smmuv3.lookup.Finding.Translated;
import org.sluice.machine.DeviceId;
import org.sluice.machine.DeviceId.Kind;
import org.sluice.machine.MachineDescription.DeviceDescription;
import org.sluice.spi.UnitContext;

/**
 * Which requester has which StreamID at one unit: as the machine's description says, else as its firmware tables map it. Immutable.
 */
final class Streams {
    private final Map<DeviceId, Long> streamOf = new HashMap<>();
    private final TreeMap<Long, List<DeviceId>> devicesOf = new TreeMap<>();

    static Streams of(UnitContext context) {
        Streams streams = new Streams();
        for (DeviceDescription device : context.machine().devices()) {
            boolean elsewhere = device.unit() != null ? !device.unit().equals(context.unit().name()) : device.unitStated();
            if (!elsewhere && device.requesterId() >= 0) {
                streams.add(device.device(), device.requesterId());
            }
        }
        streams.devicesOf.replaceAll((id, devices) -> devices.stream().sorted().toList());
        return streams;
    }

    private void add(DeviceId device, long streamId) {
        streamOf.put(device, streamId);
        devicesOf.merge(streamId, List.of(device), (a, b) -> java.util.stream.Stream.concat(a.stream(), b.stream()).toList());
    }

    /** The StreamID of a requester, or -1 if nothing tells it. */
    long streamId(DeviceId device) {
        if (device == null) {
            return -1;
        }
        Long known = streamOf.get(device);
        return known != null ? known : device.kind() == Kind.STREAM ? device.value() : -1;
    }

    /**
     * Permissions that a requester can make use of. A PCI function fetches instructions only in requests with PASID (PCIe 6.0, section
     * 6.20.2), so without one it has no use for execute permission, unless the stream turns its reads into fetches.
     */
    static int usable(DeviceId device, int pasid, Translated tables) {
        return device.isPci() && pasid == TranslationRequest.NO_PASID && !tables.readsAreFetches() ? Permissions.READ_WRITE : Permissions.ALL;
    }

    /** Requesters with that StreamID; the StreamID itself if none is known. */
    List<DeviceId> devices(long streamId) {
        return devicesOf.getOrDefault(streamId, List.of(DeviceId.stream(streamId)));
    }

    /** The requester to name where one is to be named. */
    DeviceId device(long streamId) {
        return devices(streamId).get(0);
    }

    boolean isKnown(long streamId) {
        return devicesOf.containsKey(streamId);
    }

    /** StreamIDs of known requesters from {@code first} up to, not including, {@code end}, ascending. */
    Iterable<Long> known(long first, long end) {
        return List.copyOf(devicesOf.subMap(first, end).keySet());
    }
}
