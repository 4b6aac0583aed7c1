// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.differential;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

import org.sluice.itests.differential.SmmuStage.Leaf;
import org.sluice.itests.differential.Step.ForgetDomain;
import org.sluice.itests.differential.Step.ForgetPages;
import org.sluice.itests.differential.Step.ForgetRequester;
import org.sluice.itests.differential.Step.Probe;
import org.sluice.itests.differential.Step.Store;

/** Stream table entries, context descriptors and tables of both stages (sheet sections 3 to 5), without a line of the backend's. */
final class Smmuv3Generator implements Generator {
    private static final int STREAM = 8;
    private static final int STREAMS_ORDER = 6;
    private static final int ENTRY_BYTES = 64;
    private static final long VALID = 1;
    private static final long STAGE_1 = 5 << 1;
    private static final long STAGE_2 = 6 << 1;
    private static final long BOTH = 7 << 1;
    private static final long SECOND = 2 << 1;
    private static final long ACCESS_FLAG = 1 << 10;
    private static final long NOT_GLOBAL = 1 << 11;
    private static final int AP_AT = 6;
    private static final long NORMAL = 0xf << 2;
    private static final int OUTPUT_44 = 4;
    private static final long MIB_2 = 1 << 21;
    private static final int PAGE_SHIFT = 12;

    /** CD: V, EPD1, AA64, A. */
    private static final long DESCRIPTOR = 1L << 31 | 1L << 30 | 1L << 41 | 1L << 46;
    private static final long RECORD_1 = 1L << 45;
    private static final int IPS_AT = 32;
    private static final long SIZE_52 = 6;
    private static final long AFFD = 1L << 35;
    private static final int TG_AT = 6;
    private static final int ASID_AT = 48;
    /** STE word 2: S2AA64, S2R and places of the others. */
    private static final long STAGE_2_FORM = 1L << 51;
    private static final long RECORD_2 = 1L << 58;
    private static final int T0SZ_AT = 32;
    private static final int SL0_AT = 38;
    private static final int S2TG_AT = 46;
    private static final int PS_AT = 48;

    private final boolean nested;
    private final long start;

    Smmuv3Generator(boolean nested, long start) {
        this.nested = nested;
        this.start = start;
    }

    /** Tables on their way. */
    private static final class Draft {
        final TableSpace space;
        final List<Step> steps = new ArrayList<>();
        long streams;
        long entry;
        long descriptor;
        SmmuStage first;
        SmmuStage second;
        int domain;

        Draft(TableSpace space) {
            this.space = space;
        }

        SmmuStage input() {
            return first != null ? first : second;
        }
    }

    @Override
    public Case next(String name, Random random) {
        Draft draft = new Draft(new TableSpace(random, start));
        TableSpace space = draft.space;
        draft.streams = space.table((long) ENTRY_BYTES << STREAMS_ORDER);
        draft.entry = draft.streams + STREAM * ENTRY_BYTES;
        draft.descriptor = space.page();
        int kind = nested ? random.nextInt(3) : 0;
        int asid = 1 + random.nextInt(0xfffe);
        int vmid = nested ? 1 + random.nextInt(0xfffe) : 0;
        if (kind != 0) {
            second(draft, vmid, kind == 2);
        }
        if (kind != 1) {
            first(draft, asid);
        }
        long config = kind == 0 ? STAGE_1 : kind == 1 ? STAGE_2 : BOTH;
        space.put(draft.entry, VALID | config | (kind == 1 ? 0 : draft.descriptor));
        if (!space.oneIn(4)) {
            space.spoil(1 + random.nextInt(2));
        }
        spareQemu(draft);
        draft.domain = (int) (space.get(draft.descriptor) >>> ASID_AT) | (int) space.get(draft.entry + 16) << 16;
        probes(draft);
        if (!draft.input().leaves.isEmpty() && space.oneIn(4)) {
            change(draft);
        }
        return new Case(name, Map.of("STRTAB_BASE", draft.streams, "STRTAB_BASE_CFG", (long) STREAMS_ORDER), space.words(), draft.steps);
    }

    /** QEMU ends on an assertion where stage 2 is on without S2AA64, newer ones also for sizes from 52 bits on; a flipped bit makes either. */
    private static void spareQemu(Draft draft) {
        TableSpace space = draft.space;
        if (draft.second != null || (space.get(draft.entry) & SECOND) != 0) {
            space.put(draft.entry + 16, space.get(draft.entry + 16) | STAGE_2_FORM);
        }
        spareSize(space, draft.entry + 16, PS_AT);
        spareSize(space, draft.descriptor, IPS_AT);
    }

    private static void spareSize(TableSpace space, long word, int at) {
        if ((space.get(word) >>> at & SIZE_52) == SIZE_52) {
            space.put(word, space.get(word) & ~(2L << at));
        }
    }

    /** Log2 of a granule to the number in TG0, and S2TG. */
    private static long tg(int granule) {
        return granule == 12 ? 0 : granule == 16 ? 1 : 2;
    }

    private static int granule(TableSpace space) {
        return space.oneIn(2) ? 12 : 12 + 2 * space.random.nextInt(3);
    }

