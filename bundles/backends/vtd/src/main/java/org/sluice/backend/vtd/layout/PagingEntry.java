// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.layout;

import static org.sluice.backend.vtd.layout.Vtd.field;

import org.sluice.api.layout.BitField;
import org.sluice.api.layout.StructureLayout;

/** Entries of page tables: sections 9.7 (first stage) and 9.8 (second stage). What is reserved depends on the level: {@link VtdFormats}. */
public final class PagingEntry {
    public static final StructureLayout SECOND_STAGE = Vtd.structure("second-stage-entry", 64,
                    "Second-stage paging entry, any level", "section 9.8")
            .flag("R", 0, "read permission")
            .flag("W", 1, "write permission")
            .flag("X", 2, "execute permission; ignored unless execute requests are supported")
            .value("EMT", 5, 3, "memory type of a leaf, where supported")
            .flag("IPAT", 6, "memory type overrides the processor's, where supported")
            .flag("PS", 7, "leaf at level 2 (2 MiB) and 3 (1 GiB)")
            .flag("A", 8, "accessed")
            .flag("D", 9, "dirty")
            .ignored(10, 10)
            .flag("SNP", 11, "leaf: accesses snoop whatever the device asks for")
            .address("ADDR", 51, 12, "next table, or page")
            .ignored(63, 52)
            .build();

    public static final StructureLayout FIRST_STAGE = Vtd.structure("first-stage-entry", 64,
                    "First-stage paging entry, any level: x86-64 paging", "section 9.7")
            .flag("P", 0, "present")
            .flag("RW", 1, "write permission")
            .flag("US", 2, "user requests allowed")
            .flag("PWT", 3, "memory type, low bit")
            .flag("PCD", 4, "memory type, middle bit")
            .flag("A", 5, "accessed")
            .flag("D", 6, "leaf: dirty")
            .flag("PS", 7, "leaf at level 2 (2 MiB) and 3 (1 GiB); at level 1 the high bit of the memory type")
            .flag("G", 8, "leaf: global")
            .ignored(9, 9)
            .flag("EA", 10, "extended accessed")
            .ignored(11, 11)
            .address("ADDR", 51, 12, "next table, or page; bit 12 of a superpage is the high bit of the memory type")
            .ignored(62, 52)
            .flag("XD", 63, "execute disable, with NXE")
            .build();

    public static final BitField SS_READ = field(SECOND_STAGE, "R");
    public static final BitField SS_WRITE = field(SECOND_STAGE, "W");
    public static final BitField SS_PAGE = field(SECOND_STAGE, "PS");
    public static final BitField SS_ACCESSED = field(SECOND_STAGE, "A");
    public static final BitField SS_DIRTY = field(SECOND_STAGE, "D");
    public static final BitField SS_SNOOP = field(SECOND_STAGE, "SNP");

    public static final BitField FS_PRESENT = field(FIRST_STAGE, "P");
    public static final BitField FS_WRITE = field(FIRST_STAGE, "RW");
    public static final BitField FS_USER = field(FIRST_STAGE, "US");
    public static final BitField FS_WRITE_THROUGH = field(FIRST_STAGE, "PWT");
    public static final BitField FS_CACHE_DISABLE = field(FIRST_STAGE, "PCD");
    public static final BitField FS_ACCESSED = field(FIRST_STAGE, "A");
    public static final BitField FS_DIRTY = field(FIRST_STAGE, "D");
    public static final BitField FS_PAGE = field(FIRST_STAGE, "PS");
    public static final BitField FS_NO_EXECUTE = field(FIRST_STAGE, "XD");

    /** Where addresses stand in entries of both stages. */
    public static final BitField ADDRESS = field(SECOND_STAGE, "ADDR");

    private PagingEntry() {
    }
}
