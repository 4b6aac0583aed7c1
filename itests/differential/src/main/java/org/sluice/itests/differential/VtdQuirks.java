// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.differential;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongPredicate;
import java.util.function.LongUnaryOperator;

import org.sluice.backend.vtd.VtdBackend;
import org.sluice.itests.differential.Outcome.Kind;

/** QEMU's {@code intel-iommu}. */
final class VtdQuirks {
    private static final int DEVFN = 0x30;
    private static final long PASID_PRESENT = 1L << 31;
    private static final long PASID = 0xf_ffffL << 40;
    private static final long FPD = 2;
    private static final long TRANSIENT = 1L << 62;
    private static final long SCALABLE = 1L << 10;
    private static final long TABLE = 0xf_ffff_ffff_f000L;
    private static final long GIB = 1L << 30;
    private static final int BEYOND_WIDTH = 0x04;
    private static final int CONTEXT_RESERVED = 0x0b;
    private static final int PAGING_RESERVED = 0x0c;
    private static final Set<Integer> PASID_FAULTS = Set.of(0x50, 0x51, 0x58, 0x59, 0x5b);
    private static final int PASID_TABLE = 0x58;
    private static final int PASID_ABSENT = 0x59;
    private static final int PASID_INVALID = 0x5b;
    private static final long EXECUTE_DISABLE = 1L << 63;
    private static final int NOT_CANONICAL = 0x80;
    private static final Set<Integer> FIRST_STAGE_RIGHTS = Set.of(0x81, 0x85);
    private static final int WIDTH_48 = 2;
    private static final int FIRST_STAGE = 1;
    private static final int NESTED = 3;
    private static final int PASS_THROUGH = 4;
    private static final Set<Integer> NOT_PERMITTED = Set.of(0x05, 0x06, 0x79, 0x85, 0x86);

    /** Reasons of scalable mode to those of legacy mode for the same thing. */
    private static final Map<Integer, Set<Integer>> LEGACY_CODES = Map.ofEntries(
            Map.entry(0x38, Set.of(0x08)), Map.entry(0x39, Set.of(0x01)), Map.entry(0x3a, Set.of(0x0a)), Map.entry(0x40, Set.of(0x09)),
            Map.entry(0x41, Set.of(0x02)), Map.entry(0x42, Set.of(0x0b)), Map.entry(0x43, Set.of(0x03)), Map.entry(0x78, Set.of(0x07)),
            Map.entry(0x79, Set.of(0x05, 0x06)), Map.entry(0x7a, Set.of(0x0c)), Map.entry(0x7b, Set.of(0x03)), Map.entry(0x84, Set.of(0x04)),
            Map.entry(0x85, Set.of(0x05)), Map.entry(0x86, Set.of(0x06)));

    private static final Quirk.Known KNOWN = new Quirk.Known(new VtdBackend("lab"));

