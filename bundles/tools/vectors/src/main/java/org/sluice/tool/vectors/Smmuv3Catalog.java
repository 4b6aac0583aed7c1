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
 * Stream table entries, context descriptors and tables of SMMUv3 in three granules and both stages: what the specification says of each
 * (chapters 3, 5 and 7; sheet sections 3 to 7), case by case.
 */
final class Smmuv3Catalog {
    private static final int STREAM = 8;
    private static final long RAM = 0x4000_0000L;
    private static final int STREAMS_ORDER = 6;
    private static final long OUT = RAM + 0x80_0000;
    private static final long IOVA = 0x1234_5678_0000L;
    private static final long NOWHERE = 0x8000_0000L;
    /** Seen where later releases of the emulator were asked; 7.2 has one stage and does not look at all bits. */
    private static final String SPEC_AND_LATER_QEMU = "spec, qemu-11.1";

    private static final long TABLE = 3;
    private static final long PAGE = 3;
    private static final long BLOCK = 1;
    private static final long ACCESSED = 1 << 10;
    private static final long READ_WRITE = 1 << 6;
    private static final long READ_ONLY = 3 << 6;
    private static final long NORMAL_2 = 0xf << 2;
    private static final long READ_WRITE_2 = 3 << 6;
    private static final long READ_ONLY_2 = 1 << 6;
    private static final long WRITE_ONLY_2 = 2 << 6;

    /** CD: EPD1, V, IPS 44 bits, AA64, R, A, ASID 7. */
    private static final long DESCRIPTOR = 1L << 30 | 1L << 31 | 4L << 32 | 1L << 41 | 1L << 45 | 1L << 46 | 7L << 48;
    private static final long MAIR = 0xff;
    /** STE word 2: VMID 9, 40 bits, start level 1, 4K, PS 40 bits, AA64, R. */
    private static final long STAGE_2 = 9 | 24L << 32 | 1L << 38 | 2L << 48 | 1L << 51 | 1L << 58;

    private static final int C_BAD_STE = 0x04;
    private static final int F_CD_FETCH = 0x09;
    private static final int C_BAD_CD = 0x0a;
    private static final int F_WALK_EABT = 0x0b;
    private static final int F_TRANSLATION = 0x10;
    private static final int F_ADDR_SIZE = 0x11;
    private static final int F_ACCESS = 0x12;
    private static final int F_PERMISSION = 0x13;
    private static final Map<Integer, String> NAMES = Map.of(C_BAD_STE, "C_BAD_STE", F_CD_FETCH, "F_CD_FETCH", C_BAD_CD, "C_BAD_CD",
            F_WALK_EABT, "F_WALK_EABT", F_TRANSLATION, "F_TRANSLATION", F_ADDR_SIZE, "F_ADDR_SIZE", F_ACCESS, "F_ACCESS", F_PERMISSION, "F_PERMISSION");

    private final Shelf shelf;
    private final long streams;
    private final long descriptor;

    private Smmuv3Catalog() {
        shelf = new Shelf("smmuv3", "arm-smmu-v3", "streamId", STREAM, new AddressRange(RAM, RAM + (16 << 20) - 1),
                Map.of(0x00, 0x0d44_101b, 0x04, 0x0273_0010, 0x08, 0, 0x0c, 0x1414, 0x10, 0, 0x14, 0x74, 0x18, 0, 0x1c, 1));
        streams = shelf.page();
        descriptor = shelf.page();
    }

    static Shelf make() {
        return new Smmuv3Catalog().fill();
    }

    private Shelf fill() {
        streamEntries();
        for (int granule : new int[] {12, 14, 16}) {
            granule(granule);
        }
        descriptors();
        second();
        return shelf;
    }

    private void streamEntries() {
        String entry = "section 5.2 (STE)";
        ste("bypass", Access.WRITE, OUT + 0x100, List.of(1L | 4 << 1), Answer.mapped(OUT + 0x100), entry, SPEC_AND_QEMU);
        ste("abort", Access.WRITE, OUT, List.of(1L), Answer.fault(Answer.NONE_RECORDED, -1, List.of()), entry, SPEC_AND_QEMU);
        ste("ste-not-valid", Access.READ, OUT, List.of(0L), bad(C_BAD_STE), entry, SPEC_AND_QEMU);
        ste("cd-without-memory", Access.READ, IOVA, List.of(NOWHERE | 5 << 1 | 1), Answer.fault(NAMES.get(F_CD_FETCH), F_CD_FETCH,
                List.of((long) STREAM << 32 | F_CD_FETCH, 0L, 0L, NOWHERE)), "section 7.3.10 (F_CD_FETCH)", SPEC_AND_QEMU);
    }

