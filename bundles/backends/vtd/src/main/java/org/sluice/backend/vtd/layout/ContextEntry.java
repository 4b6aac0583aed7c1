// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.layout;

import static org.sluice.backend.vtd.layout.Vtd.field;

import java.util.Map;

import org.sluice.api.layout.BitField;
import org.sluice.api.layout.StructureLayout;

/** The legacy context entry, one a function: section 9.3. */
public final class ContextEntry {
    /** Table levels by AW; the width is 30 + 9 * AW bits. Also the form of AW in PASID table entries. */
    static final Map<Long, String> WIDTHS = Map.of(1L, "39-bit, 3 levels", 2L, "48-bit, 4 levels", 3L, "57-bit, 5 levels");

    public static final long UNTRANSLATED = 0;
    public static final long ALL_REQUESTS = 1;
    public static final long PASS_THROUGH = 2;

    public static final StructureLayout LAYOUT = Vtd.structure("context-entry", 128, "Legacy context entry: one function", "section 9.3")
            .flag("P", 0, "the entry is valid")
            .flag("FPD", 1, "faults found after this entry was read are not recorded")
            .value("TT", 3, 2, "which requests are translated, and how", Map.of(
                    UNTRANSLATED, "untranslated requests through tables", ALL_REQUESTS, "as 0, and device-TLB requests allowed",
                    PASS_THROUGH, "pass-through", 3L, "reserved"))
            .reserved(11, 4)
            .address("SSPTPTR", 63, 12, "root of the second-stage table")
            .value("AW", 66, 64, "width of the second-stage table", WIDTHS)
            .ignored(70, 67)
            .reserved(71, 71)
            .value("DID", 87, 72, "domain id")
            .reserved(127, 88)
            .build();

    public static final BitField PRESENT = field(LAYOUT, "P");
    public static final BitField FAULT_DISABLE = field(LAYOUT, "FPD");
    public static final BitField TRANSLATION_TYPE = field(LAYOUT, "TT");
    public static final BitField SECOND_STAGE = field(LAYOUT, "SSPTPTR");
    public static final BitField WIDTH = field(LAYOUT, "AW");
    public static final BitField DOMAIN = field(LAYOUT, "DID");

    private ContextEntry() {
    }
}
