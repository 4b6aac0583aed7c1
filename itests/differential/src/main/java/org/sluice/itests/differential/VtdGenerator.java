// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.differential;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

import org.sluice.itests.differential.Step.ForgetDomain;
import org.sluice.itests.differential.Step.ForgetPages;
import org.sluice.itests.differential.Step.ForgetRequester;
import org.sluice.itests.differential.Step.Probe;
import org.sluice.itests.differential.Step.Store;

/** Tables of VT-d as the specification lays them out (sheet sections 3 and 4), word by word and without a line of the backend's. */
final class VtdGenerator implements Generator {
    private static final int DEVFN = 0x30;
    private static final long IGNORED = 0x3ffL << 52 & ~(1L << 62) | 1L << 63 | 7L << 8;
    /** Of the first stage: PWT, PCD, A, D, G, software's bits. */
    private static final long FIRST_IGNORED = 0x7ffL << 52 | 5L << 9 | 1 << 8 | 15 << 3;
    private static final long WINDOW = 0xfee0_0000L;
    private static final int PAGE_SHIFT = 12;
    private static final int STRIDE = 9;

    /** Which tables are asked for. */
    enum Form { LEGACY, SCALABLE, FIRST_STAGE }

    private final Form form;
    private final long start;

    VtdGenerator(Form form, long start) {
        this.form = form;
        this.start = start;
    }

    /** A leaf that was put in. */
    private record Leaf(long iova, long size, long entry) {
    }

    /** Tables on their way. */
    private static final class Draft {
        final TableSpace space;
        final List<Leaf> leaves = new ArrayList<>();
        final List<Step> steps = new ArrayList<>();
        final boolean first;
        long table;
        int levels;
        int domain;
        long context;
        long domainWord;

        Draft(TableSpace space, boolean first) {
            this.space = space;
            this.first = first;
        }

        long width() {
            return PAGE_SHIFT + (long) STRIDE * levels;
        }
    }

    @Override
    public Case next(String name, Random random) {
        boolean scalable = form != Form.LEGACY;
        Draft draft = new Draft(new TableSpace(random, start), form == Form.FIRST_STAGE);
        TableSpace space = draft.space;
        long root = space.page();
        draft.levels = !draft.first && space.oneIn(3) ? 3 : 4;
        draft.domain = 1 + random.nextInt(0xfffe);
        draft.table = space.page();
        if (scalable) {
            scalable(draft, root);
        } else {
            legacy(draft, root);
        }
        int count = 1 + random.nextInt(4);
        for (int i = 0; i < count; i++) {
            leaf(draft);
        }
        boolean spoilt = !space.oneIn(4);
        if (spoilt) {
            space.spoil(1 + random.nextInt(2));
        }
        draft.domain = (int) (scalable ? space.get(draft.domainWord) : space.get(draft.domainWord) >>> 8) & 0xffff;
        probes(draft);
        if (!draft.leaves.isEmpty() && space.oneIn(4)) {
            change(draft);
        }
        return new Case(name, Map.of("RTADDR", root | (scalable ? 1L << 10 : 0)), space.words(), draft.steps);
    }

    private static void legacy(Draft draft, long root) {
        TableSpace space = draft.space;
        long contexts = space.page();
        space.put(root, contexts | 1);
        draft.context = contexts + DEVFN * 16;
        long type = space.oneIn(8) ? space.random.nextInt(4) : 0;
        long fpd = space.oneIn(16) ? 2 : 0;
        space.put(draft.context, draft.table | type << 2 | fpd | 1);
        draft.domainWord = draft.context + 8;
        space.put(draft.domainWord, (long) draft.domain << 8 | draft.levels - 2);
    }

    private static void scalable(Draft draft, long root) {
        TableSpace space = draft.space;
        long contexts = space.page();
        long directory = space.page();
        long pasids = space.page();
        space.put(root, contexts | 1);
        draft.context = contexts + DEVFN * 32;
        long pasid = space.oneIn(30) ? space.random.nextInt(64) : 0;
        space.put(draft.context, directory | 1);
        space.put(draft.context + 8, pasid);
        space.put(directory, pasids | 1);
        long entry = pasids + pasid * 64;
        long type = space.oneIn(8) ? space.random.nextInt(8) : draft.first ? 1 : 2;
        space.put(entry, (draft.first ? 0 : draft.table) | type << 6 | (long) (draft.levels - 2) << 2 | 1);
        if (draft.first) {
            space.put(entry + 16, draft.table);
        }
        draft.domainWord = entry + 8;
        space.put(draft.domainWord, draft.domain);
    }

