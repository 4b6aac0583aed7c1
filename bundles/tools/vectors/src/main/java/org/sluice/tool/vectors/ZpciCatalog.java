// SPDX-License-Identifier: Apache-2.0
package org.sluice.tool.vectors;

import static org.sluice.tool.vectors.Shelf.SPEC;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.sluice.api.Access;
import org.sluice.machine.AddressRange;
import org.sluice.tool.vectors.Shelf.Entry;
import org.sluice.tool.vectors.Shelf.Item;

/**
 * DMA tables of s390 zPCI, big-endian, for a function of a group that asks for no refresh: the worked examples of the sheet (section 13), and the
 * steps of section 11 one by one. There is no public manual: the sheet rests on Linux and QEMU.
 */
final class ZpciCatalog {
    private static final int FUNCTION = 0x10;
    private static final long FIRST = 0x1_0000_0000L;
    /** As far as region-third, and region-second tables reach. */
    private static final long LAST = 0x3ff_ffff_ffffL;
    private static final long UPPER_LAST = 0x1f_ffff_ffff_ffffL;
    private static final long TABLE_BYTES = 16384;
    private static final long PAGE_TABLE_BYTES = 2048;
    private static final long TRANSLATE = 0x800;
    private static final int TYPE_AT = 2;
    private static final long FULL = 3;
    private static final long INVALID = 0x20;
    private static final long PROTECTED = 0x200;
    private static final long INVALID_PAGE = 0x400;
    private static final long FRAME = 0x400;
    /** Region index 2, segment index 0x234, page index 0x56, offset 0x788 (examples 2 and 6, to a word's start). */
    private static final long IOVA = 0x1_2345_6788L;
    private static final long SEGMENT_BYTES = 1 << 20;
    private static final long OUT = 0x80_0000;
    private static final long NOWHERE = 0x20_0000_0000L;
    private static final int OUT_OF_RANGE = 0x02;
    private static final int PROTECTION = 0x04;
    private static final int ENTRY = 0x07;
    private static final int LENGTH = 0x08;
    private static final int TYPE = 0x09;

    private final Shelf shelf;
    private final long region;
    private final long segment;
    private final long pages;

    private ZpciCatalog() {
        Map<String, Object> function = new HashMap<>(Map.of("device", "0010:00:00.0", "fid", "0x10", "pba", "0x100000000", "pal", "0x1fffffffffffff"));
        function.put("iota", null);
        shelf = new Shelf("zpci", UnitOrder.ZPCI, "fid", FUNCTION, new AddressRange(0, (16 << 20) - 1), Map.of(),
                Map.of("functions", List.of(function), "group", Map.of("refresh", false, "pfgid", "0xff")));
        region = shelf.table(TABLE_BYTES);
        segment = shelf.table(TABLE_BYTES);
        pages = shelf.table(PAGE_TABLE_BYTES);
        fill(region, TABLE_BYTES, INVALID);
        fill(segment, TABLE_BYTES, INVALID);
        fill(pages, PAGE_TABLE_BYTES, INVALID_PAGE);
        shelf.put(region + 2 * 8, segment | 4 | FULL).put(segment + 0x234 * 8, pages).put(pages + 0x56 * 8, OUT);
    }

    static Shelf make() {
        ZpciCatalog catalog = new ZpciCatalog();
        catalog.pages();
        catalog.segments();
        catalog.regions();
        catalog.anchors();
        return catalog.shelf;
    }

    private void fill(long table, long bytes, long value) {
        for (long at = table; at < table + bytes; at += Long.BYTES) {
            shelf.put(at, value);
        }
    }

    private void pages() {
        String clause = "section 4 (page entry)";
        both("page", List.of(), IOVA, OUT + 0x788, clause + ", examples 2, 3, 5 and 6");
        Entry entry = word("pageEntry", pages + 0x56 * 8, OUT | PROTECTED);
        one("protected-page", Access.READ, List.of(entry), IOVA, Answer.mapped(OUT + 0x788), clause + ", example 6");
        refused("protected-page", Access.WRITE, List.of(entry), IOVA, PROTECTION, clause + ", example 6");
        for (long invalid : new long[] {OUT | INVALID_PAGE, INVALID_PAGE}) {
            refused(invalid == INVALID_PAGE ? "invalid-page" : "unmapped-page", Access.READ, List.of(word("pageEntry", pages + 0x56 * 8, invalid)), IOVA, PROTECTION,
                    clause + ", example 6");
        }
        refused("zero-page-entry", Access.READ, List.of(word("pageEntry", pages + 0x56 * 8, 0)), IOVA, ENTRY, "section 4 (a zero entry is an error)");
        one("output-without-memory", Access.READ, List.of(word("pageEntry", pages + 0x56 * 8, NOWHERE)), IOVA, Answer.mapped(NOWHERE + 0x788), clause);
    }

