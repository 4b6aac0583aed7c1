// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.differential;

import java.util.List;
import java.util.stream.IntStream;
import java.util.Set;

import org.sluice.backend.amdvi.AmdViBackend;
import org.sluice.itests.differential.Disagreement.Seen;
import org.sluice.itests.differential.Outcome.Kind;
import org.sluice.itests.differential.Step.Probe;

/** QEMU's {@code amd-iommu}. */
final class AmdViQuirks {
    private static final int DEVICE = 0x30 * 32;
    private static final long VALID = 1;
    private static final long TRANSLATES = 2;
    private static final long READ_AND_WRITE = 3L << 61;
    /** Pages of encoded size lie in one table of the level above. */
    private static final long MOST_ENCODED = 1L << 48;
    private static final String PRESENT = "PR=1";
    private static final String PERMISSION = "PE=1";
    private static final String RESERVED = "RZ=1";
    private static final long REACH = 1L << 39;
    private static final long CACHE_KEY = 0xffff_ffff_f000L;
    private static final int PAGE_FAULT = 2;
    private static final int TABLE_ERROR = 4;
    private static final int ILLEGAL_ENTRY = 1;
    private static final int CACHE_BITS = 48;
    /** More steps than any walk has. */
    private static final int MANY = 64;
    /** Bits of an entry's first word that QEMU takes for reserved. */
    private static final long NOT_DEFINED = 0x8030_0000_0000_00fcL;
    private static final int PAGE_SHIFT = 12;
    private static final long SIZE_IN_ADDRESS = 7L << 9;
    private static final long ADDRESS = 0xf_ffff_ffff_f000L;
    private static final int STRIDE = 9;

    private static final Quirk.Known KNOWN = new Quirk.Known(new AmdViBackend("lab"));

    static final List<Quirk> ALL = List.of(
            KNOWN.of("amdvi-no-events", d -> d.theirs().kind() == Kind.UNSEEN && d.allowed().stream().anyMatch(a -> a.kind() == Kind.FAULT)),
            KNOWN.of("amdvi-record", d -> d.theirs().kind() == Kind.FAULT && d.allowed().stream().anyMatch(a -> a.code() == d.theirs().code())),
            KNOWN.of("amdvi-upper-permission", d -> fault(d, PAGE_FAULT) && has(d, PERMISSION)),
            KNOWN.of("amdvi-upper-permission-size", d -> d.theirs().kind() == Kind.MAPPED && d.ours().kind() == Kind.MAPPED && d.mayFault(Set.of(PAGE_FAULT))
                            && (entry(d) & READ_AND_WRITE) != READ_AND_WRITE && (d.theirs().output() ^ d.ours().output()) < MOST_ENCODED),
            KNOWN.of("amdvi-walk-order", d -> d.theirs().code() == TABLE_ERROR && d.ours().code() == PAGE_FAULT && has(d, PRESENT)),
            KNOWN.of("amdvi-untranslated", d -> fault(d, PAGE_FAULT) && (entry(d) & TRANSLATES) == 0),
            KNOWN.of("amdvi-width-unchecked", d -> fault(d, PAGE_FAULT) && beyond(d)),
            KNOWN.of("amdvi-reserved-unchecked", d -> fault(d, PAGE_FAULT) && has(d, RESERVED)),
            KNOWN.of("amdvi-level-unchecked", d -> fault(d, PAGE_FAULT) && has(d, PRESENT) && !has(d, PERMISSION)),
            KNOWN.of("amdvi-cached-permission", d -> fault(d, PAGE_FAULT) && has(d, PERMISSION) && d.touchedBefore(REACH)),
            KNOWN.of("amdvi-present-unchecked", d -> fault(d, PAGE_FAULT) && d.meaning().contains("PR=0") && d.where().words().values().stream().anyMatch(w -> w != 0 && (w & 1) == 0)),
            KNOWN.of("amdvi-cache-key", d -> d.theirs().kind() == Kind.MAPPED && d.earlier().stream().anyMatch(seen -> ((seen.probe().iova() ^ d.probe().iova()) & CACHE_KEY) == 0
                            && (samePlace(seen, d) || hidden(seen, d)))),
            KNOWN.of("amdvi-unequal-copies", d -> (d.theirs().kind() == Kind.UNSEEN || d.allowed().stream().anyMatch(d.theirs()::sameAnswer)) && d.earlier().stream().anyMatch(seen -> samePage(d, seen))),
            KNOWN.of("amdvi-endless-walk", d -> d.theirs().kind() == Kind.HUNG && d.where().steps().stream().anyMatch(s -> s instanceof Probe probe && endless(d.where(), probe.iova()))),
            KNOWN.of("amdvi-entry-reserved", d -> fault(d, ILLEGAL_ENTRY) || d.ours().code() == ILLEGAL_ENTRY && Set.of(PAGE_FAULT, TABLE_ERROR).contains(d.theirs().code())),
            KNOWN.of("amdvi-invalid-reserved", d -> (d.theirs().code() == ILLEGAL_ENTRY || d.theirs().kind() == Kind.UNSEEN) && (entry(d) & VALID) == 0 && (entry(d) & NOT_DEFINED) != 0));

