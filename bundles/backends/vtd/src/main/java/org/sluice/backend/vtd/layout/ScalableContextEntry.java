// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.layout;

import static org.sluice.backend.vtd.layout.Vtd.field;

import org.sluice.api.layout.BitField;
import org.sluice.api.layout.StructureLayout;

/** The scalable context entry, one a function: section 9.4. */
public final class ScalableContextEntry {
    public static final StructureLayout LAYOUT = Vtd.structure("scalable-context-entry", 256,
                    "Scalable context entry: one function", "section 9.4")
            .flag("P", 0, "the entry is valid")
            .flag("FPD", 1, "faults found after this entry was read are not recorded")
            .flag("DTE", 2, "device-TLB requests allowed")
            .flag("PASIDE", 3, "requests with PASID allowed")
            .flag("PRE", 4, "page requests allowed")
            .reserved(8, 5)
            .value("PDTS", 11, 9, "the PASID directory has 2^(PDTS+7) entries")
            .address("PASIDDIRPTR", 63, 12, "PASID directory")
            .value("RID_PASID", 83, 64, "PASID used for requests without one")
            .flag("RID_PRIV", 84, "requests without PASID are privileged")
            .reserved(127, 85)
            .reserved(255, 128)
            .build();

    public static final BitField PRESENT = field(LAYOUT, "P");
    public static final BitField FAULT_DISABLE = field(LAYOUT, "FPD");
    public static final BitField DEVICE_TLB_ENABLE = field(LAYOUT, "DTE");
    public static final BitField PAGE_REQUEST_ENABLE = field(LAYOUT, "PRE");
    public static final BitField PASID_ENABLE = field(LAYOUT, "PASIDE");
    public static final BitField DIRECTORY_SIZE = field(LAYOUT, "PDTS");
    public static final BitField DIRECTORY = field(LAYOUT, "PASIDDIRPTR");
    public static final BitField RID_PASID = field(LAYOUT, "RID_PASID");

    private ScalableContextEntry() {
    }
}
