// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci.layout;

import java.util.List;
import java.util.stream.IntStream;

import org.sluice.api.Permissions;
import org.sluice.kit.radix.RadixFormat;
import org.sluice.kit.radix.RadixFormatBuilder;
import org.sluice.kit.radix.RadixFormat.Step;

/**
 * DMA tables by designation type: a segment table with page tables, and up to three region tables above. Levels count from the page
 * table (vendor level 1) to the region-first table (5), since the architecture numbers tables by type only. An index has 11 bits, in
 * the page table 8.
 */
public final class ZpciFormats {
    private static final int PAGE_SHIFT = 12;
    private static final int PAGE_INDEX_BITS = 8;
    private static final int INDEX_BITS = 11;
    private static final int FIRST_REGION_LEVEL = 2;
    private static final int OUTPUT_BITS = 63;
    /** Absolute addresses have 64 bits; no machine has storage at the upper half, and a set bit 63 is told as an invalid entry. */
    private static final long BEYOND = 1L << OUTPUT_BITS;
    /** Region tables are 16 KiB, page tables 2 KiB: bits of a region entry between the two are no address. */
    private static final long REGION_RESERVED = 0x3800;
    /** Bits of an entry that are the address of a table; those of a region entry that are none must be 0. */
    public static final long TABLE_ADDRESS = ~BEYOND & -1L << INDEX_BITS;
    /** Bits of a page entry that are its frame. */
    public static final long FRAME_ADDRESS = ~BEYOND & -1L << PAGE_SHIFT;
    /**
     * Written into every page entry, because one that is all zero is an error and absolute address 0 could not be mapped otherwise; the
     * low bits of page entries are free for software, by analogy with the processor's.
     */
    public static final long PAGE_IN_USE = 1;
    private static final String[] NAMES = {"segment", "region-third", "region-second", "region-first"};
    private static final List<RadixFormat> FORMATS = IntStream.range(0, NAMES.length).mapToObj(ZpciFormats::build).toList();

    private ZpciFormats() {
    }

    /** By designation type. */
    public static List<RadixFormat> all() {
        return FORMATS;
    }

    /** The format of the root table that a designation type of 0 to 3 names. */
    public static RadixFormat of(int designation) {
        return FORMATS.get(designation);
    }

    /** The kind of table at a level counted from the leaves. */
    public static String tableName(int level) {
        return level == 0 ? "page" : NAMES[level - 1];
    }

    private static RadixFormat build(int designation) {
        int levels = designation + FIRST_REGION_LEVEL;
        int inputBits = PAGE_SHIFT + PAGE_INDEX_BITS + INDEX_BITS * (levels - 1);
        RadixFormatBuilder format = RadixFormat.builder(Zpci.BACKEND, NAMES[designation])
                .title("DMA tables from a " + NAMES[designation] + " table down", Zpci.SPECIFICATION + "translation")
                .level(1, PAGE_SHIFT, PAGE_INDEX_BITS, TableEntry.PAGE.name())
                .fixedInLeaf(0, BEYOND, 0)
                .encodeLeaf(0, PAGE_IN_USE)
                .encodeEmpty(0, TableEntry.EMPTY_PAGE);
        for (int level = 1; level < levels; level++) {
            boolean region = level >= FIRST_REGION_LEVEL;
            format.level(level + 1, PAGE_SHIFT + PAGE_INDEX_BITS + INDEX_BITS * (level - 1), INDEX_BITS,
                            (region ? TableEntry.REGION : TableEntry.SEGMENT).name())
                    .fixedInTable(level, region ? BEYOND | REGION_RESERVED : BEYOND, 0)
                    .fixedInLeaf(level, BEYOND, 0)
                    .encodeTable(level, region ? TableEntry.TYPE.put(level - 1) | TableEntry.LENGTH.put(TableEntry.FULL_LENGTH) : 0)
                    .encodeLeaf(level, TableEntry.TYPE.put(level - 1) | TableEntry.FORMAT.put(1))
                    .encodeEmpty(level, TableEntry.EMPTY);
        }
        return format.input(inputBits, false)
                .addresses(TABLE_ADDRESS, FRAME_ADDRESS, OUTPUT_BITS)
                .bigEndian()
                .classify(ZpciFormats::step)
                .zeroEntry(Step.FORBIDDEN)
                .lowPermissions((level, leaf, low) -> TableEntry.PROTECT.get(low) != 0 ? Permissions.READ : Permissions.READ_WRITE)
                .encodePermissions(p -> TableEntry.PROTECT.put((p & Permissions.WRITE) == 0 ? 1 : 0))
                .build();
    }

    /** Steps 7 to 9 of the translation. What is wrong with a forbidden entry is told by {@link EventCodes#ofEntry}. */
    private static Step step(int level, int low) {
        if (level == 0) {
            return TableEntry.PAGE_INVALID.get(low) != 0 ? Step.NONE : Step.PAGE;
        }
        if (TableEntry.INVALID.get(low) != 0) {
            return Step.NONE;
        }
        if (TableEntry.TYPE.get(low) != level - 1) {
            return Step.FORBIDDEN;
        }
        if (level <= FIRST_REGION_LEVEL && TableEntry.FORMAT.get(low) != 0) {
            return Step.PAGE;
        }
        boolean whole = TableEntry.LENGTH.get(low) == TableEntry.FULL_LENGTH && TableEntry.OFFSET.get(low) == 0;
        return level == 1 || whole ? Step.table(level - 1) : Step.FORBIDDEN;
    }
}