    private AmdViQuirks() {
    }

    private static boolean fault(Disagreement d, int code) {
        return d.ours().code() == code && d.theirs().kind() == Kind.MAPPED;
    }

    private static boolean has(Disagreement d, String flag) {
        return d.meaning().contains(flag);
    }

    private static long entry(Disagreement d) {
        return d.word(d.where().registers().get("DEV_TAB_BASE") + DEVICE);
    }

    /** Whether the model has met a page of encoded size that the address lies in too, and answered by it. */
    private static boolean samePage(Disagreement d, Seen seen) {
        boolean mapped = d.ours().kind() == Kind.MAPPED && seen.ours().kind() == Kind.MAPPED;
        return mapped && d.where().words().values().stream().filter(word -> (word & SIZE_IN_ADDRESS) == SIZE_IN_ADDRESS).anyMatch(word -> {
            long within = 2 * Long.lowestOneBit(~(word | (1L << PAGE_SHIFT) - 1)) - 1;
            long page = word & ADDRESS & ~within;
            return ((seen.probe().iova() ^ d.probe().iova()) & ~within) == 0
                    && seen.ours().output() == (page | seen.probe().iova() & within) && d.ours().output() == (page | d.probe().iova() & within);
        });
    }

    /** Whether tables lead back, for a walk that looks at no level but the next; as they stand at the end or at the start. */
    private static boolean endless(Case where, long iova) {
        return IntStream.of(0, where.steps().size()).anyMatch(step -> {
            long entry = where.word(where.registers().get("DEV_TAB_BASE") + DEVICE, step);
            for (int i = 0; i < MANY; i++) {
                int level = (int) (entry >>> 9) & 7;
                if (level == 0 || level == 7) {
                    return false;
                }
                entry = where.word((entry & ADDRESS) + (iova >>> PAGE_SHIFT + STRIDE * (level - 1) & 511) * 8, step);
            }
            return true;
        });
    }

    private static boolean samePlace(Seen seen, Disagreement d) {
        return seen.theirs().kind() == Kind.MAPPED && (seen.theirs().output() ^ d.theirs().output()) >>> PAGE_SHIFT == 0;
    }

    /** What became of it is not seen: another write went over it, or it was refused for its kind of access and cached with what the leaf permits. */
    private static boolean hidden(Seen seen, Disagreement d) {
        return seen.theirs().kind() == Kind.UNSEEN && (seen.probe().iova() ^ d.probe().iova()) >>> CACHE_BITS != 0;
    }

    private static boolean beyond(Disagreement d) {
        int mode = (int) (entry(d) >>> 9) & 7;
        return mode > 0 && mode < 6 && d.probe().iova() >>> PAGE_SHIFT + STRIDE * mode != 0;
    }
}