    private static void first(Draft draft, int asid) {
        TableSpace space = draft.space;
        int granule = granule(space);
        int size = 16 + (space.oneIn(2) ? 0 : space.random.nextInt(24));
        draft.first = new SmmuStage(space, granule, Long.SIZE - size, SmmuStage.startLevel(granule, Long.SIZE - size));
        space.put(draft.descriptor, DESCRIPTOR | size | tg(granule) << TG_AT | (long) OUTPUT_44 << IPS_AT | (long) asid << ASID_AT
                | (space.oneIn(8) ? 0 : RECORD_1) | (space.oneIn(6) ? AFFD : 0));
        space.put(draft.descriptor + 8, draft.first.root);
        space.put(draft.descriptor + 24, 0xff);
        int count = 1 + space.random.nextInt(4);
        for (int i = 0; i < count; i++) {
            long attributes = (space.oneIn(8) ? 0 : ACCESS_FLAG) | (space.oneIn(3) ? space.random.nextInt(4) : 1L) << AP_AT
                    | (space.oneIn(4) ? 0 : NOT_GLOBAL);
            Leaf leaf = draft.first.leaf(draft.first.address(), attributes);
            if (leaf != null && draft.second != null && leaf.size() <= MIB_2 && !space.oneIn(8)) {
                // What stage 1 puts out is an intermediate address: somewhere else, and mapped there.
                long ipa = space.random.nextLong() & (1L << draft.second.width) - 1 & -leaf.size();
                if (draft.second.leaf(ipa, 3, leaf.output() & -1L << draft.second.granule, second(space)) != null) {
                    space.put(leaf.entry(), space.get(leaf.entry()) & ~0xffff_ffff_f000L | ipa);
                }
            }
        }
    }

    private static void second(Draft draft, int vmid, boolean under) {
        TableSpace space = draft.space;
        // Under stage 1 the tables themselves are reached by blocks of 2 MiB.
        int granule = under ? 12 : granule(space);
        int start = granule == 12 ? 1 : 2;
        int most = Math.min(44, granule + (granule - 3) * (4 - start) + (space.oneIn(4) ? 4 : 0));
        int least = Math.max(Math.max(32, Long.SIZE - 39), granule + (granule - 3) * (3 - start) + 1);
        int width = least + space.random.nextInt(most - least + 1);
        draft.second = new SmmuStage(space, granule, width, start);
        long sl0 = granule == 12 ? 2 - start : 3 - start;
        space.put(draft.entry + 16, vmid | (long) (Long.SIZE - width) << T0SZ_AT | sl0 << SL0_AT | tg(granule) << S2TG_AT
                | (long) OUTPUT_44 << PS_AT | STAGE_2_FORM | (space.oneIn(8) ? 0 : RECORD_2));
        space.put(draft.entry + 24, draft.second.root);
        if (under) {
            for (long at = space.origin(); at < space.origin() + 2 * Ram.DATA; at += MIB_2) {
                draft.second.leaf(at, 2, at, ACCESS_FLAG | NORMAL | 3 << AP_AT);
            }
            draft.second.leaves.clear();
        } else {
            int count = 1 + space.random.nextInt(4);
            for (int i = 0; i < count; i++) {
                draft.second.leaf(draft.second.address(), second(space));
            }
        }
    }

    private static long second(TableSpace space) {
        return (space.oneIn(8) ? 0 : ACCESS_FLAG) | NORMAL | (space.oneIn(3) ? space.random.nextInt(4) : 3L) << AP_AT;
    }

    private static void probes(Draft draft) {
        TableSpace space = draft.space;
        for (Leaf leaf : draft.input().leaves) {
            long iova = leaf.input() + space.offset(leaf.size());
            draft.steps.add(new Probe(iova, space.oneIn(2)));
            draft.steps.add(new Probe(leaf.input() + space.offset(leaf.size()), space.oneIn(2)));
            if (space.oneIn(3)) {
                draft.steps.add(new Probe(iova ^ 1L << 2 + space.random.nextInt(62), space.oneIn(2)));
            }
        }
        if (draft.input().leaves.isEmpty() || space.oneIn(3)) {
            draft.steps.add(new Probe(space.random.nextLong() >>> space.random.nextInt(40) & -4L, space.oneIn(2)));
        }
    }

    private static void change(Draft draft) {
        TableSpace space = draft.space;
        Leaf leaf = space.pick(draft.input().leaves);
        long iova = leaf.input() + space.offset(leaf.size());
        boolean write = space.oneIn(2);
        if (space.oneIn(4)) {
            draft.steps.add(new Store(draft.entry, space.oneIn(2) ? VALID : 0));
            draft.steps.add(new Probe(iova, write));
            draft.steps.add(new ForgetRequester(draft.domain));
        } else {
            long old = space.get(leaf.entry());
            draft.steps.add(new Store(leaf.entry(), space.oneIn(2) ? 0 : old ^ 2L << AP_AT));
            draft.steps.add(new Probe(iova, write));
            boolean page = leaf.size() == 1 << PAGE_SHIFT && draft.second == null;
            draft.steps.add(page && space.oneIn(2) ? new ForgetPages(draft.domain, leaf.input(), 0) : new ForgetDomain(draft.domain));
        }
        draft.steps.add(new Probe(iova, write));
        draft.steps.add(new Probe(iova, !write));
    }
}