    private static Answer bad(int code) {
        return Answer.fault(NAMES.get(code), code, List.of((long) STREAM << 32 | code, 0L, 0L, 0L));
    }

    /** Links tables of a granule from {@code root} down to the table of {@code level}, and gives the place of the entry there. */
    private long place(long root, int granule, int start, long input, int level) {
        long table = root;
        for (int at = start; ; at++) {
            int shift = granule + (granule - 3) * (3 - at);
            long index = at == start ? (input & (1L << 48) - 1) >>> shift : input >>> shift & (1L << granule - 3) - 1;
            long entry = table + index * 8;
            if (at == level) {
                return entry;
            }
            if (shelf.get(entry) == 0) {
                shelf.put(entry, shelf.table(1L << granule) | TABLE);
            }
            table = shelf.get(entry) & 0xffff_ffff_f000L;
        }
    }

    private void granule(int granule) {
        String name = (1 << granule - 10) + "k-";
        String clause = "VMSAv8-64, granule of " + (1 << granule - 10) + " KiB";
        long page = 1L << granule;
        int start = granule == 16 ? 1 : 0;
        long root = shelf.table(page);
        long cd = DESCRIPTOR | 16 | (granule == 12 ? 0L : granule == 16 ? 1L : 2L) << 6;
        long leaf = place(root, granule, start, IOVA, 3);
        shelf.put(leaf, OUT | READ_WRITE | ACCESSED | PAGE, OUT | READ_ONLY | ACCESSED | PAGE, OUT | READ_WRITE | PAGE, 0,
                1L << 44 | READ_WRITE | ACCESSED | PAGE, OUT | READ_WRITE | ACCESSED | BLOCK);
        first(name + "page", Access.READ, IOVA + page - 4, descriptor(cd, root), Answer.mapped(OUT + page - 4), clause, SPEC_AND_QEMU);
        first(name + "page", Access.WRITE, IOVA + 8, descriptor(cd, root), Answer.mapped(OUT + 8), clause, SPEC_AND_QEMU);
        first(name + "read-only", Access.READ, IOVA + page, descriptor(cd, root), Answer.mapped(OUT), clause, SPEC_AND_QEMU);
        refused(name + "read-only", Access.WRITE, IOVA + page, descriptor(cd, root), F_PERMISSION, clause, SPEC_AND_QEMU);
        refused(name + "access-flag", Access.READ, IOVA + 2 * page, descriptor(cd, root), F_ACCESS, clause, SPEC_AND_LATER_QEMU);
        first(name + "access-flag-off", Access.READ, IOVA + 2 * page, descriptor(cd | 1L << 35, root), Answer.mapped(OUT), clause + ", AFFD", SPEC_AND_QEMU);
        refused(name + "not-mapped", Access.WRITE, IOVA + 3 * page, descriptor(cd, root), F_TRANSLATION, clause, SPEC_AND_QEMU);
        refused(name + "output-too-wide", Access.READ, IOVA + 4 * page, descriptor(cd, root), F_ADDR_SIZE, clause + ", IPS", SPEC_AND_LATER_QEMU);
        refused(name + "block-at-level-3", Access.READ, IOVA + 5 * page, descriptor(cd, root), F_TRANSLATION, clause + ", level 3", SPEC_AND_QEMU);
        int shift = granule + granule - 3;
        long large = (IOVA & -1L << shift) + (1L << shift);
        shelf.put(place(root, granule, start, large, 2), RAM & -1L << shift | READ_WRITE | ACCESSED | BLOCK);
        long inside = OUT + 0x3a4 & (1L << shift) - 1;
        first(name + "block", Access.WRITE, large + inside, descriptor(cd, root), Answer.mapped((RAM & -1L << shift) + inside), clause + ", level 2",
                (RAM & -1L << shift) + inside < RAM + Workspace.SPACE_BYTES * 8L ? SPEC_AND_QEMU : SPEC);
        refused(name + "upper-half", Access.READ, -1L << 48 | IOVA, descriptor(cd, root), F_TRANSLATION, clause + ", EPD1", SPEC);
    }

