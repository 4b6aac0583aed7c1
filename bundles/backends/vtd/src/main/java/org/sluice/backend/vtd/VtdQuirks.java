// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd;

import java.util.List;

import org.sluice.api.EmulatorQuirk;
import org.sluice.backend.vtd.layout.Vtd;

/** Where QEMU's intel-iommu differs from the architecture: the table in {@code docs/backends/qemu-differences.md}, which a test compares with this one. */
final class VtdQuirks {
    static final List<EmulatorQuirk> ALL = List.of(
            quirk("vtd-record-pasid", "7.2", null,
                    "FRCD.PV is valid only with PP=1 (VT-d, fault recording)",
                    "QEMU writes ones into it for requests without PASID"),
            quirk("vtd-pass-through-width", "7.2", null,
                    "TT=10: an address beyond the width is fault 04h (VT-d, translation of requests)",
                    "QEMU puts a direct region in place of the unit"),
            quirk("vtd-cached-permission", "7.2", null,
                    "an access that a cached translation does not permit is recorded like any other (VT-d, second-stage entries and fault recording)",
                    "QEMU's memory core refuses it without the unit"),
            quirk("vtd-context-reserved-recorded", "7.2", null,
                    "0Bh is a qualified fault, FPD suppresses it (VT-d, fault recording; not checked against a second source)",
                    "QEMU records it always"),
            quirk("vtd-transient-reserved", "7.2", null,
                    "bit 62 of second-stage entries is ignored (VT-d, second-stage entries; TM of old revisions)",
                    "QEMU takes it for reserved"),
            quirk("vtd-rid-pasid", "7.2", "10.0",
                    "with ECAP.RPS=0 requests without PASID use PASID 0 (VT-d, scalable-mode context entry)",
                    "QEMU takes RID_PASID all the same"),
            quirk("vtd-pasid-reserved-unchecked", "7.2", null,
                    "reserved bits of PASID directory and table entries are faults 52h and 5Ah (VT-d, PASID directory entry and PASID table entry)",
                    "QEMU does not look at them"),
            quirk("vtd-pasid-type-unchecked", "7.2", "10.0",
                    "PGTT that ECAP does not offer is fault 5Bh (VT-d, PASID table entry)",
                    "QEMU walks first-stage and nested entries as second-stage ones"),
            quirk("vtd-pasid-code", "7.2", "10.0",
                    "each fault of the PASID tables has its reason, 50h to 5Bh (VT-d, fault recording)",
                    "QEMU gives 58h for all, and records it with FPD"),
            quirk("vtd-pasid-type-first", "10.0", null,
                    "P=0 is fault 59h whatever else the PASID table entry holds (VT-d, PASID table entry and translation of requests)",
                    "QEMU looks at the type before, 5Bh"),
            quirk("vtd-pasid-recorded", "10.0", null,
                    "faults of the PASID tables are qualified, FPD of an entry read by then suppresses them (VT-d, fault recording)",
                    "QEMU records them"),
            quirk("vtd-first-stage-order", "10.0", null,
                    "R/W and U/S of all levels count together when the walk is over, as in x86 paging (VT-d, first-stage entries, gives no order)",
                    "QEMU looks entry by entry, 81h and 85h"),
            quirk("vtd-first-stage-execute", "10.0", null,
                    "XD is reserved with NXE=0, 72h (VT-d, first-stage entries)",
                    "QEMU ignores it"),
            quirk("vtd-first-stage-width", "10.0", null,
                    "AW is for types 010, 011 and 100 (VT-d, PASID table entry), the first stage has 48 bits here",
                    "QEMU measures its addresses by AW, 80h"),
            quirk("vtd-legacy-codes", "7.2", null,
                    "scalable mode has reasons of its own from 38h on (VT-d, fault recording and second-stage entries)",
                    "QEMU keeps the legacy ones, and names RID_PASID in the record"));

    private VtdQuirks() {
    }

    private static EmulatorQuirk quirk(String id, String since, String before, String architecture, String emulator) {
        return new EmulatorQuirk(Vtd.BACKEND, id, since, before, architecture, emulator);
    }
}
