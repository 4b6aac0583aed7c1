// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.virtio;

import java.util.List;

import org.sluice.api.EmulatorQuirk;
import org.sluice.backend.virtio.layout.Virtio;

/** Where QEMU's virtio-iommu differs from the architecture: the table in {@code docs/backends/qemu-differences.md}, which a test compares with this one. */
final class VirtioQuirks {
    static final List<EmulatorQuirk> ALL = List.of(
            quirk("virtio-map-unchecked", "7.2", null,
                    "MAP with addresses that are no multiples of the granule, or outside input_range, is RANGE; one over a reserved region is INVAL (OASIS virtio, MAP request)",
                    "QEMU carries it out"),
            quirk("virtio-reserved-bytes", "7.2", null,
                    "reserved bytes that are not zero are INVAL (OASIS virtio, ATTACH and UNMAP request)",
                    "QEMU does not look at them"),
            quirk("virtio-unknown-type", "7.2", null,
                    "a request of an unknown type is given back untouched (Device operations)",
                    "QEMU answers UNSUPP"),
            quirk("virtio-attach-order", "7.2", null,
                    "a request that fails changes nothing (ATTACH request)",
                    "QEMU detaches before it looks whether the domain is of the other kind"),
            quirk("virtio-unmap-cut", "7.2", null,
                    "an UNMAP that would cut a mapping removes nothing (UNMAP request)",
                    "QEMU removes the mappings before that one"),
            quirk("virtio-window-access", "7.2", null,
                    "only writes go to the message window (RESV_MEM property)",
                    "QEMU lets any access pass"),
            quirk("virtio-last-byte", "7.2", null,
                    "an access belongs to the mapping that holds its address",
                    "QEMU looks up two bytes, so that the last one of a mapping may match its neighbour"),
            quirk("virtio-fault-flags", "7.2", null,
                    "a report has READ or WRITE, as the access was (OASIS virtio, Fault reporting)",
                    "QEMU sets neither where nothing is mapped"));

    private VirtioQuirks() {
    }

    private static EmulatorQuirk quirk(String id, String since, String before, String architecture, String emulator) {
        return new EmulatorQuirk(Virtio.BACKEND, id, since, before, architecture, emulator);
    }
}
