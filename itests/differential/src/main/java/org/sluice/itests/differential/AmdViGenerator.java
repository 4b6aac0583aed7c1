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

/** Device table entries and host page tables of AMD-Vi (sheet sections 3 and 4), word by word and without a line of the backend's. */
final class AmdViGenerator implements Generator {
    private static final int DEVICE = 0x30;
    private static final int ENTRY_BYTES = 32;
    private static final long PRESENT = 1;
    private static final long READ = 1L << 61;
    private static final long READ_WRITE = 3L << 61;
    private static final long V_TV = 3;
    private static final int LEVEL_AT = 9;
    private static final long LEVEL = 7L << LEVEL_AT;
    private static final long ADDRESS = 0xf_ffff_ffff_f000L;
    /** Bits 4:1, 8:7 and 63 of table entries. */
    private static final long IGNORED = 0x8000_0000_0000_019eL;
    private static final long WINDOW = 0xfee0_0000L;
    private static final int PAGE_SHIFT = 12;
    private static final int STRIDE = 9;

    private final long start;

    AmdViGenerator(long start) {
        this.start = start;
    }

    /** A leaf that was put in; {@code entry} is the first of its equal entries. */
    private record Leaf(long iova, long size, long entry, int copies) {
    }

    /** Tables on their way. */
    private static final class Draft {
        final TableSpace space;
        final List<Leaf> leaves = new ArrayList<>();
        final List<Step> steps = new ArrayList<>();
        long device;
        long table;
        int mode;

        Draft(TableSpace space) {
            this.space = space;
        }

        int width() {
            return Math.min(Long.SIZE, PAGE_SHIFT + STRIDE * mode);
        }

        long mask() {
            return mode == 6 ? -1L : (1L << width()) - 1;
        }
    }

    @Override
    public Case next(String name, Random random) {
        Draft draft = new Draft(new TableSpace(random, start));
        TableSpace space = draft.space;
        long devices = space.page();
        draft.device = devices + DEVICE * ENTRY_BYTES;
        draft.mode = space.oneIn(3) ? 1 + random.nextInt(6) : 3 + random.nextInt(2);
        draft.table = space.page();
        long suppress = space.oneIn(12) ? (long) (1 + random.nextInt(3)) << 33 : 0;
        long granted = space.oneIn(8) ? (long) random.nextInt(4) << 61 : READ_WRITE;
        space.put(draft.device, draft.table | (long) draft.mode << LEVEL_AT | V_TV | granted);
        space.put(draft.device + 8, 1 + random.nextInt(0xfffe) | suppress);
        if (space.oneIn(20)) {
            space.put(draft.device, space.get(draft.device) & ~(space.oneIn(2) ? LEVEL : 1L << random.nextInt(2)));
        }
        int count = 1 + random.nextInt(4);
        for (int i = 0; i < count; i++) {
            leaf(draft);
        }
        if (!space.oneIn(4)) {
            space.spoil(1 + random.nextInt(2));
        }
        probes(draft);
        if (!draft.leaves.isEmpty() && space.oneIn(4)) {
            change(draft, (int) space.get(draft.device + 8) & 0xffff);
        }
        return new Case(name, Map.of("DEV_TAB_BASE", devices), space.words(), draft.steps);
    }

    private static void leaf(Draft draft) {
        TableSpace space = draft.space;
        int level = space.oneIn(2) ? 1 : 1 + space.random.nextInt(Math.min(3, draft.mode));
        long iova = address(draft);
        long table = draft.table;
        for (int at = draft.mode; at > level;) {
            long entry = table + index(iova, at) * 8;
            long value = space.get(entry);
            if (value == 0) {
                value = child(draft, at, level);
                space.put(entry, value);
            }
            int next = (int) (value >>> LEVEL_AT) & 7;
            if (next == 0 || next == 7 || next < level) {
                return;
            }
            // The bits of skipped levels must be zero.
            for (int skipped = next + 1; skipped < at; skipped++) {
                iova &= ~(511L << PAGE_SHIFT + STRIDE * (skipped - 1));
            }
            table = value & ADDRESS;
            at = next;
        }
        put(draft, table, level, iova);
    }