    static final List<Quirk> ALL = List.of(
            KNOWN.of("vtd-record-pasid", d -> sameButPasid(d.theirs(), d.ours())),
            KNOWN.of("vtd-pass-through-width", d -> d.ours().code() == BEYOND_WIDTH && d.theirs().kind() != Kind.FAULT && passesThrough(d)),
            KNOWN.of("vtd-cached-permission", d -> d.theirs().kind() == Kind.UNSEEN && d.mayFault(NOT_PERMITTED) && d.touchedBefore(GIB)),
            KNOWN.of("vtd-context-reserved-recorded", d -> d.theirs().code() == CONTEXT_RESERVED && d.ours().code() == CONTEXT_RESERVED && d.ours().record().isEmpty()
                            && (d.word(context(d)) & FPD) != 0),
            KNOWN.of("vtd-transient-reserved", d -> (d.theirs().code() == PAGING_RESERVED || d.theirs().kind() == Kind.UNSEEN) && d.someWordHas(TRANSIENT)),
            KNOWN.of("vtd-rid-pasid", d -> isScalable(d) && d.pastOrPresent(context(d) + 8, 0xf_ffff)),
            KNOWN.of("vtd-pasid-reserved-unchecked", d -> isScalable(d) && d.mayFault(Set.of(0x52, 0x5a))),
            KNOWN.of("vtd-pasid-type-unchecked", d -> isScalable(d) && d.mayFault(Set.of(0x5b)) && someEntry(d, e -> type(e) == FIRST_STAGE || type(e) == NESTED)),
            KNOWN.of("vtd-pasid-code", d -> d.theirs().code() == PASID_TABLE && d.mayFault(PASID_FAULTS)),
            KNOWN.of("vtd-pasid-type-first", d -> isScalable(d) && d.theirs().code() == PASID_INVALID && d.mayFault(Set.of(PASID_ABSENT))),
            KNOWN.of("vtd-pasid-recorded", d -> isScalable(d) && PASID_FAULTS.contains(d.theirs().code()) && d.theirs().code() == d.ours().code() && d.ours().record().isEmpty()),
            KNOWN.of("vtd-first-stage-order", d -> isScalable(d) && FIRST_STAGE_RIGHTS.contains(d.theirs().code()) && d.mayFault(Set.of(0x70, 0x71, 0x72, 0x81))),
            KNOWN.of("vtd-first-stage-execute", d -> isScalable(d) && d.mayFault(Set.of(0x72)) && d.someWordHas(EXECUTE_DISABLE)),
            KNOWN.of("vtd-first-stage-width", d -> isScalable(d) && someEntry(d, e -> type(e) == FIRST_STAGE && width(e) != WIDTH_48)
                            && (d.theirs().code() == NOT_CANONICAL || d.mayFault(Set.of(NOT_CANONICAL)))),
            KNOWN.of("vtd-legacy-codes", d -> isScalable(d) && d.allowed().stream().anyMatch(a -> LEGACY_CODES.getOrDefault(a.code(), Set.of()).contains(d.theirs().code()))));

    private VtdQuirks() {
    }

    private static boolean sameButPasid(Outcome theirs, Outcome ours) {
        return theirs.sameAnswer(ours) && theirs.record().size() == 2 && ours.record().size() == 2
                && theirs.record().get(0).equals(ours.record().get(0)) && (theirs.record().get(1) & PASID_PRESENT) == 0
                && (theirs.record().get(1) & ~PASID) == ours.record().get(1);
    }

    private static boolean isScalable(Disagreement d) {
        return (d.where().registers().get("RTADDR") & SCALABLE) != 0;
    }

    /** Address of the context entry. */
    private static long context(Disagreement d) {
        long table = d.word(d.where().registers().get("RTADDR") & TABLE) & TABLE;
        return table + DEVFN * (isScalable(d) ? 32 : 16);
    }

    private static boolean passesThrough(Disagreement d) {
        long entry = d.word(context(d));
        if (!isScalable(d)) {
            return (entry >>> 2 & 3) == 2;
        }
        return type(pasidEntry(d::word, context(d))) == PASS_THROUGH;
    }

    /** Whether the entry of PASID 0 is such, or was when the case began: a unit that has not been told yet goes by the context entry that it had read. */
    private static boolean someEntry(Disagreement d, LongPredicate which) {
        return which.test(pasidEntry(d::word, context(d))) || which.test(pasidEntry(address -> d.where().word(address, 0), context(d)));
    }

    private static long pasidEntry(LongUnaryOperator memory, long context) {
        return memory.applyAsLong(memory.applyAsLong(memory.applyAsLong(context) & TABLE) & TABLE);
    }

    /** AW of a PASID table entry. */
    private static int width(long entry) {
        return (int) (entry >>> 2) & 7;
    }

    /** PGTT of a PASID table entry. */
    private static int type(long entry) {
        return (int) (entry >>> 6) & 7;
    }
}
