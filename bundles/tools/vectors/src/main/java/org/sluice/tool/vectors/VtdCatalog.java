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

/** Legacy tables of VT-d: what the specification says of each entry (sections 3.4, 9.1, 9.3, 9.8; sheet sections 3, 4 and 7), case by case. */
final class VtdCatalog {
    private static final int REQUESTER = 0x30;
    private static final long VERSION_CAP_LOW = 0x222f_0606L;
    private static final long IOVA = 0x1234_5678_9000L;
    private static final long READ_WRITE = 3;
    private static final long SUPERPAGE = 1 << 7;
    private static final long TWO_MIB = 1 << 21;
    private static final long ONE_GIB = 1 << 30;
    private static final long OUT = 0x80_0000;
    private static final long NOWHERE = 0x20_0000_0000L;
    private static final int DOMAIN = 7;
    private static final long FOUR_LEVELS = (long) DOMAIN << 8 | 2;
    private static final long THREE_LEVELS = (long) DOMAIN << 8 | 1;

    private final Shelf shelf;
    private final long root;
    private final long contexts;
    private final long top;
    private final long third;
    private final long second;
    private final long first;

    private VtdCatalog() {
        shelf = new Shelf("vtd-legacy", "intel-vtd", "sourceId", REQUESTER, new AddressRange(0, (16 << 20) - 1),
                Map.of(0x00, 0x10, 0x08, (int) VERSION_CAP_LOW, 0x0c, 0x00d2_008c, 0x10, 0xf42, 0x14, 0));
        root = shelf.page();
        contexts = shelf.page();
        top = shelf.page();
        third = shelf.page();
        second = shelf.page();
        first = shelf.page();
    }

    static Shelf make() {
        return new VtdCatalog().fill();
    }

    private static long slot(long table, long iova, int level) {
        return table + (iova >>> 12 + 9 * (level - 1) & 511) * 8;
    }

    private Shelf fill() {
        shelf.put(root, contexts | 1).put(contexts, 0);
        shelf.put(slot(top, IOVA, 4), third | READ_WRITE).put(slot(third, IOVA, 3), second | READ_WRITE).put(slot(second, IOVA, 2), first | READ_WRITE);
        leaves();
        upperLevels();
        contexts();
        roots();
        return shelf;
    }

    private void leaves() {
        String leaf = "section 9.8 (second-stage leaf)";
        long[] entries = {OUT | 3, OUT + 0x1000 | 1, OUT + 0x2000 | 2, 0, OUT + 0x4000 | 0x803, OUT + 0x5000 | 0x83, NOWHERE | 3, OUT + 0x7000 | 0x77c | 3};
        for (int i = 0; i < entries.length; i++) {
            shelf.put(slot(first, IOVA, 1) + i * 8L, entries[i]);
        }
        mapped("page", IOVA + 0xabc, OUT + 0xabc, leaf);
        mapped("page-first-byte", IOVA, OUT, leaf);
        mapped("page-last-word", IOVA + 0xffc, OUT + 0xffc, leaf);
        one("read-only", Access.READ, IOVA + 0x1010, Answer.mapped(OUT + 0x1010), leaf);
        refused("read-only", Access.WRITE, IOVA + 0x1010, 0x05, leaf);
        one("write-only", Access.WRITE, IOVA + 0x2010, Answer.mapped(OUT + 0x2010), leaf);
        refused("write-only", Access.READ, IOVA + 0x2010, 0x06, leaf);
        both("not-present", IOVA + 0x3000, leaf);
        reserved("snoop-not-supported", IOVA + 0x4000, "section 9.8 (SNP is reserved with ECAP.SC = 0)");
        mapped("ps-ignored-in-a-page", IOVA + 0x5008, OUT + 0x5008, "section 9.8 (PS is ignored at level 1)");
        one("output-without-memory", Access.READ, IOVA + 0x6000, Answer.mapped(NOWHERE), leaf, SPEC);
        mapped("ignored-bits", IOVA + 0x7100, OUT + 0x7100, "section 9.8 (bits 10:8, 6:3 and 2 without effect here)");
    }

