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
 * Scalable mode of VT-d: root, context, PASID directory and PASID table entries, and tables of either stage below them, for requests without
 * PASID (sections 3.4.3, 9.2 to 9.8; sheet sections 3.3 to 3.6, 4 and 7).
 */
final class VtdScalableCatalog {
    private static final int REQUESTER = 0x30;
    /** CAP: FS1GP, PSI, SLLPS, 39 and 48 bits, MGAW 48. */
    private static final long CAP = 0x01d2_008c_222f_0606L;
    /** ECAP as QEMU 7.2 has it (SMTS, SSTS, PT, QI); and FSTS in place of SSTS, as 11.1. */
    private static final long ECAP = 0x4800_80f0_0f4aL;
    private static final long ECAP_FIRST = 0x8800_00f0_0f4aL;
    private static final long SCALABLE = 1 << 10;
    private static final long IOVA = 0x1234_5678_9000L;
    private static final long OUT = 0x80_0000;
    private static final long NOWHERE = 0x20_0000_0000L;
    private static final long TWO_MIB = 1 << 21;
    private static final long ONE_GIB = 1 << 30;
    private static final long PS = 1 << 7;
    private static final int DOMAIN = 7;
    private static final int AW_AT = 2;
    private static final int TYPE_AT = 6;
    private static final long FIRST_STAGE = 1;
    private static final long SECOND_STAGE = 2;
    private static final long PASS_THROUGH = 4;
    private static final int NOTHING_PERMITTED = 0x79;

    private final boolean firstStage;
    private final Shelf shelf;
    private final long root;
    private final long contexts;
    private final long directory;
    private final long pasids;
    private final long top;
    private final long third;
    private final long second;
    private final long first;
    /** What makes an entry of a table present and open: R and W, or P, RW, US and A. */
    private final long open;

    private VtdScalableCatalog(boolean firstStage) {
        this.firstStage = firstStage;
        long ecap = firstStage ? ECAP_FIRST : ECAP;
        shelf = new Shelf(firstStage ? "vtd-first-stage" : "vtd-scalable", "intel-vtd", "sourceId", REQUESTER, new AddressRange(0, (16 << 20) - 1),
                Map.of(0x00, 0x10, 0x08, (int) CAP, 0x0c, (int) (CAP >>> 32), 0x10, (int) ecap, 0x14, (int) (ecap >>> 32)));
        open = firstStage ? 0x27 : 3;
        root = shelf.page();
        contexts = shelf.page();
        directory = shelf.page();
        pasids = shelf.page();
        top = shelf.page();
        third = shelf.page();
        second = shelf.page();
        first = shelf.page();
        shelf.put(root, contexts | 1);
        shelf.put(slot(top, IOVA, 4), third | open).put(slot(third, IOVA, 3), second | open).put(slot(second, IOVA, 2), first | open);
    }

    /** Entries of every structure, second-stage tables. */
    static Shelf secondStage() {
        VtdScalableCatalog catalog = new VtdScalableCatalog(false);
        catalog.structures();
        catalog.pages("section 9.8 (second-stage entry)");
        catalog.secondStagePages();
        return catalog.shelf;
    }

    static Shelf firstStage() {
        VtdScalableCatalog catalog = new VtdScalableCatalog(true);
        catalog.pages("section 9.7 (first-stage entry)");
        catalog.firstStagePages();
        return catalog.shelf;
    }

    private static long slot(long table, long iova, int level) {
        return table + (iova >>> 12 + 9 * (level - 1) & 511) * 8;
    }

