// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.differential;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongPredicate;
import java.util.function.LongUnaryOperator;

import org.sluice.itests.differential.Outcome.Kind;
import org.sluice.tool.vectors.qemu.QemuMachine.Version;

/** QEMU's {@code intel-iommu}. */
final class VtdQuirks {
    private static final String TYPE = "intel-vtd";
    private static final Version OLD = new Version(7, 0, 0);
    private static final Version TEN = new Version(10, 0, 0);
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

    static final List<Quirk> ALL = List.of(
            new Quirk("vtd-record-pasid", TYPE, OLD, null,
                    "FRCD.PV is valid only with PP=1 (sheet 7); QEMU writes ones into it for requests without PASID",
                    d -> sameButPasid(d.theirs(), d.ours())),
            new Quirk("vtd-pass-through-width", TYPE, OLD, null,
                    "TT=10: an address beyond the width is fault 04h (sheet 11 step 4); QEMU puts a direct region in place of the unit",
                    d -> d.ours().code() == BEYOND_WIDTH && d.theirs().kind() != Kind.FAULT && passesThrough(d)),
            new Quirk("vtd-cached-permission", TYPE, OLD, null,
                    "an access that a cached translation does not permit is recorded like any other (sheet 4.1, 7); QEMU's memory core refuses it without the unit",
                    d -> d.theirs().kind() == Kind.UNSEEN && d.mayFault(NOT_PERMITTED) && d.touchedBefore(GIB)),
            new Quirk("vtd-context-reserved-recorded", TYPE, OLD, null,
                    "0Bh is a qualified fault, FPD suppresses it (sheet 7, manual by memory); QEMU records it always",
                    d -> d.theirs().code() == CONTEXT_RESERVED && d.ours().code() == CONTEXT_RESERVED && d.ours().record().isEmpty()
                            && (d.word(context(d)) & FPD) != 0),
            new Quirk("vtd-transient-reserved", TYPE, OLD, null,
                    "bit 62 of second-stage entries is ignored (sheet 4.1; TM of old revisions); QEMU takes it for reserved",
                    d -> (d.theirs().code() == PAGING_RESERVED || d.theirs().kind() == Kind.UNSEEN) && d.someWordHas(TRANSIENT)),
            new Quirk("vtd-rid-pasid", TYPE, OLD, TEN,
                    "with ECAP.RPS=0 requests without PASID use PASID 0 (sheet 3.4); QEMU takes RID_PASID all the same",
                    d -> isScalable(d) && d.pastOrPresent(context(d) + 8, 0xf_ffff)),
            new Quirk("vtd-pasid-reserved-unchecked", TYPE, OLD, null,
                    "reserved bits of PASID directory and table entries are faults 52h and 5Ah (sheet 3.5, 3.6); QEMU does not look at them",
                    d -> isScalable(d) && d.mayFault(Set.of(0x52, 0x5a))),
            new Quirk("vtd-pasid-type-unchecked", TYPE, OLD, TEN,
                    "PGTT that ECAP does not offer is fault 5Bh (sheet 3.6); QEMU walks first-stage and nested entries as second-stage ones",
                    d -> isScalable(d) && d.mayFault(Set.of(0x5b)) && someEntry(d, e -> type(e) == FIRST_STAGE || type(e) == NESTED)),
            new Quirk("vtd-pasid-code", TYPE, OLD, TEN,
                    "each fault of the PASID tables has its reason, 50h to 5Bh (sheet 7); QEMU gives 58h for all, and records it with FPD",
                    d -> d.theirs().code() == PASID_TABLE && d.mayFault(PASID_FAULTS)),
            new Quirk("vtd-pasid-type-first", TYPE, TEN, null,
                    "P=0 is fault 59h whatever else the PASID table entry holds (sheet 3.6, 11 step 5); QEMU looks at the type before, 5Bh",
                    d -> isScalable(d) && d.theirs().code() == PASID_INVALID && d.mayFault(Set.of(PASID_ABSENT))),
            new Quirk("vtd-pasid-recorded", TYPE, TEN, null,
                    "faults of the PASID tables are qualified, FPD of an entry read by then suppresses them (sheet 7); QEMU records them",
                    d -> isScalable(d) && PASID_FAULTS.contains(d.theirs().code()) && d.theirs().code() == d.ours().code() && d.ours().record().isEmpty()),
            new Quirk("vtd-first-stage-order", TYPE, TEN, null,
                    "R/W and U/S of all levels count together when the walk is over, as in x86 paging (sheet 4.2 gives no order); QEMU looks entry by entry, 81h and 85h",
                    d -> isScalable(d) && FIRST_STAGE_RIGHTS.contains(d.theirs().code()) && d.mayFault(Set.of(0x70, 0x71, 0x72, 0x81))),
            new Quirk("vtd-first-stage-execute", TYPE, TEN, null,
                    "XD is reserved with NXE=0, 72h (sheet 4.2); QEMU ignores it",
                    d -> isScalable(d) && d.mayFault(Set.of(0x72)) && d.someWordHas(EXECUTE_DISABLE)),
            new Quirk("vtd-first-stage-width", TYPE, TEN, null,
                    "AW is for types 010, 011 and 100 (sheet 3.6), the first stage has 48 bits here; QEMU measures its addresses by AW, 80h",
                    d -> isScalable(d) && someEntry(d, e -> type(e) == FIRST_STAGE && width(e) != WIDTH_48)
                            && (d.theirs().code() == NOT_CANONICAL || d.mayFault(Set.of(NOT_CANONICAL)))),
            new Quirk("vtd-legacy-codes", TYPE, OLD, null,
                    "scalable mode has reasons of its own from 38h on (sheet 7, 4.1); QEMU keeps the legacy ones, and names RID_PASID in the record",
                    d -> isScalable(d) && d.allowed().stream().anyMatch(a -> LEGACY_CODES.getOrDefault(a.code(), Set.of()).contains(d.theirs().code()))));

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
