// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.layout;

import static org.sluice.backend.smmuv3.layout.Smmu.field;

import java.util.Map;

import org.sluice.api.layout.BitField;
import org.sluice.api.layout.StructureLayout;
import org.sluice.kit.layout.LayoutBuilder;

/** Entries of translation tables, VMSAv8-64. Which bits are address depends on granule and level: {@link SmmuFormats}. */
public final class TableDescriptor {
    private static final Map<Long, String> TYPES = Map.of(0L, "invalid", 1L, "block", 2L, "invalid", 3L, "table or page");
    private static final Map<Long, String> SHAREABILITY = Map.of(0L, "non-shareable", 1L, "reserved", 2L, "outer", 3L, "inner");

    public static final StructureLayout TABLE = descriptor("table-descriptor", "Pointer to the next table, either stage")
            .value("type", 1, 0, "kind of descriptor", TYPES)
            .ignored(11, 2)
            .address("address", 51, 12, "next table")
            .ignored(58, 52)
            .flag("PXNTable", 59, "stage 1: nothing below is executable with privilege")
            .flag("UXNTable", 60, "stage 1: nothing below is executable without privilege")
            .value("APTable", 62, 61, "stage 1: bit 0 removes unprivileged access, bit 1 writes")
            .flag("NSTable", 63, "stage 1: security state; Secure streams only")
            .build();

    public static final StructureLayout STAGE_1 = descriptor("stage-1-leaf", "Stage-1 page or block")
            .value("type", 1, 0, "kind of descriptor", TYPES)
            .value("AttrIndx", 4, 2, "memory type in MAIR")
            .flag("NS", 5, "security state; Secure streams only")
            .value("AP", 7, 6, "permissions", Map.of(0L, "rw privileged", 1L, "rw", 2L, "r privileged", 3L, "r"))
            .value("SH", 9, 8, "shareability", SHAREABILITY)
            .flag("AF", 10, "access flag")
            .flag("nG", 11, "not global: tagged with the ASID")
            .address("address", 49, 12, "page or block; with 64K bits 15:12 may hold address bits 51:48")
            .flag("GP", 50, "guarded page")
            .flag("DBM", 51, "a write may make it writable, with CD.HD")
            .flag("Contiguous", 52, "one of a group of entries that map contiguous memory")
            .flag("PXN", 53, "not executable with privilege")
            .flag("UXN", 54, "not executable without privilege")
            .ignored(58, 55)
            .value("PBHA", 62, 59, "implementation defined")
            .ignored(63, 63)
            .build();

    public static final StructureLayout STAGE_2 = descriptor("stage-2-leaf", "Stage-2 page or block")
            .value("type", 1, 0, "kind of descriptor", TYPES)
            .value("MemAttr", 5, 2, "memory type")
            .value("S2AP", 7, 6, "permissions", Map.of(0L, "none", 1L, "r", 2L, "w", 3L, "rw"))
            .value("SH", 9, 8, "shareability", SHAREABILITY)
            .flag("AF", 10, "access flag")
            .flag("nT", 11, "block translation entry, or ignored")
            .address("address", 50, 12, "page or block; with 64K bits 15:12 may hold address bits 51:48")
            .flag("DBM", 51, "a write may make it writable, with STE.S2HD")
            .flag("Contiguous", 52, "one of a group of entries that map contiguous memory")
            .value("XN", 54, 53, "not executable; bit 53 only with IDR3.XNX")
            .ignored(58, 55)
            .value("HWU", 62, 59, "implementation defined")
            .ignored(63, 63)
            .build();

    public static final BitField TYPE = field(STAGE_1, "type");
    public static final BitField ATTRIBUTE_INDEX = field(STAGE_1, "AttrIndx");
    public static final BitField AP = field(STAGE_1, "AP");
    public static final BitField NOT_GLOBAL = field(STAGE_1, "nG");
    public static final BitField ACCESS_FLAG = field(STAGE_1, "AF");
    public static final BitField DIRTY_MANAGED = field(STAGE_1, "DBM");
    public static final BitField PXN = field(STAGE_1, "PXN");
    public static final BitField UXN = field(STAGE_1, "UXN");
    public static final BitField PXN_TABLE = field(TABLE, "PXNTable");
    public static final BitField UXN_TABLE = field(TABLE, "UXNTable");
    public static final BitField AP_TABLE = field(TABLE, "APTable");
    public static final BitField MEMORY_ATTRIBUTE = field(STAGE_2, "MemAttr");
    public static final BitField S2AP = field(STAGE_2, "S2AP");
    public static final BitField S2XN = field(STAGE_2, "XN");

    /** Values of {@link #TYPE}. */
    public static final int BLOCK = 1;
    public static final int TABLE_OR_PAGE = 3;

    private TableDescriptor() {
    }

    private static LayoutBuilder descriptor(String name, String title) {
        return LayoutBuilder.of(Smmu.BACKEND, name, 64, title, Smmu.TABLE_SPECIFICATION + "translation table descriptors");
    }
}