    /** What both stages have in common. */
    private void pages(String clause) {
        long leaf = slot(first, IOVA, 1);
        shelf.put(leaf, OUT | open).put(leaf + 6 * 8, NOWHERE | open);
        mapped("page", IOVA + 0xabc, OUT + 0xabc, clause);
        mapped("page-last-word", IOVA + 0xffc, OUT + 0xffc, clause);
        one("output-without-memory", Access.READ, IOVA + 0x6000, Answer.mapped(NOWHERE), clause, SPEC);
        long at = IOVA & -TWO_MIB;
        shelf.put(slot(second, at + TWO_MIB, 2), OUT | PS | open);
        mapped("large-page", at + TWO_MIB + 0x12_3454, OUT + 0x12_3454, clause + ", 2 MiB");
        long giant = (IOVA & -ONE_GIB) + ONE_GIB;
        shelf.put(slot(third, giant, 3), PS | open);
        mapped("giant-page", giant + OUT + 0x3a4, OUT + 0x3a4, clause + ", 1 GiB");
        shelf.put(slot(second, at + 2 * TWO_MIB, 2), OUT | 1 << 13 | PS | open);
        refused("large-page-low-bits", Access.READ, at + 2 * TWO_MIB, firstStage ? 0x72 : 0x7a, clause + ", reserved address bits");
        shelf.put(slot(second, at + 4 * TWO_MIB, 2), NOWHERE | open);
        refused("table-without-memory", Access.READ, at + 4 * TWO_MIB, firstStage ? 0x70 : 0x78, clause + ", table without memory");
        long upper = 0x7f80_0000_0000L;
        shelf.put(slot(top, upper, 4), OUT | PS | open);
        refused("ps-at-level-4", Access.READ, upper, firstStage ? 0x72 : 0x7a, clause + ", bit 7 at level 4");
    }

    private void secondStagePages() {
        String clause = "section 9.8 (second-stage entry)";
        long leaf = slot(first, IOVA, 1);
        shelf.put(leaf + 8, OUT + 0x1000 | 1, OUT + 0x2000 | 2, 0);
        one("read-only", Access.READ, IOVA + 0x1010, Answer.mapped(OUT + 0x1010), clause, SPEC_AND_QEMU);
        refused("read-only", Access.WRITE, IOVA + 0x1010, 0x85, clause);
        one("write-only", Access.WRITE, IOVA + 0x2010, Answer.mapped(OUT + 0x2010), clause, SPEC_AND_QEMU);
        refused("write-only", Access.READ, IOVA + 0x2010, 0x86, clause);
        refused("not-present", Access.READ, IOVA + 0x3000, NOTHING_PERMITTED, clause);
        refused("not-present", Access.WRITE, IOVA + 0x3000, NOTHING_PERMITTED, clause);
        long readOnly = shelf.page();
        long at = (IOVA & -TWO_MIB) + 3 * TWO_MIB;
        shelf.put(slot(second, at, 2), readOnly | 1).put(readOnly, OUT | 3);
        one("upper-level-read-only", Access.READ, at + 4, Answer.mapped(OUT + 4), "section 3.7.1 (permissions of all levels)", SPEC_AND_QEMU);
        refused("upper-level-read-only", Access.WRITE, at + 4, 0x85, "section 3.7.1 (permissions of all levels)");
        shelf.put(leaf + 7 * 8, OUT + 0x7000 | 0x77c | 3);
        mapped("ignored-bits", IOVA + 0x7100, OUT + 0x7100, clause + ", bits 10:2 but SNP");
        refused("beyond-width", Access.READ, 1L << 48, 0x84, "section 7.1.3, reason 84h");
        String entry = "section 9.6 (scalable-mode PASID table entry)";
        long[] mode = {third | SECOND_STAGE << TYPE_AT | 1 << AW_AT | 1, DOMAIN};
        add("three-levels", Access.WRITE, IOVA & (1L << 39) - 1, Answer.mapped(OUT), entry, SPEC_AND_QEMU, List.of(context(directory | 1, 0), directory(pasids | 1), pasid(0, mode)));
    }

    private void firstStagePages() {
        String clause = "section 9.7 (first-stage entry)";
        long leaf = slot(first, IOVA, 1);
        // P, US and A; P, RW and A; nothing; P, RW, US without A.
        shelf.put(leaf + 8, OUT + 0x1000 | 0x25, OUT + 0x2000 | 0x23, 0);
        one("read-only", Access.READ, IOVA + 0x1010, Answer.mapped(OUT + 0x1010), clause, SPEC);
        refused("read-only", Access.WRITE, IOVA + 0x1010, 0x85, clause);
        refused("supervisor-page", Access.READ, IOVA + 0x2010, 0x81, clause + ", U/S");
        refused("not-present", Access.READ, IOVA + 0x3000, 0x71, clause);
        refused("not-present", Access.WRITE, IOVA + 0x3000, 0x71, clause);
        refused("non-canonical", Access.READ, 1L << 47, 0x80, "section 3.6.1 (canonical addresses)");
        shelf.put(slot(top, -TWO_MIB, 4), third | open).put(slot(third, -TWO_MIB, 3), second | open).put(slot(second, -TWO_MIB, 2), OUT | PS | open);
        one("upper-half", Access.READ, -TWO_MIB + 0x124, Answer.mapped(OUT + 0x124), "section 3.6.1 (canonical addresses)", SPEC);
        String entry = "section 9.6 (scalable-mode PASID table entry)";
        add("top-table-without-memory", Access.READ, IOVA, fault(Access.READ, IOVA, 0x73), entry, SPEC,
                List.of(context(directory | 1, 0), directory(pasids | 1), pasid(0, FIRST_STAGE << TYPE_AT | 1, DOMAIN, NOWHERE)));
    }