    private static long index(long iova, int level) {
        return iova >>> PAGE_SHIFT + STRIDE * (level - 1) & (level == 6 ? 127 : 511);
    }

    private static long child(Draft draft, int at, int level) {
        TableSpace space = draft.space;
        int next = at - 1 > level && space.oneIn(10) ? level + space.random.nextInt(at - level) : at - 1;
        long permissions = space.oneIn(12) ? (long) space.random.nextInt(4) << 61 : READ_WRITE;
        return space.page() | (long) next << LEVEL_AT | PRESENT | permissions | ignored(space);
    }

    private static void put(Draft draft, long table, int level, long iova) {
        TableSpace space = draft.space;
        int natural = PAGE_SHIFT + STRIDE * (level - 1);
        int order = space.oneIn(3) ? 1 + space.random.nextInt(8) : 0;
        long size = 1L << natural + order;
        long permissions = space.oneIn(3) ? (long) space.random.nextInt(4) << 61 : READ_WRITE;
        long value = space.target(size) | PRESENT | permissions | ignored(space);
        if (order > 0) {
            // Size by the lowest zero bit: all ones below half the size.
            value |= (size / 2 - 1) & ADDRESS | LEVEL;
        }
        long first = table + (index(iova, level) & -1L << order) * 8;
        for (int i = 0; i < 1 << order; i++) {
            if (space.get(first + i * 8L) != 0) {
                return;
            }
        }
        for (int i = 0; i < 1 << order; i++) {
            space.put(first + i * 8L, value);
        }
        draft.leaves.add(new Leaf(iova & -size, size, first, 1 << order));
    }

    private static long ignored(TableSpace space) {
        return space.oneIn(4) ? space.random.nextLong() & IGNORED : 0;
    }

    private static long address(Draft draft) {
        TableSpace space = draft.space;
        if (!draft.leaves.isEmpty() && !space.oneIn(3)) {
            Leaf near = space.pick(draft.leaves);
            return near.iova + ((long) (space.random.nextInt(9) - 4) << PAGE_SHIFT + STRIDE * space.random.nextInt(3)) & draft.mask();
        }
        return space.random.nextLong() & draft.mask();
    }

    private static void probes(Draft draft) {
        TableSpace space = draft.space;
        for (Leaf leaf : draft.leaves) {
            long iova = leaf.iova + space.offset(leaf.size);
            probe(draft, iova, space.oneIn(2));
            probe(draft, leaf.iova + space.offset(leaf.size), space.oneIn(2));
            if (space.oneIn(3)) {
                probe(draft, iova ^ 1L << 2 + space.random.nextInt(62), space.oneIn(2));
            }
        }
        if (draft.leaves.isEmpty() || space.oneIn(3)) {
            probe(draft, space.random.nextLong() >>> space.random.nextInt(40) & -4L, space.oneIn(2));
        }
    }

    private static void probe(Draft draft, long iova, boolean write) {
        if ((iova & -1L << 20) != WINDOW) {
            draft.steps.add(new Probe(iova, write));
        }
    }

    private static void change(Draft draft, int domain) {
        TableSpace space = draft.space;
        Leaf leaf = space.pick(draft.leaves);
        long iova = leaf.iova + space.offset(leaf.size);
        boolean write = space.oneIn(2);
        if (space.oneIn(4)) {
            long old = space.get(draft.device);
            draft.steps.add(new Store(draft.device, space.oneIn(2) ? V_TV : old ^ READ << space.random.nextInt(2)));
            probe(draft, iova, write);
            draft.steps.add(new ForgetRequester(domain));
        } else if (leaf.copies == 1) {
            long old = space.get(leaf.entry);
            draft.steps.add(new Store(leaf.entry, space.oneIn(2) ? 0 : space.oneIn(2) ? old ^ READ_WRITE : old & ~ADDRESS | space.target(leaf.size)));
            probe(draft, iova, write);
            int order = Long.numberOfTrailingZeros(leaf.size) - PAGE_SHIFT;
            draft.steps.add(space.oneIn(2) ? new ForgetDomain(domain) : new ForgetPages(domain, leaf.iova, order));
        }
        probe(draft, iova, write);
        probe(draft, iova, !write);
    }
}
