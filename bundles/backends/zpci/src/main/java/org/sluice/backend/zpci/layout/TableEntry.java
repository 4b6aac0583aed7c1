// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci.layout;

import static org.sluice.backend.zpci.layout.Zpci.field;

import java.util.Map;

import org.sluice.api.layout.BitField;
import org.sluice.api.layout.StructureLayout;

/** Entries of the DMA tables. Bits called ignored have no meaning in any public source. */
public final class TableEntry {
    private static final Map<Long, String> TYPES =
            Map.of(0L, "segment table", 1L, "region-third table", 2L, "region-second table", 3L, "region-first table");

    public static final StructureLayout REGION = Zpci.structure("region-entry", 64, "Entry of a region-first, -second or -third table", "region entry")
            .value("TL", 1, 0, "length of the next table in quarters, less 1; must be 3")
            .value("TT", 3, 2, "type of the table that the entry stands in", TYPES)
            .ignored(4, 4)
            .flag("I", 5, "invalid")
            .value("TF", 7, 6, "first quarter of the next table; must be 0")
            .ignored(8, 8)
            .flag("P", 9, "no writes")
            .flag("FC", 10, "region-third: the entry maps a frame of 2 GiB")
            .reserved(13, 11)
            .address("ORIGIN", 63, 14, "next table, 16 KiB")
            .build();

    public static final StructureLayout SEGMENT = Zpci.structure("segment-entry", 64, "Entry of a segment table", "segment entry")
            .ignored(1, 0)
            .value("TT", 3, 2, "type of the table that the entry stands in", TYPES)
            .ignored(4, 4)
            .flag("I", 5, "invalid")
            .ignored(8, 6)
            .flag("P", 9, "no writes")
            .flag("FC", 10, "the entry maps a frame of 1 MiB")
            .address("ORIGIN", 63, 11, "page table, 2 KiB; with FC the frame, bits 63:20")
            .build();

    public static final StructureLayout PAGE = Zpci.structure("page-entry", 64, "Entry of a page table", "page entry")
            .ignored(8, 0)
            .flag("P", 9, "no writes")
            .flag("I", 10, "invalid; the address of an earlier mapping may still stand in the entry")
            .ignored(11, 11)
            .address("FRAME", 63, 12, "page")
            .build();

    public static final BitField TYPE = field(REGION, "TT");
    public static final BitField LENGTH = field(REGION, "TL");
    public static final BitField OFFSET = field(REGION, "TF");
    public static final BitField INVALID = field(REGION, "I");
    public static final BitField PROTECT = field(REGION, "P");
    public static final BitField FORMAT = field(REGION, "FC");
    public static final BitField PAGE_INVALID = field(PAGE, "I");

    /** The only length that a region entry may give: all of the next table. */
    public static final int FULL_LENGTH = 3;
    /** What an operating system writes into unused entries: nothing but the invalid bit. */
    public static final long EMPTY = INVALID.put(1);
    public static final long EMPTY_PAGE = PAGE_INVALID.put(1);

    private TableEntry() {
    }
}
