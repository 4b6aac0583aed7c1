// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.layout;

import org.sluice.api.layout.BitField;
import org.sluice.api.layout.StructureLayout;
import org.sluice.kit.layout.LayoutBuilder;

/** What all SMMUv3 layouts share: names, the specification, and how fields are looked up. */
public final class Smmu {
    /** Name of the backend in layouts, formats and commands. */
    public static final String BACKEND = "smmuv3";
    public static final String UNIT_TYPE = "arm-smmu-v3";
    public static final String SPECIFICATION = "Arm SMMUv3 (IHI 0070 G.b), ";
    /** Table formats are those of the processor. */
    public static final String TABLE_SPECIFICATION = "VMSAv8-64 (DDI 0487, chapter D8), ";

    /** Number of the page size 4 KiB, the smallest granule. */
    public static final int GRANULE_4K = 12;
    public static final int GRANULE_16K = 14;
    public static final int GRANULE_64K = 16;

    private Smmu() {
    }

    static LayoutBuilder structure(String name, int bits, String title, String clause) {
        return LayoutBuilder.of(BACKEND, name, bits, title, SPECIFICATION + clause);
    }

    /** The field of that name, which the layout must have; of reserved fields the lowest. */
    static BitField field(StructureLayout layout, String name) {
        return layout.field(name).orElseThrow(() -> new IllegalArgumentException(layout.name() + " has no field " + name));
    }
}