    private void segments() {
        String clause = "section 4 (segment entry)";
        long at = segment + 0x234 * 8;
        both("frame", List.of(word("segmentEntry", at, OUT | FRAME)), IOVA, OUT + (IOVA & SEGMENT_BYTES - 1), clause + ", example 7");
        refused("protected-frame", Access.WRITE, List.of(word("segmentEntry", at, OUT | FRAME | PROTECTED)), IOVA, PROTECTION, clause + ", P");
        Entry guarded = word("segmentEntry", at, pages | PROTECTED);
        one("protected-segment", Access.READ, List.of(guarded), IOVA, Answer.mapped(OUT + 0x788), clause + ", P");
        refused("protected-segment", Access.WRITE, List.of(guarded), IOVA, PROTECTION, clause + ", P");
        refused("invalid-segment", Access.READ, List.of(word("segmentEntry", at, pages | INVALID)), IOVA, PROTECTION, clause);
        refused("zero-segment-entry", Access.READ, List.of(word("segmentEntry", at, 0)), IOVA, ENTRY, "section 4 (a zero entry is an error)");
        refused("segment-of-another-type", Access.READ, List.of(word("segmentEntry", at, pages | 4)), IOVA, TYPE, clause + ", TT");
    }

    private void regions() {
        String clause = "section 4 (region entry)";
        long at = region + 2 * 8;
        refused("invalid-region", Access.READ, List.of(word("regionEntry", at, segment | 4 | FULL | INVALID)), IOVA, PROTECTION, clause + ", example 4");
        refused("region-of-another-type", Access.READ, List.of(word("regionEntry", at, segment | FULL)), IOVA, TYPE, clause + ", example 4");
        refused("region-too-short", Access.READ, List.of(word("regionEntry", at, segment | 4 | 1)), IOVA, LENGTH, clause + ", example 4");
        refused("region-with-offset", Access.READ, List.of(word("regionEntry", at, segment | 4 | FULL | 0x40)), IOVA, LENGTH, clause + ", example 4");
        refused("zero-region-entry", Access.READ, List.of(word("regionEntry", at, 0)), IOVA, ENTRY, "section 4 (a zero entry is an error)");
        refused("protected-region", Access.WRITE, List.of(word("regionEntry", at, segment | 4 | FULL | PROTECTED)), IOVA, PROTECTION, clause + ", P");
    }

    private void anchors() {
        String clause = "section 3 (anchor)";
        refused("below-the-range", Access.READ, List.of(), FIRST - 8, OUT_OF_RANGE, "section 11 step 3");
        refused("above-the-range", Access.READ, List.of(), LAST + 1, OUT_OF_RANGE, "section 11 step 3");
        long anchor = region | TRANSLATE | 1 << TYPE_AT;
        add("protected-anchor", Access.READ, List.of(), IOVA, anchor | PROTECTED, Answer.mapped(OUT + 0x788), clause + ", protection");
        add("protected-anchor", Access.WRITE, List.of(), IOVA, anchor | PROTECTED, fault(PROTECTION), clause + ", protection");
        long upper = shelf.table(TABLE_BYTES);
        fill(upper, TABLE_BYTES, INVALID);
        // Region-second index 0 leads to the same tables.
        shelf.put(upper, region | 8 | FULL);
        add("region-second", Access.WRITE, List.of(), IOVA, upper | TRANSLATE | 2 << TYPE_AT, Answer.mapped(OUT + 0x788), clause + ", example 10");
        add("region-second-invalid", Access.READ, List.of(), 1L << 42 | IOVA, upper | TRANSLATE | 2 << TYPE_AT, fault(PROTECTION),
                clause + ", example 10");
    }

    private static Entry word(String name, long address, long value) {
        return new Entry(name, address, List.of(value));
    }

    private void both(String name, List<Entry> entries, long iova, long output, String clause) {
        one(name, Access.READ, entries, iova, Answer.mapped(output), clause);
        one(name, Access.WRITE, entries, iova, Answer.mapped(output), clause);
    }

    private void refused(String name, Access access, List<Entry> entries, long iova, int code, String clause) {
        one(name, access, entries, iova, fault(code), clause);
    }

    private void one(String name, Access access, List<Entry> entries, long iova, Answer expected, String clause) {
        add(name, access, entries, iova, region | TRANSLATE | 1 << TYPE_AT, expected, clause);
    }

    private void add(String name, Access access, List<Entry> entries, long iova, long iota, Answer expected, String clause) {
        long last = (iota >>> TYPE_AT & 7) == 2 ? UPPER_LAST : LAST;
        shelf.add(new Item(name, access, iova, Shelf.registers("IOTA", iota, "PBA", FIRST, "PAL", last), entries, expected, "zPCI sheet, " + clause, SPEC));
    }

    /** Without the error block: which table it names, and the handle in it, are not told by any source. */
    private static Answer fault(int code) {
        return Answer.fault(NAMES.get(code), code, List.of());
    }

    private static final Map<Integer, String> NAMES = Map.of(OUT_OF_RANGE, "OORANGE", PROTECTION, "TPROTE", ENTRY, "INVALTE", LENGTH, "INVALTL", TYPE, "TT");
}