    private void descriptors() {
        String clause = "section 5.4 (CD)";
        long root = shelf.page();
        long cd = DESCRIPTOR | 16;
        first("cd-not-valid", Access.READ, IOVA, descriptor(cd & ~(1L << 31), root), bad(C_BAD_CD), clause, SPEC_AND_QEMU);
        first("cd-size-out-of-range", Access.READ, IOVA, descriptor(cd & ~0x3fL | 15, root), bad(C_BAD_CD), clause, SPEC_AND_QEMU);
        first("cd-aarch32", Access.READ, IOVA, descriptor(cd & ~(1L << 41), root), bad(C_BAD_CD), clause, SPEC_AND_QEMU);
        first("cd-no-record", Access.READ, IOVA, descriptor(cd & ~(1L << 45), root), Answer.fault(Answer.NONE_RECORDED, -1, List.of()), clause + ", R", SPEC_AND_QEMU);
        first("table-base-too-wide", Access.READ, IOVA, descriptor(cd, 1L << 45), bad(C_BAD_CD), clause + ", TTB0", SPEC_AND_LATER_QEMU);
        first("table-without-memory", Access.READ, IOVA, descriptor(cd, NOWHERE), Answer.fault(NAMES.get(F_WALK_EABT), F_WALK_EABT,
                List.of((long) STREAM << 32 | F_WALK_EABT, 1L << 40 | 1L << 35, IOVA, NOWHERE + (IOVA >>> 39) * 8)), "section 7.3.12 (F_WALK_EABT)", SPEC);
        long small = shelf.page();
        shelf.put(small + 8, OUT | READ_WRITE | ACCESSED | BLOCK);
        first("start-at-level-2", Access.READ, (1 << 21) + 0x123c, descriptor(cd & ~0x3fL | 34, small), Answer.mapped(OUT + 0x123c), "VMSAv8-64, T0SZ 34", SPEC_AND_QEMU);
        refused("beyond-input-size", Access.READ, 1L << 30, descriptor(cd & ~0x3fL | 34, small), F_TRANSLATION, "VMSAv8-64, T0SZ 34", SPEC);
    }

    private void second() {
        String clause = "VMSAv8-64, stage 2";
        long root = shelf.table(8192);
        long ipa = 0x50_0000_0000L;
        long leaf = place(root, 12, 1, ipa, 3);
        shelf.put(leaf, OUT | NORMAL_2 | READ_WRITE_2 | ACCESSED | PAGE, OUT | NORMAL_2 | READ_ONLY_2 | ACCESSED | PAGE,
                OUT | NORMAL_2 | WRITE_ONLY_2 | ACCESSED | PAGE, OUT | NORMAL_2 | READ_WRITE_2 | PAGE);
        List<Long> entry = List.of(1L | 6 << 1, 0L, STAGE_2, root);
        ste("stage2-page", Access.WRITE, ipa + 0x20, entry, Answer.mapped(OUT + 0x20), clause, SPEC_AND_LATER_QEMU);
        ste("stage2-read-only", Access.READ, ipa + 0x1020, entry, Answer.mapped(OUT + 0x20), clause, SPEC_AND_LATER_QEMU);
        ste("stage2-read-only", Access.WRITE, ipa + 0x1020, entry, stage2(F_PERMISSION, Access.WRITE, ipa + 0x1020, ipa + 0x1000, 2), clause, SPEC_AND_LATER_QEMU);
        ste("stage2-write-only", Access.READ, ipa + 0x2020, entry, stage2(F_PERMISSION, Access.READ, ipa + 0x2020, ipa + 0x2000, 2), clause, SPEC_AND_LATER_QEMU);
        ste("stage2-access-flag", Access.READ, ipa + 0x3020, entry, stage2(F_ACCESS, Access.READ, ipa + 0x3020, ipa + 0x3000, 2), clause, SPEC_AND_LATER_QEMU);
        ste("stage2-not-mapped", Access.READ, ipa + 0x4020, entry, stage2(F_TRANSLATION, Access.READ, ipa + 0x4020, ipa + 0x4000, 2), clause, SPEC_AND_LATER_QEMU);
        nested(root, ipa);
    }

