// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.virtio.state;

import java.util.List;

import org.sluice.machine.AddressRange;
import org.sluice.machine.DeviceId;

/** One endpoint that the device knows. Not thread-safe; changed by {@link DeviceState} alone. */
public final class Endpoint {
    private final long id;
    private final DeviceId device;
    private final Region[] regions;
    private Domain domain;

    /** A reserved region (property RESV_MEM): a message window if {@code msi}, else out of bounds. */
    public record Region(AddressRange range, boolean msi) {
    }

    /** @param device the requester behind it, or null if not known */
    public Endpoint(long id, DeviceId device, List<Region> regions) {
        this.id = id;
        this.device = device;
        this.regions = regions.toArray(new Region[0]);
    }

    /** The same endpoint, attached to nothing. */
    Endpoint copy() {
        return new Endpoint(id, device, List.of(regions));
    }

    public long id() {
        return id;
    }

    /** The requester, or its id as a stream id where the PCI address is not known. */
    public DeviceId device() {
        return device == null ? DeviceId.stream(id) : device;
    }

    public List<Region> regions() {
        return List.of(regions);
    }

    /** The region that contains {@code address}, or null. */
    public Region regionAt(long address) {
        for (Region region : regions) {
            if (region.range().contains(address)) {
                return region;
            }
        }
        return null;
    }

    /** A region that overlaps {@code start} to {@code last}, or null. */
    public Region regionWithin(long start, long last) {
        for (Region region : regions) {
            if (Long.compareUnsigned(region.range().start(), last) <= 0 && Long.compareUnsigned(start, region.range().last()) <= 0) {
                return region;
            }
        }
        return null;
    }

    /** The domain it is attached to, or null. */
    public Domain domain() {
        return domain;
    }

    void join(Domain newDomain) {
        domain = newDomain;
    }
}
