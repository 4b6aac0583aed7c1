// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi.layout;

import static org.sluice.backend.amdvi.layout.AmdVi.field;

import java.util.Map;

import org.sluice.api.layout.BitField;
import org.sluice.api.layout.StructureLayout;

/** Entries of page tables: host (v1) tables in section 2.2.3, guest (v2) tables and GCR3 tables in section 2.2.6. */
public final class PagingEntry {
    /** NextLevel of a page whose size stands in the entry's address. */
    public static final long SIZED_PAGE = 7;
    /** NextLevel of a page of its level's own size. */
    public static final long PAGE = 0;

    public static final StructureLayout HOST_TABLE = AmdVi.structure("host-directory-entry", 64, "Host table entry that leads to a table",
            "section 2.2.3, PDE")
            .flag("PR", 0, "present")
            .ignored(4, 1)
            .flag("A", 5, "accessed (with HAD)")
            .ignored(8, 6)
            .value("NextLevel", 11, 9, "level of the next table, below this one")
            .address("Address", 51, 12, "next table")
            .reserved(60, 52)
            .flag("IR", 61, "read permission")
            .flag("IW", 62, "write permission")
            .ignored(63, 63)
            .build();

    public static final StructureLayout HOST_PAGE = AmdVi.structure("host-page-entry", 64, "Host table entry that maps a page", "section 2.2.3, PTE")
            .flag("PR", 0, "present")
            .ignored(4, 1)
            .flag("A", 5, "accessed (with HAD)")
            .flag("D", 6, "dirty (with HAD)")
            .ignored(8, 7)
            .value("NextLevel", 11, 9, "size of the page", Map.of(PAGE, "the level's own", SIZED_PAGE, "coded in the address"))
            .address("Address", 51, 12, "page; with NextLevel 7 the lowest zero bit tells the size")
            .reserved(58, 52)
            .flag("U", 59, "attribute of ATS answers: untranslated accesses only")
            .flag("FC", 60, "accesses snoop whatever the device asks for")
            .flag("IR", 61, "read permission")
            .flag("IW", 62, "write permission")
            .ignored(63, 63)
            .build();

    public static final StructureLayout GUEST = AmdVi.structure("guest-page-entry", 64, "Guest table entry, any level: x86-64 paging",
            "section 2.2.6.2")
            .flag("P", 0, "present")
            .flag("RW", 1, "write permission")
            .flag("US", 2, "user requests allowed")
            .flag("PWT", 3, "memory type, low bit")
            .flag("PCD", 4, "memory type, middle bit")
            .flag("A", 5, "accessed")
            .flag("D", 6, "page: dirty")
            .flag("PS", 7, "page at level 2 (2 MiB) and 3 (1 GiB)")
            .flag("G", 8, "page: global")
            .ignored(11, 9)
            .address("Address", 51, 12, "next table, or page; bit 12 of a large page is the high bit of the memory type")
            .ignored(62, 52)
            .flag("NX", 63, "execution forbidden (with EFR.NXSup)")
            .build();

    public static final StructureLayout GCR3 = AmdVi.structure("gcr3-entry", 64, "GCR3 table entry: one PASID, or the next table", "section 2.2.6.3")
            .flag("V", 0, "valid")
            .reserved(11, 1)
            .address("Address", 51, 12, "guest table root, or next GCR3 table")
            .ignored(63, 52)
            .build();

    public static final BitField PRESENT = field(HOST_TABLE, "PR");
    public static final BitField NEXT_LEVEL = field(HOST_TABLE, "NextLevel");
    public static final BitField ADDRESS = field(HOST_TABLE, "Address");
    public static final BitField ACCESSED = field(HOST_PAGE, "A");
    public static final BitField DIRTY = field(HOST_PAGE, "D");
    public static final BitField UNTRANSLATED_ONLY = field(HOST_PAGE, "U");
    public static final BitField READ = field(HOST_TABLE, "IR");
    public static final BitField WRITE = field(HOST_TABLE, "IW");
    public static final BitField FORCE_COHERENT = field(HOST_PAGE, "FC");
    public static final BitField GUEST_PRESENT = field(GUEST, "P");
    public static final BitField GUEST_WRITE = field(GUEST, "RW");
    public static final BitField GUEST_USER = field(GUEST, "US");
    public static final BitField GUEST_WRITE_THROUGH = field(GUEST, "PWT");
    public static final BitField GUEST_CACHE_DISABLE = field(GUEST, "PCD");
    public static final BitField GUEST_ACCESSED = field(GUEST, "A");
    public static final BitField GUEST_DIRTY = field(GUEST, "D");
    public static final BitField GUEST_PAGE = field(GUEST, "PS");
    public static final BitField GUEST_NO_EXECUTE = field(GUEST, "NX");
    public static final BitField GCR3_VALID = field(GCR3, "V");

    private PagingEntry() {
    }

    /** Which of its two forms a host entry has, by NextLevel. */
    public static StructureLayout hostLayout(long entry) {
        long next = NEXT_LEVEL.get(entry);
        return next == PAGE || next == SIZED_PAGE ? HOST_PAGE : HOST_TABLE;
    }

    /** Bits of a layout's reserved fields; the layout has one word. */
    public static long reservedMask(StructureLayout layout) {
        long mask = 0;
        for (BitField f : layout.fields()) {
            mask |= f.kind() == BitField.Kind.RESERVED ? f.put(-1L) : 0;
        }
        return mask;
    }
}
