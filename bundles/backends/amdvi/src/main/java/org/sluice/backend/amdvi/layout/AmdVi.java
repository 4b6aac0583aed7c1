// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi.layout;

import org.sluice.api.layout.BitField;
import org.sluice.api.layout.StructureLayout;
import org.sluice.kit.layout.LayoutBuilder;
import org.sluice.machine.AddressRange;

/** What all AMD-Vi layouts share: names, the specification, and how fields are looked up. */
public final class AmdVi {
    /** Name of the backend in layouts, formats and commands. */
    public static final String BACKEND = "amdvi";
    public static final String UNIT_TYPE = "amd-vi";
    public static final String SPECIFICATION = "AMD IOMMU 48882 rev 3.11, ";

    /** Writes here are interrupts and are taken out before translation (section 2.2.5). */
    public static final AddressRange INTERRUPT_WINDOW = new AddressRange(0xfee0_0000L, 0xfeef_ffffL);
    /** Special addresses of the HyperTransport map, never ordinary DMA (section 2.1.3). */
    public static final AddressRange HYPERTRANSPORT = new AddressRange(0xfd_0000_0000L, 0xff_ffff_ffffL);

    public static final int MAX_DEVICE_ID = 0xffff;

    /** Page tables, GCR3 tables and pieces of the device table are whole pages of this size. */
    public static final int PAGE_BYTES = 4096;

    private AmdVi() {
    }

    static LayoutBuilder structure(String name, int bits, String title, String clause) {
        return LayoutBuilder.of(BACKEND, name, bits, title, SPECIFICATION + clause);
    }

    /** The field of that name, which the layout must have; of reserved fields the lowest. */
    static BitField field(StructureLayout layout, String name) {
        return layout.field(name).orElseThrow(() -> new IllegalArgumentException(layout.name() + " has no field " + name));
    }
}
