// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.virtio.layout;

import org.sluice.api.layout.BitField;
import org.sluice.api.layout.StructureLayout;
import org.sluice.kit.layout.LayoutBuilder;

/** What all layouts of the device type share. */
public final class Virtio {
    /** Name of the backend in layouts, formats and commands. */
    public static final String BACKEND = "virtio";
    public static final String UNIT_TYPE = "virtio-iommu";
    /** The chapter on the device type IOMMU of the OASIS specification; sections are named by their titles. */
    public static final String SPECIFICATION = "OASIS virtio, IOMMU device: ";

    public static final int REQUEST_QUEUE = 0;
    public static final int EVENT_QUEUE = 1;
    public static final int QUEUES = 2;

    private Virtio() {
    }

    static LayoutBuilder structure(String name, int bits, String title, String clause) {
        return LayoutBuilder.of(BACKEND, name, bits, title, SPECIFICATION + clause);
    }

    /** The field of that name, which the layout must have; of reserved fields the lowest. */
    static BitField field(StructureLayout layout, String name) {
        return layout.field(name).orElseThrow(() -> new IllegalArgumentException(layout.name() + " has no field " + name));
    }
}
