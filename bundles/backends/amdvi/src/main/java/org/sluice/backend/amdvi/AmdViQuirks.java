// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi;

import java.util.List;

import org.sluice.api.EmulatorQuirk;
import org.sluice.backend.amdvi.layout.AmdVi;

/** Where QEMU's amd-iommu differs from the architecture: the table in {@code docs/backends/qemu-differences.md}, which a test compares with this one. */
final class AmdViQuirks {
    static final List<EmulatorQuirk> ALL = List.of(
            quirk("amdvi-no-events", "7.2", null,
                    "a refused access is logged unless SA or SE suppress it (48882, event log)",
                    "QEMU refuses it too but leaves no record"),
            quirk("amdvi-record", "11.0", null,
                    "an event has the flags PR, RW, PE, RZ, the domain and the address (48882, event log)",
                    "QEMU sets I, tells the wanted permission in GN and NX, and no address"),
            quirk("amdvi-upper-permission", "11.0", null,
                    "IR and IW count at every level (48882, host page tables)",
                    "QEMU takes those of the leaf alone"),
            quirk("amdvi-upper-permission-size", "11.0", null,
                    "a page of encoded size is as large as its entry says (48882, host page tables)",
                    "where IR or IW of the device table entry forbid the access, QEMU lets it through to the entry's 4 KiB"),
            quirk("amdvi-walk-order", "11.0", null,
                    "permissions and reserved bits of an entry are judged before the table it points to is read (48882, host page tables)",
                    "QEMU reads, and reports the fetch"),
            quirk("amdvi-untranslated", "7.2", null,
                    "V=1, TV=0 is IO_PAGE_FAULT (48882, device table entry and translation procedure)",
                    "QEMU lets the access out unchanged"),
            quirk("amdvi-width-unchecked", "7.2", null,
                    "address bits above the top level must be zero (48882, host page tables; not checked against a second source)",
                    "QEMU ignores them"),
            quirk("amdvi-reserved-unchecked", "7.2", null,
                    "bits 58:52 of table entries are reserved (48882, host page tables)",
                    "QEMU does not look at them"),
            quirk("amdvi-level-unchecked", "7.2", null,
                    "a next level or a page size that does not fit, and address bits of skipped levels, are faults (48882, host page tables)",
                    "QEMU follows them"),
            quirk("amdvi-cached-permission", "7.2", null,
                    "permissions are those of all levels and the device table entry (48882, host page tables)",
                    "QEMU caches those of the leaf alone"),
            quirk("amdvi-present-unchecked", "7.2", null,
                    "PR=0 in a leaf is IO_PAGE_FAULT whatever else it holds (48882, host page tables and translation procedure)",
                    "QEMU takes only an all-zero leaf for absent"),
            quirk("amdvi-cache-key", "7.2", null,
                    "what is cached is one page of one domain (48882, commands)",
                    "QEMU looks up 36 bits of the page number, and keeps what it let through wrongly"),
            quirk("amdvi-unequal-copies", "7.2", null,
                    "all entries that a page of encoded size covers hold the same value (48882, host page tables)",
                    "where they do not, the model may answer by a page that it has met, QEMU looks up each 4 KiB"),
            quirk("amdvi-endless-walk", "7.2", null,
                    "a next level that is not below its table's is a fault (48882, host page tables)",
                    "QEMU follows it, and for ever where tables lead back to themselves"),
            quirk("amdvi-entry-reserved", "7.2", null,
                    "which bits of the device table entry are reserved depends on EFR (48882, device table entry)",
                    "QEMU has one mask, without DomainID bit 8 and with PPR, and walks on"),
            quirk("amdvi-invalid-reserved", "7.2", null,
                    "with V=0 the rest of the device table entry is ignored (48882, device table entry)",
                    "QEMU looks at its reserved bits, ILLEGAL_DEV_TABLE_ENTRY"));

    private AmdViQuirks() {
    }

    private static EmulatorQuirk quirk(String id, String since, String before, String architecture, String emulator) {
        return new EmulatorQuirk(AmdVi.BACKEND, id, since, before, architecture, emulator);
    }
}
