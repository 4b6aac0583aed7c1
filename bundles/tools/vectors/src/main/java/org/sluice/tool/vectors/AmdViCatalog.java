// SPDX-License-Identifier: Apache-2.0
package org.sluice.tool.vectors;

import static org.sluice.tool.vectors.Shelf.SPEC;
import static org.sluice.tool.vectors.Shelf.SPEC_AND_QEMU;

import java.util.List;
import java.util.Map;

import org.sluice.api.Access;
import org.sluice.machine.AddressRange;
import org.sluice.tool.vectors.Shelf.Entry;
import org.sluice.tool.vectors.Shelf.Item;

/**
 * Host tables of AMD-Vi: what the specification says of each entry (section 2.2; sheet sections 3, 4 and 7), case by case. QEMU records no
 * event, so that only addresses have it for a witness.
 */
final class AmdViCatalog {
    private static final int DEVICE = 0x30;
    private static final int DOMAIN = 0x2a;
    private static final long READ = 1L << 61;
    private static final long WRITE = 1L << 62;
    private static final long READ_WRITE = READ | WRITE;
    private static final long PRESENT = 1;
    private static final int LEVEL_AT = 9;
    private static final long SIZED = 7L << LEVEL_AT;
    private static final long IOVA = 0x1234_5678_0000L;
    private static final long OUT = 0x80_0000;
    private static final long NOWHERE = 0x20_0000_0000L;
    private static final long TWO_MIB = 1 << 21;
    private static final long ONE_GIB = 1 << 30;
    private static final int ILLEGAL_ENTRY = 1;
    private static final int PAGE_FAULT = 2;
    private static final int TABLE_ERROR = 4;
    private static final long PR = 1L << 52;
    private static final long PE = 1L << 54;
    private static final long RZ = 1L << 55;

    private final Shelf shelf;
    private final long devices;
    private final long top;
    private final long third;
    private final long second;
    private final long first;

    private AmdViCatalog() {
        // PPR, GT, IA, GA, HATS 6 levels: what software of these vectors needs is IA alone.
        shelf = new Shelf("amdvi-host", "amd-vi", "deviceId", DEVICE, new AddressRange(0, (16 << 20) - 1), Map.of(0x30, 0x29d3, 0x34, 0));
        devices = shelf.page();
        top = shelf.page();
        third = shelf.page();
        second = shelf.page();
        first = shelf.page();
    }

    static Shelf make() {
        return new AmdViCatalog().fill();
    }

    private static long slot(long table, long iova, int level) {
        return table + (iova >>> 12 + 9 * (level - 1) & 511) * 8;
    }

    private static long pde(long table, int level) {
        return table | (long) level << LEVEL_AT | PRESENT | READ_WRITE;
    }

    private static long pte(long page) {
        return page | PRESENT | READ_WRITE;
    }

    private Shelf fill() {
        shelf.put(slot(top, IOVA, 4), pde(third, 3)).put(slot(third, IOVA, 3), pde(second, 2)).put(slot(second, IOVA, 2), pde(first, 1));
        pages();
        sizes();
        upperLevels();
        entries();
        return shelf;
    }

    private void pages() {
        String leaf = "section 2.2.3 (page table entry)";
        long at = slot(first, IOVA, 1);
        shelf.put(at, pte(OUT), OUT + 0x1000 | PRESENT | READ, OUT + 0x2000 | PRESENT | WRITE, 0, pte(OUT + 0x4000) | 1L << 52, pte(NOWHERE));
        mapped("page", IOVA + 0xabc, OUT + 0xabc, leaf);
        mapped("page-last-word", IOVA + 0xffc, OUT + 0xffc, leaf);
        one("read-only", Access.READ, IOVA + 0x1010, Answer.mapped(OUT + 0x1010), leaf);
        refused("read-only", Access.WRITE, IOVA + 0x1010, PAGE_FAULT, PR | PE, leaf);
        one("write-only", Access.WRITE, IOVA + 0x2010, Answer.mapped(OUT + 0x2010), leaf);
        refused("write-only", Access.READ, IOVA + 0x2010, PAGE_FAULT, PR | PE, leaf);
        refused("not-present", Access.READ, IOVA + 0x3000, PAGE_FAULT, 0, leaf);
        refused("not-present", Access.WRITE, IOVA + 0x3000, PAGE_FAULT, 0, leaf);
        refused("reserved-bits", Access.READ, IOVA + 0x4000, PAGE_FAULT, PR | RZ, leaf);
        add("output-without-memory", Access.READ, IOVA + 0x5000, Answer.mapped(NOWHERE), leaf, SPEC, entry(top, 4));
    }