    private void upperLevels() {
        long at = IOVA & -TWO_MIB;
        String large = "section 9.8 (2 MiB and 1 GiB pages, CAP.SLLPS)";
        shelf.put(slot(second, at + TWO_MIB, 2), OUT | SUPERPAGE | READ_WRITE);
        mapped("large-page", at + TWO_MIB + 0x12_3454, OUT + 0x12_3454, large);
        shelf.put(slot(second, at + 2 * TWO_MIB, 2), OUT | 0x1000 | SUPERPAGE | READ_WRITE);
        reserved("large-page-low-bits", at + 2 * TWO_MIB, large);
        long readOnly = shelf.page();
        shelf.put(slot(second, at + 3 * TWO_MIB, 2), readOnly | 1).put(readOnly, OUT | READ_WRITE);
        one("upper-level-read-only", Access.READ, at + 3 * TWO_MIB + 4, Answer.mapped(OUT + 4), "section 3.7.1 (permissions of all levels)");
        refused("upper-level-read-only", Access.WRITE, at + 3 * TWO_MIB + 4, 0x05, "section 3.7.1 (permissions of all levels)");
        shelf.put(slot(second, at + 4 * TWO_MIB, 2), NOWHERE | READ_WRITE);
        refused("table-without-memory", Access.READ, at + 4 * TWO_MIB, 0x07, "section 7.1.3, reason 07h");
        shelf.put(slot(second, at + 5 * TWO_MIB, 2), readOnly | 1L << 11 | READ_WRITE);
        reserved("snoop-in-a-table-entry", at + 5 * TWO_MIB, "section 9.8 (bit 11 of a table entry)");
        long giant = (IOVA & -ONE_GIB) + ONE_GIB;
        shelf.put(slot(third, giant, 3), SUPERPAGE | READ_WRITE);
        mapped("giant-page", giant + OUT + 0x3a4, OUT + 0x3a4, large);
        long upper = 0x7f80_0000_0000L;
        shelf.put(slot(top, upper, 4), OUT | SUPERPAGE | READ_WRITE);
        reserved("ps-at-level-4", upper, "section 9.8 (bit 7 at level 4)");
        both("upper-level-not-present", 0x4000_0000_0000L, "section 9.8");
        refused("beyond-width", Access.READ, 1L << 48, 0x04, "section 7.1.3, reason 04h");
    }

    private void contexts() {
        String entry = "section 9.3 (context entry)";
        context("three-levels", Access.WRITE, third | 1, THREE_LEVELS, IOVA & (1L << 39) - 1, Answer.mapped(OUT), entry);
        context("three-levels-beyond-width", Access.READ, third | 1, THREE_LEVELS, 1L << 39, fault(Access.READ, 1L << 39, 0x04), entry);
        context("context-not-present", Access.READ, top, FOUR_LEVELS, IOVA, fault(Access.READ, IOVA, 0x02), entry);
        context("context-reserved-bits", Access.READ, top | 1 << 4 | 1, FOUR_LEVELS, IOVA, fault(Access.READ, IOVA, 0x0b), entry);
        context("context-type-reserved", Access.READ, top | 3 << 2 | 1, FOUR_LEVELS, IOVA, fault(Access.READ, IOVA, 0x03), entry);
        context("context-width-not-supported", Access.READ, top | 1, (long) DOMAIN << 8 | 4, IOVA, fault(Access.READ, IOVA, 0x03), entry);
        context("pass-through", Access.WRITE, 2 << 2 | 1, FOUR_LEVELS, OUT + 0x40, Answer.mapped(OUT + 0x40), entry);
        context("top-table-without-memory", Access.READ, NOWHERE | 1, FOUR_LEVELS, IOVA, fault(Access.READ, IOVA, 0x03), "sheet section 11 step 8");
        context("fault-processing-disabled", Access.READ, top | 2 | 1, FOUR_LEVELS, IOVA + 0x3000, Answer.fault(Answer.NONE_RECORDED, -1, List.of()),
                "section 7.2.1 (FPD)");
    }