    private static void leaf(Draft draft) {
        TableSpace space = draft.space;
        int level = space.oneIn(2) ? 1 : 1 + space.random.nextInt(3);
        long iova = address(draft);
        int shift = PAGE_SHIFT + STRIDE * (level - 1);
        long size = 1L << shift;
        long table = draft.table;
        for (int at = draft.levels; at > level; at--) {
            long entry = table + (iova >>> PAGE_SHIFT + STRIDE * (at - 1) & 511) * 8;
            long value = space.get(entry);
            if (value == 0) {
                value = space.page() | permissions(draft, 12) | ignored(draft);
                space.put(entry, value);
            } else if (at <= 3 && (value & 1 << 7) != 0) {
                return;
            }
            table = value & 0xf_ffff_ffff_f000L;
        }
        long entry = table + (iova >>> shift & 511) * 8;
        if (space.get(entry) != 0) {
            return;
        }
        long permissions = permissions(draft, 3);
        space.put(entry, space.target(size) | permissions | (level > 1 ? 1 << 7 : 0) | ignored(draft));
        draft.leaves.add(new Leaf(iova & -size, size, entry));
    }

    /** Read and write, or present, writable and for users; once in {@code n} times any of them. */
    private static long permissions(Draft draft, int n) {
        int all = draft.first ? 7 : 3;
        return draft.space.oneIn(n) ? draft.space.random.nextInt(all + 1) : all;
    }

    private static long ignored(Draft draft) {
        return draft.space.oneIn(4) ? draft.space.random.nextLong() & (draft.first ? FIRST_IGNORED : IGNORED) : 0;
    }

    /** Often near another leaf, so that tables are shared. */
    private static long address(Draft draft) {
        TableSpace space = draft.space;
        if (!draft.leaves.isEmpty() && !space.oneIn(3)) {
            Leaf near = space.pick(draft.leaves);
            return within(draft, near.iova + ((long) (space.random.nextInt(9) - 4) << PAGE_SHIFT + STRIDE * space.random.nextInt(3)));
        }
        return within(draft, space.random.nextLong());
    }

    /** Of as many bits as the tables have; canonical for the first stage. */
    private static long within(Draft draft, long address) {
        int unused = Long.SIZE - (int) draft.width();
        return draft.first ? address << unused >> unused : address << unused >>> unused;
    }

    private void probes(Draft draft) {
        for (Leaf leaf : draft.leaves) {
            long iova = leaf.iova + draft.space.offset(leaf.size);
            probe(draft, iova, draft.space.oneIn(2));
            probe(draft, leaf.iova + draft.space.offset(leaf.size), draft.space.oneIn(2));
            if (draft.space.oneIn(3)) {
                probe(draft, iova ^ 1L << 2 + draft.space.random.nextInt(62), draft.space.oneIn(2));
            }
        }
        if (draft.leaves.isEmpty() || draft.space.oneIn(3)) {
            probe(draft, draft.space.random.nextLong() >>> draft.space.random.nextInt(40) & -4L, draft.space.oneIn(2));
        }
    }

    /** Not to where messages go: those are no DMA. */
    private static void probe(Draft draft, long iova, boolean write) {
        if ((iova & -1L << 20) != WINDOW) {
            draft.steps.add(new Probe(iova, write));
        }
    }

    /** Changes a leaf or the context entry; the unit is asked before it is told and afterwards. */
    private static void change(Draft draft) {
        TableSpace space = draft.space;
        Leaf leaf = space.pick(draft.leaves);
        long iova = leaf.iova + space.offset(leaf.size);
        boolean write = space.oneIn(2);
        if (space.oneIn(4)) {
            draft.steps.add(new Store(draft.context, space.oneIn(2) ? 0 : space.get(draft.context) ^ 1L << space.random.nextInt(4)));
            probe(draft, iova, write);
            draft.steps.add(new ForgetRequester(draft.domain));
        } else {
            long entry = space.get(leaf.entry);
            draft.steps.add(new Store(leaf.entry, space.oneIn(2) ? 0 : space.oneIn(2) ? entry ^ 3 : space.target(leaf.size) | entry & 0xfff));
            probe(draft, iova, write);
            int order = (int) (Long.numberOfTrailingZeros(leaf.size) - PAGE_SHIFT);
            draft.steps.add(space.oneIn(2) ? new ForgetDomain(draft.domain) : new ForgetPages(draft.domain, leaf.iova, Math.min(order, 18)));
        }
        probe(draft, iova, write);
        probe(draft, iova, !write);
    }
}