    /** Each structure on the way to the tables, wrong in one thing. */
    private void structures() {
        long[] good = {top | SECOND_STAGE << TYPE_AT | 2 << AW_AT | 1, DOMAIN};
        Entry context = context(directory | 1, 0);
        Entry way = directory(pasids | 1);
        String root9 = "section 9.2 (scalable-mode root entry)";
        root("root-not-present", contexts, 0x39, root9);
        root("root-reserved-bits", contexts | 2 | 1, 0x3a, root9);
        root("context-table-without-memory", NOWHERE | 1, 0x40, root9);
        shelf.add(new Item("root-table-without-memory", Access.READ, IOVA, Shelf.registers("RTADDR", NOWHERE | SCALABLE), List.of(context, way, pasid(0, good)),
                fault(Access.READ, IOVA, 0x38), "Intel VT-d, " + root9, SPEC));
        String context9 = "section 9.4 (scalable-mode context entry)";
        wrong("context-not-present", context(directory, 0), way, pasid(0, good), 0x41, context9);
        wrong("context-reserved-bits", context(directory | 1 << 5 | 1, 0), way, pasid(0, good), 0x42, context9);
        wrong("directory-without-memory", context(NOWHERE | 1, 0), way, pasid(0, good), 0x50, context9);
        String directory9 = "section 9.5 (scalable-mode PASID directory entry)";
        wrong("directory-not-present", context, directory(pasids), pasid(0, good), 0x51, directory9);
        wrong("directory-reserved-bits", context, directory(pasids | 1 << 2 | 1), pasid(0, good), 0x52, directory9);
        wrong("pasid-table-without-memory", context, directory(NOWHERE | 1), pasid(0, good), 0x58, directory9);
        String pasid9 = "section 9.6 (scalable-mode PASID table entry)";
        wrong("pasid-not-present", context, way, pasid(0, good[0] & -2, DOMAIN), 0x59, pasid9);
        wrong("pasid-reserved-bits", context, way, pasid(0, good[0] | 1 << 5, DOMAIN), 0x5a, pasid9);
        wrong("pasid-reserved-word", context, way, pasid(0, good[0], DOMAIN, 0, 1), 0x5a, pasid9);
        wrong("pasid-type-reserved", context, way, pasid(0, good[0] ^ SECOND_STAGE << TYPE_AT, DOMAIN), 0x5b, pasid9);
        wrong("pasid-type-not-supported", context, way, pasid(0, top | FIRST_STAGE << TYPE_AT | 1, DOMAIN, top), 0x5b, pasid9 + ", ECAP.FSTS");
        wrong("pasid-width-not-supported", context, way, pasid(0, good[0] ^ 6 << AW_AT, DOMAIN), 0x5b, pasid9);
        wrong("top-table-without-memory", context, way, pasid(0, good[0] & 0xfff | NOWHERE, DOMAIN), 0x7b, "section 7.1.3, reason 7Bh");
        for (Access access : List.of(Access.READ, Access.WRITE)) {
            add("pass-through", access, OUT + 0x40, Answer.mapped(OUT + 0x40), pasid9, SPEC_AND_QEMU,
                    List.of(context, way, pasid(0, PASS_THROUGH << TYPE_AT | 2 << AW_AT | 1, DOMAIN)));
        }
        add("pasid-fault-processing-disabled", Access.READ, IOVA + 0x3000, Answer.fault(Answer.NONE_RECORDED, -1, List.of()), "section 7.2.1 (FPD)", SPEC,
                List.of(context, way, pasid(0, good[0] | 2, DOMAIN)));
    }

