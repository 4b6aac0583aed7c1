// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.layout;

import static org.sluice.backend.vtd.layout.Vtd.field;

import java.util.Map;

import org.sluice.api.layout.BitField;
import org.sluice.api.layout.StructureLayout;

/** PASID directory and table entries: sections 9.5 and 9.6. */
public final class PasidEntry {
    /** Bits of a PASID that index the table; the rest index the directory. */
    public static final int TABLE_INDEX_BITS = 6;
    public static final int TABLE_ENTRIES = 1 << TABLE_INDEX_BITS;
    /** The directory has 2^(PDTS + this) entries. */
    public static final int DIRECTORY_BASE_BITS = 7;

    public static final long FIRST_STAGE = 1;
    public static final long SECOND_STAGE = 2;
    public static final long NESTED = 3;
    public static final long PASS_THROUGH = 4;

    public static final StructureLayout DIRECTORY = Vtd.structure("pasid-directory-entry", 64,
                    "Scalable PASID directory entry: 64 PASIDs", "section 9.5")
            .flag("P", 0, "there is a PASID table")
            .flag("FPD", 1, "faults found after this entry was read are not recorded")
            .reserved(11, 2)
            .address("SMPTBLPTR", 63, 12, "PASID table, 64 entries of 64 bytes")
            .build();
    public static final BitField DIRECTORY_PRESENT = field(DIRECTORY, "P");
    public static final BitField DIRECTORY_FAULT_DISABLE = field(DIRECTORY, "FPD");
    public static final BitField TABLE = field(DIRECTORY, "SMPTBLPTR");

    public static final StructureLayout LAYOUT = Vtd.structure("pasid-table-entry", 512, "Scalable PASID table entry: one PASID", "section 9.6")
            .flag("P", 0, "the entry is valid")
            .flag("FPD", 1, "faults found after this entry was read are not recorded")
            .value("AW", 4, 2, "width of the second-stage table", ContextEntry.WIDTHS)
            .reserved(5, 5)
            .value("PGTT", 8, 6, "which tables translate", Map.of(FIRST_STAGE, "first-stage", SECOND_STAGE, "second-stage",
                    NESTED, "nested", PASS_THROUGH, "pass-through"))
            .flag("SSADE", 9, "second-stage accessed and dirty bits are written")
            .reserved(11, 10)
            .address("SSPTPTR", 63, 12, "root of the second-stage table")
            .value("DID", 79, 64, "domain id")
            .reserved(86, 80)
            .flag("PWSNP", 87, "table reads snoop processor caches")
            .flag("PGSNP", 88, "accesses to pages snoop processor caches")
            .reserved(127, 89)
            .flag("SRE", 128, "supervisor requests allowed")
            .flag("ERE", 129, "execute requests allowed")
            .value("FSPM", 131, 130, "levels of the first-stage table", Map.of(0L, "4 levels", 1L, "5 levels"))
            .flag("WPE", 132, "write protection holds for supervisor requests too")
            .flag("NXE", 133, "execute-disable bit in use")
            .flag("SMEP", 134, "supervisor requests must not execute user pages")
            .flag("EAFE", 135, "extended accessed flag is written")
            .reserved(139, 136)
            .address("FSPTPTR", 191, 140, "root of the first-stage table; nested: an address that the second stage translates")
            .reserved(511, 192)
            .build();
    public static final BitField PRESENT = field(LAYOUT, "P");
    public static final BitField FAULT_DISABLE = field(LAYOUT, "FPD");
    public static final BitField WIDTH = field(LAYOUT, "AW");
    public static final BitField TRANSLATION_TYPE = field(LAYOUT, "PGTT");
    public static final BitField SECOND_STAGE_DIRTY = field(LAYOUT, "SSADE");
    public static final BitField SECOND_STAGE_ROOT = field(LAYOUT, "SSPTPTR");
    public static final BitField DOMAIN = field(LAYOUT, "DID");
    public static final BitField WALK_SNOOP = field(LAYOUT, "PWSNP");
    public static final BitField SUPERVISOR = field(LAYOUT, "SRE");
    public static final BitField EXECUTE = field(LAYOUT, "ERE");
    public static final BitField FIRST_STAGE_MODE = field(LAYOUT, "FSPM");
    public static final BitField WRITE_PROTECT = field(LAYOUT, "WPE");
    public static final BitField NO_EXECUTE = field(LAYOUT, "NXE");
    public static final BitField EXTENDED_ACCESSED = field(LAYOUT, "EAFE");
    public static final BitField FIRST_STAGE_ROOT = field(LAYOUT, "FSPTPTR");

    private PasidEntry() {
    }
}
