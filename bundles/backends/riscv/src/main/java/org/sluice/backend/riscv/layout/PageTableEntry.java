// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.riscv.layout;

import static org.sluice.backend.riscv.layout.Riscv.field;

import java.util.Map;

import org.sluice.api.layout.BitField;
import org.sluice.api.layout.StructureLayout;
import org.sluice.kit.layout.LayoutBuilder;

/** The 64-bit page table entry of both stages (Privileged Architecture, sections "Sv39", "Svnapot", "Svpbmt"). */
public final class PageTableEntry {
    public static final StructureLayout LAYOUT = LayoutBuilder.of(Riscv.BACKEND, "page-table-entry", 64, "Page table entry of either stage",
                    Riscv.PRIVILEGED + "sections Sv39 Page-Based Virtual Memory, Svnapot, Svpbmt")
            .flag("V", 0, "valid").flag("R", 1, "readable").flag("W", 2, "writable").flag("X", 3, "executable; R, W and X 0: a pointer")
            .flag("U", 4, "accessible without privilege").flag("G", 5, "global").flag("A", 6, "accessed").flag("D", 7, "dirty").ignored(9, 8)
            .value("PPN", 53, 10, "page number").reserved(58, 54).value("software", 60, 59, "reserved unless capabilities.Svrsw60t59b")
            .value("PBMT", 62, 61, "memory type", Map.of(0L, "PMA", 1L, "NC", 2L, "IO", 3L, "reserved"))
            .flag("N", 63, "one of 16 equal entries for 64 KiB")
            .build();

    public static final BitField VALID = field(LAYOUT, "V");
    public static final BitField USER = field(LAYOUT, "U");
    public static final BitField GLOBAL = field(LAYOUT, "G");
    public static final BitField ACCESSED = field(LAYOUT, "A");
    public static final BitField DIRTY = field(LAYOUT, "D");
    public static final BitField PAGE = field(LAYOUT, "PPN");
    public static final BitField RESERVED = field(LAYOUT, "reserved");
    public static final BitField SOFTWARE = field(LAYOUT, "software");
    public static final BitField MEMORY_TYPE = field(LAYOUT, "PBMT");
    public static final BitField NAPOT = field(LAYOUT, "N");

    private PageTableEntry() {
    }

    /** Name of the memory type that a leaf asks for; empty where the physical address alone decides. */
    public static String memoryType(long entry) {
        long type = MEMORY_TYPE.get(entry);
        return type == 0 ? "" : MEMORY_TYPE.meaningOf(type);
    }
}
