// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.layout;

import static org.sluice.backend.vtd.layout.Vtd.field;

import org.sluice.api.layout.BitField;
import org.sluice.api.layout.StructureLayout;

/** Root entries, one a bus: section 9.1 (legacy) and 9.2 (scalable). */
public final class RootEntry {
    /** Bytes of all that describes one bus, in both modes. */
    public static final int BYTES = 16;
    public static final int ENTRIES = 256;

    public static final StructureLayout LEGACY = Vtd.structure("root-entry", 128, "Legacy root entry: one bus", "section 9.1")
            .flag("P", 0, "the bus has a context table")
            .reserved(11, 1)
            .address("CTP", 63, 12, "context table, 256 entries of 16 bytes")
            .reserved(127, 64)
            .build();

    /** One half: the lower serves devices 0 to 15 of the bus, the upper 16 to 31; both have this form. */
    public static final StructureLayout SCALABLE = Vtd.structure("scalable-root-entry", 64,
                    "Scalable root entry: one half of a bus (lower word devfn 0 to 127, upper word 128 to 255)", "section 9.2")
            .flag("P", 0, "the half of the bus has a context table")
            .reserved(11, 1)
            .address("CTP", 63, 12, "context table, 128 entries of 32 bytes")
            .build();

    public static final BitField PRESENT = field(LEGACY, "P");
    public static final BitField CONTEXT_TABLE = field(LEGACY, "CTP");

    private RootEntry() {
    }
}