    private void root(String name, long value, int reason, String clause) {
        long table = shelf.page();
        shelf.put(table, value);
        shelf.add(new Item(name, Access.READ, IOVA, Shelf.registers("RTADDR", table | SCALABLE),
                List.of(context(directory | 1, 0), directory(pasids | 1), pasid(0, top | SECOND_STAGE << TYPE_AT | 2 << AW_AT | 1, DOMAIN)),
                fault(Access.READ, IOVA, reason), "Intel VT-d, " + clause, SPEC));
    }

    private void wrong(String name, Entry context, Entry directory, Entry pasid, int reason, String clause) {
        add(name, Access.READ, IOVA, fault(Access.READ, IOVA, reason), clause, SPEC, List.of(context, directory, pasid));
    }

    private Entry context(long low, long high) {
        return new Entry("contextEntry", contexts + REQUESTER * 32, List.of(low, high, 0L, 0L));
    }

    private Entry directory(long value) {
        return new Entry("pasidDirectoryEntry", directory, List.of(value));
    }

    /** @param words the first of eight */
    private Entry pasid(int number, long... words) {
        Long[] all = new Long[8];
        for (int i = 0; i < all.length; i++) {
            all[i] = i < words.length ? words[i] : 0L;
        }
        return new Entry("pasidTableEntry", pasids + number * 64L, List.of(all));
    }

    private void mapped(String name, long iova, long output, String clause) {
        String witness = firstStage ? SPEC : SPEC_AND_QEMU;
        one(name, Access.READ, iova, Answer.mapped(output), clause, witness);
        one(name, Access.WRITE, iova, Answer.mapped(output), clause, witness);
    }

    private void refused(String name, Access access, long iova, int reason, String clause) {
        one(name, access, iova, fault(access, iova, reason), clause, SPEC);
    }

    private void one(String name, Access access, long iova, Answer expected, String clause, String witness) {
        Entry entry = firstStage ? pasid(0, FIRST_STAGE << TYPE_AT | 1, DOMAIN, top) : pasid(0, top | SECOND_STAGE << TYPE_AT | 2 << AW_AT | 1, DOMAIN);
        add(name, access, iova, expected, clause, witness, List.of(context(directory | 1, 0), directory(pasids | 1), entry));
    }

    private void add(String name, Access access, long iova, Answer expected, String clause, String witness, List<Entry> entries) {
        shelf.add(new Item(name, access, iova, Shelf.registers("RTADDR", root | SCALABLE), entries, expected, "Intel VT-d, " + clause, witness));
    }

    /** The fault record (section 11.4.14): page; F, type, reason, source id. */
    private static Answer fault(Access access, long iova, int reason) {
        long type = access == Access.READ ? 1L << 62 : 0;
        // Reason 79h is one for both directions; its name says which was refused.
        String name = reason == NOTHING_PERMITTED ? NAMES.get(access == Access.READ ? 0x86 : 0x85) : NAMES.get(reason);
        return Answer.fault(name, reason, List.of(iova & -4096L, 1L << 63 | type | (long) reason << 32 | REQUESTER));
    }

    private static final Map<Integer, String> NAMES = Map.ofEntries(Map.entry(0x38, "root-table-access"), Map.entry(0x39, "root-not-present"),
            Map.entry(0x3a, "root-entry-reserved"), Map.entry(0x40, "context-table-access"), Map.entry(0x41, "context-not-present"),
            Map.entry(0x42, "context-entry-reserved"), Map.entry(0x50, "pasid-directory-access"), Map.entry(0x51, "pasid-directory-not-present"),
            Map.entry(0x52, "pasid-directory-reserved"), Map.entry(0x58, "pasid-table-access"), Map.entry(0x59, "pasid-entry-not-present"),
            Map.entry(0x5a, "pasid-entry-reserved"), Map.entry(0x5b, "pasid-entry-invalid"), Map.entry(0x70, "table-access"),
            Map.entry(0x71, "first-stage-not-present"), Map.entry(0x72, "paging-entry-reserved"), Map.entry(0x73, "table-access"),
            Map.entry(0x78, "table-access"), Map.entry(0x7a, "paging-entry-reserved"),
            Map.entry(0x7b, "table-access"), Map.entry(0x80, "non-canonical-address"), Map.entry(0x81, "user-not-permitted"),
            Map.entry(0x84, "address-beyond-width"), Map.entry(0x85, "write-not-permitted"), Map.entry(0x86, "read-not-permitted"));
}