    /** A page of {@code 2^order} entries, each the same, told by the lowest zero bit. */
    private void sized(String name, long table, int level, long iova, int order) {
        long size = 1L << 12 + 9 * (level - 1) + order;
        long value = OUT | size / 2 - 1 & 0xf_ffff_ffff_f000L | SIZED | PRESENT | READ_WRITE;
        for (int i = 0; i < 1 << order; i++) {
            shelf.put(slot(table, iova, level) + i * 8L, value);
        }
        mapped(name, iova + size - 0x1f8, OUT + size - 0x1f8, "section 2.2.3 (NextLevel 7)");
        mapped(name + "-start", iova + 4, OUT + 4, "section 2.2.3 (NextLevel 7)");
    }

    private void sizes() {
        sized("size-8k", first, 1, IOVA + 0x1_0000, 1);
        sized("size-64k", first, 1, IOVA + 0x2_0000, 4);
        sized("size-256k", first, 1, IOVA + 0x4_0000, 6);
        sized("size-4m", second, 2, (IOVA & -TWO_MIB * 2) + 2 * TWO_MIB, 1);
    }

    private void upperLevels() {
        String levels = "section 2.2.3 (page directory entry)";
        long at = (IOVA & -TWO_MIB * 2) + 4 * TWO_MIB;
        shelf.put(slot(second, at, 2), pte(OUT));
        mapped("large-page", at + 0x12_3454, OUT + 0x12_3454, levels);
        shelf.put(slot(second, at + TWO_MIB, 2), pde(first, 2));
        refused("next-level-not-lower", Access.READ, at + TWO_MIB, PAGE_FAULT, PR, levels);
        shelf.put(slot(second, at + 2 * TWO_MIB, 2), pde(NOWHERE, 1));
        add("table-without-memory", Access.READ, at + 2 * TWO_MIB,
                Answer.fault("PAGE_TAB_HARDWARE_ERROR", TABLE_ERROR, List.of()), "section 2.5.6 (PAGE_TAB_HARDWARE_ERROR)", SPEC, entry(top, 4));
        long inner = shelf.page();
        shelf.put(slot(second, at + 3 * TWO_MIB, 2), inner | 1L << LEVEL_AT | PRESENT | READ).put(inner, pte(OUT));
        one("upper-level-read-only", Access.READ, at + 3 * TWO_MIB + 8, Answer.mapped(OUT + 8), levels);
        refused("upper-level-read-only", Access.WRITE, at + 3 * TWO_MIB + 8, PAGE_FAULT, PR | PE, levels);
        long giant = (IOVA & -ONE_GIB) + ONE_GIB;
        shelf.put(slot(third, giant, 3), pte(0));
        mapped("giant-page", giant + OUT + 0x3a4, OUT + 0x3a4, levels);
        long skip = (IOVA & -ONE_GIB) + 2 * ONE_GIB;
        long low = shelf.page();
        shelf.put(slot(third, skip, 3), pde(low, 1)).put(low + 5 * 8, pte(OUT));
        mapped("level-skipped", skip + 0x5004, OUT + 4, "section 2.2.3 (level skipping)");
        refused("level-skipped-with-bits", Access.READ, skip + TWO_MIB + 0x5004, PAGE_FAULT, PR, "section 2.2.3 (level skipping)");
        refused("upper-level-not-present", Access.READ, 0x7f80_0000_0000L, PAGE_FAULT, 0, levels);
        refused("beyond-levels", Access.READ, 1L << 48 | IOVA, PAGE_FAULT, 0, "section 2.2.3 (bits above the top level)");
    }

