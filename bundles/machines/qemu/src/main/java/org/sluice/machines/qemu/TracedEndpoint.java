// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.qemu;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

import org.sluice.machine.AddressRange;
import org.sluice.machine.Hex;

/** An endpoint of a virtio-iommu as its trace tells it. Not thread-safe. */
final class TracedEndpoint {
    private final long id;
    private final Set<Map<String, Object>> regions = new LinkedHashSet<>();
    private Attachment attachment;
    private long domain;

    /** What is known of where it is. */
    enum Attachment { UNKNOWN, NONE, DOMAIN }

    TracedEndpoint(long id, Attachment attachment) {
        this.id = id;
        this.attachment = attachment;
    }

    long id() {
        return id;
    }

    Attachment attachment() {
        return attachment;
    }

    /** Only of an endpoint that is known to be attached. */
    long domain() {
        return domain;
    }

    void set(Attachment now, long newDomain) {
        attachment = now;
        domain = newDomain;
    }

    /** A reserved region, as the device told the driver when it asked. */
    void reserve(AddressRange range, boolean msi) {
        regions.add(region(range, msi));
    }

    /** Elements of {@code reservedRegions}, docs/capture-format.md; empty if nobody has asked, or there are none. */
    List<Object> regions() {
        return new ArrayList<>(regions);
    }

    static Map<String, Object> region(AddressRange range, boolean msi) {
        return Map.of("start", Hex.of(range.start()), "last", Hex.of(range.last()), "type", msi ? "msi" : "reserved");
    }
}