    private void context(String name, Access access, long low, long high, long iova, Answer expected, String clause) {
        add(name, access, iova, expected, clause, SPEC_AND_QEMU, entries(root, low, high));
    }

    private void roots() {
        String entry = "section 9.1 (root entry)";
        for (Map.Entry<String, Long> wrong : Map.of("root-not-present", contexts, "root-reserved-bits", contexts | 2 | 1,
                "context-table-without-memory", NOWHERE | 1).entrySet()) {
            int reason = wrong.getKey().equals("root-not-present") ? 0x01 : wrong.getKey().equals("root-reserved-bits") ? 0x0a : 0x09;
            long table = shelf.page();
            shelf.put(table, wrong.getValue());
            add(wrong.getKey(), Access.READ, IOVA, fault(Access.READ, IOVA, reason), entry, SPEC_AND_QEMU, entries(table, top | 1, FOUR_LEVELS));
        }
        add("root-table-without-memory", Access.READ, IOVA, fault(Access.READ, IOVA, 0x08), entry, SPEC_AND_QEMU, entries(NOWHERE, top | 1, FOUR_LEVELS));
    }

    private void mapped(String name, long iova, long output, String clause) {
        one(name, Access.READ, iova, Answer.mapped(output), clause);
        one(name, Access.WRITE, iova, Answer.mapped(output), clause);
    }

    private void both(String name, long iova, String clause) {
        refused(name, Access.READ, iova, 0x06, clause);
        refused(name, Access.WRITE, iova, 0x05, clause);
    }

    private void reserved(String name, long iova, String clause) {
        refused(name, Access.READ, iova, 0x0c, clause);
    }

    private void refused(String name, Access access, long iova, int reason, String clause) {
        one(name, access, iova, fault(access, iova, reason), clause);
    }

    private void one(String name, Access access, long iova, Answer expected, String clause) {
        one(name, access, iova, expected, clause, SPEC_AND_QEMU);
    }

    private void one(String name, Access access, long iova, Answer expected, String clause, String witness) {
        add(name, access, iova, expected, clause, witness, entries(root, top | 1, FOUR_LEVELS));
    }

    private void add(String name, Access access, long iova, Answer expected, String clause, String witness, Entries entries) {
        shelf.add(new Item(name, access, iova, Shelf.registers("RTADDR", entries.root), List.of(entries.context), expected, "Intel VT-d, " + clause, witness));
    }

    /** What leads to the tables: the root table's address, and a context entry. */
    private record Entries(long root, Entry context) {
    }

    private Entries entries(long rootTable, long low, long high) {
        return new Entries(rootTable, new Entry("contextEntry", contexts + REQUESTER * 16, List.of(low, high)));
    }

    /** The fault record (section 11.4.14): page; F, type, reason, source id. */
    private static Answer fault(Access access, long iova, int reason) {
        long type = access == Access.READ ? 1L << 62 : 0;
        return Answer.fault(NAMES.get(reason), reason, List.of(iova & -4096L, 1L << 63 | type | (long) reason << 32 | REQUESTER));
    }

    private static final Map<Integer, String> NAMES = Map.ofEntries(Map.entry(0x01, "root-not-present"), Map.entry(0x02, "context-not-present"),
            Map.entry(0x03, "context-entry-invalid"), Map.entry(0x04, "address-beyond-width"), Map.entry(0x05, "write-not-permitted"),
            Map.entry(0x06, "read-not-permitted"), Map.entry(0x07, "table-access"), Map.entry(0x08, "root-table-access"),
            Map.entry(0x09, "context-table-access"), Map.entry(0x0a, "root-entry-reserved"), Map.entry(0x0b, "context-entry-reserved"),
            Map.entry(0x0c, "paging-entry-reserved"));
}
