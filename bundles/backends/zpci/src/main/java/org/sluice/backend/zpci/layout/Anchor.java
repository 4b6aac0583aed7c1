// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci.layout;

import static org.sluice.backend.zpci.layout.Zpci.field;

import java.util.Map;

import org.sluice.api.layout.BitField;
import org.sluice.api.layout.StructureLayout;

/** The I/O translation anchor (IOTA) and the function handle: what an instruction tells the machine of a function. */
public final class Anchor {
    /** Designation types that name a table of ours; 0 to 3 are also the type of the root table. */
    public static final int SEGMENT_TABLE = 0;
    public static final int REGION_THIRD_TABLE = 1;
    public static final int REGION_SECOND_TABLE = 2;
    public static final int REGION_FIRST_TABLE = 3;
    /** An absolute frame instead of tables. */
    public static final int PAGE_FRAME = 4;

    public static final StructureLayout IOTA = Zpci.structure("iota", 64, "I/O translation anchor", "anchor")
            .value("FS", 1, 0, "frame size of designation type 4", Map.of(0L, "4 KiB", 1L, "1 MiB", 2L, "2 GiB"))
            .value("DT", 4, 2, "designation type", Map.of(0L, "segment table", 1L, "region-third table", 2L, "region-second table",
                    3L, "region-first table", 4L, "page frame", 5L, "I/O page frame", 7L, "I/O page table"))
            .value("KEY", 8, 5, "storage access key")
            .flag("P", 9, "no writes through this anchor")
            .reserved(10, 10)
            .flag("T", 11, "translation enabled; without it addresses go out unchanged")
            .reserved(13, 12)
            .address("ORIGIN", 63, 14, "root table")
            .build();

    public static final StructureLayout FUNCTION_HANDLE = Zpci.structure("function-handle", 32, "Function handle", "discovery")
            .value("INDEX", 15, 0, "function")
            .value("SHM", 23, 16, "class (QEMU: 1 passed through, 2 emulated)")
            .value("INSTANCE", 30, 24, "counts enablings")
            .flag("E", 31, "enabled")
            .build();

    public static final BitField FRAME_SIZE = field(IOTA, "FS");
    public static final BitField DESIGNATION = field(IOTA, "DT");
    public static final BitField PROTECT = field(IOTA, "P");
    public static final BitField TRANSLATE = field(IOTA, "T");
    public static final BitField ORIGIN = field(IOTA, "ORIGIN");
    public static final BitField HANDLE_INDEX = field(FUNCTION_HANDLE, "INDEX");
    public static final BitField HANDLE_CLASS = field(FUNCTION_HANDLE, "SHM");
    public static final BitField HANDLE_INSTANCE = field(FUNCTION_HANDLE, "INSTANCE");
    public static final BitField HANDLE_ENABLED = field(FUNCTION_HANDLE, "E");

    /** Class of functions that are emulated. */
    public static final int EMULATED = 2;

    /** log2 of the frame by FS; 0 where FS has no meaning. */
    private static final int[] FRAME_SHIFTS = {12, 20, 31, 0};

    private Anchor() {
    }

    /** log2 of the frame that a designation of type 4 names, or 0 if its size is none that exists. */
    public static int frameShift(long iota) {
        return FRAME_SHIFTS[(int) FRAME_SIZE.get(iota)];
    }
}