    /** Stage 1 over stage 2: descriptor and tables are at intermediate addresses 1 GiB above their own. */
    private void nested(long root, long ipa) {
        String clause = "section 3.3.2 and VMSAv8-64, both stages";
        long up = 1L << 30;
        for (long at = RAM; at < RAM + (8 << 20); at += 1 << 21) {
            shelf.put(place(root, 12, 1, at + up, 2), at | NORMAL_2 | READ_WRITE_2 | ACCESSED | BLOCK);
        }
        long top = shelf.page();
        long table = top;
        for (int level = 0; level < 3; level++) {
            long lower = shelf.page();
            shelf.put(table + (IOVA >>> 39 - 9 * level & 511) * 8, lower + up | TABLE);
            table = lower;
        }
        long first = table + (IOVA >>> 12 & 511) * 8;
        shelf.put(first, ipa | READ_WRITE | ACCESSED | PAGE, ipa + 0x1000 | READ_WRITE | ACCESSED | PAGE, ipa + 0x4000 | READ_WRITE | ACCESSED | PAGE);
        List<Long> both = List.of(descriptor + up | 7 << 1 | 1, 0L, STAGE_2, root);
        both("nested-page", Access.READ, IOVA + 0x30, both, top + up, Answer.mapped(OUT + 0x30), clause);
        both("nested-page", Access.WRITE, IOVA + 0x34, both, top + up, Answer.mapped(OUT + 0x34), clause);
        both("nested-read-only-below", Access.WRITE, IOVA + 0x1030, both, top + up, stage2(F_PERMISSION, Access.WRITE, IOVA + 0x1030, ipa + 0x1000, 2), clause);
        both("nested-not-mapped-below", Access.READ, IOVA + 0x2030, both, top + up, stage2(F_TRANSLATION, Access.READ, IOVA + 0x2030, ipa + 0x4000, 2), clause);
        both("nested-not-mapped-above", Access.READ, IOVA + 0x3030, both, top + up, stage1(F_TRANSLATION, Access.READ, IOVA + 0x3030), clause);
    }

    private void both(String name, Access access, long iova, List<Long> words, long table, Answer expected, String clause) {
        add(name, access, iova, List.of(new Entry("ste", streams + STREAM * 64, padded(words)),
                new Entry("cd", descriptor, padded(descriptor(DESCRIPTOR | 16, table)))), expected, clause, SPEC_AND_LATER_QEMU);
    }

    /** A record of types 10h to 13h of stage 1 (section 7.3): direction, class IN, address. */
    private static Answer stage1(int code, Access access, long iova) {
        return Answer.fault(NAMES.get(code), code, List.of((long) STREAM << 32 | code, 2L << 40 | (access == Access.READ ? 1L << 35 : 0), iova, 0L));
    }

    /** The same of stage 2, with the intermediate address. */
    private static Answer stage2(int code, Access access, long iova, long ipa, long in) {
        return Answer.fault(NAMES.get(code), code, List.of((long) STREAM << 32 | code, in << 40 | 1L << 39 | (access == Access.READ ? 1L << 35 : 0), iova, ipa));
    }

    private void refused(String name, Access access, long iova, List<Long> words, int code, String clause, String witness) {
        first(name, access, iova, words, stage1(code, access, iova), clause, witness);
    }

    /** The words of a descriptor of stage 1. */
    private static List<Long> descriptor(long first, long table) {
        return List.of(first, table, 0L, MAIR);
    }

    private void first(String name, Access access, long iova, List<Long> words, Answer expected, String clause, String witness) {
        add(name, access, iova, List.of(new Entry("ste", streams + STREAM * 64, padded(List.of(descriptor | 5 << 1 | 1))),
                new Entry("cd", descriptor, padded(words))), expected, clause, witness);
    }

    private void ste(String name, Access access, long iova, List<Long> words, Answer expected, String clause, String witness) {
        add(name, access, iova, List.of(new Entry("ste", streams + STREAM * 64, padded(words)),
                new Entry("cd", descriptor, padded(descriptor(DESCRIPTOR | 16, 0L)))), expected, clause, witness);
    }

    private static List<Long> padded(List<Long> words) {
        Long[] all = new Long[8];
        for (int i = 0; i < all.length; i++) {
            all[i] = i < words.size() ? words.get(i) : 0L;
        }
        return List.of(all);
    }

    private void add(String name, Access access, long iova, List<Entry> entries, Answer expected, String clause, String witness) {
        shelf.add(new Item(name, access, iova, Shelf.registers("STRTAB_BASE", streams, "STRTAB_BASE_CFG", (long) STREAMS_ORDER), entries, expected,
                "Arm SMMUv3 (IHI 0070), " + clause, witness));
    }
}
