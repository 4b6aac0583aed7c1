// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.virtio.layout;

import static org.sluice.backend.virtio.layout.Virtio.field;

import org.sluice.api.layout.BitField;
import org.sluice.api.layout.StructureLayout;
import org.sluice.kit.layout.LayoutBuilder;

/** Elements of virtqueues, split and packed. */
public final class RingLayouts {
    private static final String CLAUSE = "OASIS virtio, Split virtqueues";

    public static final StructureLayout DESCRIPTOR = LayoutBuilder.of(Virtio.BACKEND, "descriptor", 128, "Descriptor of a buffer", CLAUSE)
            .address("addr", 63, 0, "buffer")
            .value("len", 95, 64, "bytes")
            .flag("NEXT", 96, "the chain goes on")
            .flag("WRITE", 97, "the device writes the buffer")
            .flag("INDIRECT", 98, "the buffer is a table of descriptors")
            .ignored(111, 99)
            .value("next", 127, 112, "next descriptor")
            .build();

    public static final StructureLayout USED_ELEMENT = LayoutBuilder.of(Virtio.BACKEND, "used-element", 64, "Element of the used ring", CLAUSE)
            .value("id", 31, 0, "head of the chain")
            .value("len", 63, 32, "bytes written")
            .build();

    public static final StructureLayout PACKED_DESCRIPTOR = LayoutBuilder.of(Virtio.BACKEND, "packed-descriptor", 128,
            "Descriptor of a packed virtqueue", "OASIS virtio, Packed virtqueues")
            .address("addr", 63, 0, "buffer")
            .value("len", 95, 64, "bytes; of a used one, bytes written")
            .value("id", 111, 96, "what the driver knows the buffer by")
            .flag("NEXT", 112, "the chain goes on")
            .flag("WRITE", 113, "the device writes the buffer")
            .flag("INDIRECT", 114, "the buffer is a table of descriptors")
            .ignored(118, 115)
            .flag("AVAIL", 119, "made available in a round of that number, odd or even")
            .ignored(126, 120)
            .flag("USED", 127, "used in a round of that number")
            .build();

    public static final BitField LENGTH = field(DESCRIPTOR, "len");
    public static final BitField NEXT = field(DESCRIPTOR, "NEXT");
    public static final BitField WRITE = field(DESCRIPTOR, "WRITE");
    public static final BitField INDIRECT = field(DESCRIPTOR, "INDIRECT");
    public static final BitField NEXT_INDEX = field(DESCRIPTOR, "next");

    public static final BitField PACKED_ID = field(PACKED_DESCRIPTOR, "id");
    public static final BitField PACKED_NEXT = field(PACKED_DESCRIPTOR, "NEXT");
    public static final BitField PACKED_WRITE = field(PACKED_DESCRIPTOR, "WRITE");
    public static final BitField PACKED_INDIRECT = field(PACKED_DESCRIPTOR, "INDIRECT");
    public static final BitField PACKED_AVAIL = field(PACKED_DESCRIPTOR, "AVAIL");
    public static final BitField PACKED_USED = field(PACKED_DESCRIPTOR, "USED");

    private RingLayouts() {
    }
}