    private void entries() {
        String device = "section 2.2.2 (device table entry)";
        add("three-levels", Access.WRITE, IOVA & (1L << 39) - 1, Answer.mapped(OUT), device, SPEC_AND_QEMU, entry(third, 3));
        add("entry-not-valid", Access.WRITE, OUT + 0x40, Answer.mapped(OUT + 0x40), device, SPEC_AND_QEMU, words(0, 0));
        add("no-host-translation", Access.READ, OUT + 0x44, Answer.mapped(OUT + 0x44), device, SPEC_AND_QEMU, words(3 | READ_WRITE, DOMAIN));
        add("no-host-translation-read-only", Access.WRITE, OUT + 0x44, fault(Access.WRITE, OUT + 0x44, PAGE_FAULT, PR | PE), device, SPEC,
                words(3 | READ, DOMAIN));
        add("translation-not-valid", Access.READ, IOVA, fault(Access.READ, IOVA, PAGE_FAULT, 0), device, SPEC, words(1, DOMAIN));
        add("entry-reserved-bits", Access.READ, IOVA, illegal(IOVA, RZ), device, SPEC, words(top | 4L << LEVEL_AT | 1 << 2 | 3 | READ_WRITE, DOMAIN));
        add("entry-without-read", Access.READ, IOVA, fault(Access.READ, IOVA, PAGE_FAULT, PR | PE), device, SPEC, words(top | 4L << LEVEL_AT | 3 | WRITE, DOMAIN));
        add("events-suppressed", Access.READ, IOVA + 0x3000, Answer.fault(Answer.NONE_RECORDED, -1, List.of()), device + ", SA", SPEC_AND_QEMU,
                words(top | 4L << LEVEL_AT | 3 | READ_WRITE, DOMAIN | 1L << 34));
    }

    private static Answer illegal(long iova, long flags) {
        return Answer.fault("ILLEGAL_DEV_TABLE_ENTRY", ILLEGAL_ENTRY, List.of((long) ILLEGAL_ENTRY << 60 | flags | DEVICE, iova));
    }

    private void mapped(String name, long iova, long output, String clause) {
        one(name, Access.READ, iova, Answer.mapped(output), clause);
        one(name, Access.WRITE, iova, Answer.mapped(output), clause);
    }

    private void one(String name, Access access, long iova, Answer expected, String clause) {
        add(name, access, iova, expected, clause, SPEC_AND_QEMU, entry(top, 4));
    }

    private void refused(String name, Access access, long iova, int code, long flags, String clause) {
        add(name, access, iova, fault(access, iova, code, flags), clause, SPEC, entry(top, 4));
    }

    private List<Entry> entry(long table, int mode) {
        return words(table | (long) mode << LEVEL_AT | 3 | READ_WRITE, DOMAIN);
    }

    private List<Entry> words(long low, long next) {
        return List.of(new Entry("deviceTableEntry", devices + DEVICE * 32, List.of(low, next, 0L, 0L)));
    }

    private void add(String name, Access access, long iova, Answer expected, String clause, String witness, List<Entry> entries) {
        shelf.add(new Item(name, access, iova, Shelf.registers("DEV_TAB_BASE", devices), entries, expected, "AMD IOMMU 48882, " + clause, witness));
    }

    /** The event log entry (section 2.5.3): device, domain, flags, code; address. */
    private static Answer fault(Access access, long iova, int code, long flags) {
        long write = access == Access.WRITE ? 1L << 53 : 0;
        return Answer.fault("IO_PAGE_FAULT", code, List.of((long) code << 60 | flags | write | (long) DOMAIN << 32 | DEVICE, iova));
    }
}
