// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.differential;

import java.util.List;
import java.util.Map;
import java.util.Set;

import org.sluice.backend.smmuv3.Smmuv3Backend;
import org.sluice.itests.differential.Outcome.Kind;

/** QEMU's {@code arm-smmuv3}. */
final class Smmuv3Quirks {
    private static final long RAM = 0x4000_0000L;
    private static final long ADDRESS = 0xffff_ffff_f000L;
    /** CLASS in the second word of a record. */
    private static final long CLASS = 3L << 40;
    private static final long READ = 1L << 35;
    private static final long STAGE_2 = 1L << 39;
    private static final long PAGE_OFFSET = 0xfff;
    private static final long POINTER = 0xf_ffff_ffff_ffc0L;
    private static final long HIGH_DEVICES = 0x40_0000_0000L;
    private static final long HIGH_DEVICES_END = 0x100_0000_0000L;
    private static final long AP_TABLE = 3L << 61;
    private static final int STREAM = 8 * 64;
    private static final long TABLE_OFFSET = 0xffff;
    private static final long CLASS_TT = 1L << 40;
    private static final long RECORD_1 = 1L << 45;
    private static final long STAGE_1 = 1L << 1;
    private static final int S1CDMAX = 59;
    private static final long POINTER_56 = 0xfL << 52;
    private static final int WORD_2 = 16;
    private static final int WORD_3 = 24;
    private static final int S2PS_AT = 48;
    private static final int[] SIZES = {32, 36, 40, 42, 44, 48, 52, 52};
    private static final long BLOCK_REACH = 1L << 30;
    private static final long RECORD_2 = 1L << 58;
    private static final long STAGE_2_ON = 2L << 1;
    private static final long HARDWARE_UPDATE = 3L << 55;
    private static final int OAS = 44;
    private static final long BLOCK_FORM = 3;
    private static final long BLOCK = 1;
    private static final int F_TRANSLATION = 0x10;
    private static final int F_PERMISSION = 0x13;
    private static final int F_STE_FETCH = 0x03;
    private static final int C_BAD_CD = 0x0a;
    private static final int C_BAD_STE = 0x04;
    private static final int F_CD_FETCH = 0x09;
    private static final int F_WALK_EABT = 0x0b;
    private static final int F_ADDR_SIZE = 0x11;
    private static final int F_ACCESS = 0x12;

    private static final Quirk.Known KNOWN = new Quirk.Known(new Smmuv3Backend("lab"));

    static final List<Quirk> ALL = List.of(
            KNOWN.of("smmuv3-record-class", d -> sameRecord(d, 1, CLASS)),
            KNOWN.of("smmuv3-cd-fetch-record", d -> d.ours().code() == F_CD_FETCH && d.theirs().code() == F_CD_FETCH),
            KNOWN.of("smmuv3-walk-record", d -> d.ours().code() == F_WALK_EABT && d.theirs().code() == F_WALK_EABT),
            KNOWN.of("smmuv3-device-memory", Smmuv3Quirks::pointsToDevices),
            KNOWN.of("smmuv3-access-flag", d -> d.mayFault(Set.of(F_ACCESS))),
            KNOWN.of("smmuv3-output-size", d -> d.mayFault(Set.of(F_ADDR_SIZE))),
            KNOWN.of("smmuv3-context-pointer", d -> d.ours().code() == C_BAD_STE && (d.where().words().get(d.where().registers().get("STRTAB_BASE") + STREAM) & POINTER) >>> OAS != 0),
            KNOWN.of("smmuv3-ipa-offset", d -> sameRecord(d, 3, PAGE_OFFSET)),
            KNOWN.of("smmuv3-table-base-early", d -> sameRecord(d, 3, PAGE_OFFSET, READ) && (d.ours().record().get(1) & STAGE_2) != 0),
            KNOWN.of("smmuv3-table-base-first", d -> walked(d.theirs()) && !below(d.ours()) && ((d.theirs().record().get(3) ^ descriptor(d, 8)) & ADDRESS) == 0),
            KNOWN.of("smmuv3-walk-stage", d -> sameRecord(d, 1, STAGE_2 | READ)),
            KNOWN.of("smmuv3-stage2-input-size", d -> d.theirs().kind() == Kind.UNSEEN && d.mayFault(Set.of(F_ADDR_SIZE))),
            KNOWN.of("smmuv3-table-size", d -> d.theirs().code() == F_WALK_EABT && d.mayFault(Set.of(F_ADDR_SIZE))),
            KNOWN.of("smmuv3-concatenated-tables", Smmuv3Quirks::concatenated),
            KNOWN.of("smmuv3-walk-address", d -> ofWalk(d.ours()) && d.theirs().code() == d.ours().code() && sameRecord(d, 3, TABLE_OFFSET, STAGE_2 | READ)),
            KNOWN.of("smmuv3-walk-flag", d -> d.theirs().kind() == Kind.UNSEEN && ofWalk(d.ours()) && (descriptor(d, 0) & RECORD_1) == 0
                            || d.ours().record().isEmpty() && walked(d.theirs()) && (entry(d, WORD_2) & RECORD_2) == 0),
            KNOWN.of("smmuv3-context-beyond", d -> d.theirs().kind() == Kind.UNSEEN && d.ours().code() == F_TRANSLATION && below(d.ours()) && (d.ours().record().get(1) & CLASS) == 0
                            && d.ours().record().get(3) >>> OAS != 0),
            KNOWN.of("smmuv3-table-size-record", d -> d.theirs().code() == F_ADDR_SIZE && d.ours().code() == F_ADDR_SIZE && !below(d.ours()) && sameRecord(d, 3, -1L, CLASS)),
            KNOWN.of("smmuv3-leaf-order", d -> d.mayFault(Set.of(F_ADDR_SIZE)) && Set.of(F_ACCESS, F_PERMISSION).contains(d.theirs().code())),
            KNOWN.of("smmuv3-unused-substreams", d -> d.theirs().code() == C_BAD_STE && (entry(d, 0) & STAGE_1) == 0 && entry(d, 0) >>> S1CDMAX != 0),
            KNOWN.of("smmuv3-hardware-update", d -> d.ours().code() == C_BAD_STE && (first(d, 0) & STAGE_2_ON) != 0 && (entry(d, WORD_2) & HARDWARE_UPDATE) != 0),
            KNOWN.of("smmuv3-start-level", d -> d.ours().code() == C_BAD_STE && (first(d, 0) & STAGE_2_ON) != 0 && Stage2Form.of(entry(d, WORD_2)).startsTooHigh()),
            KNOWN.of("smmuv3-input-by-output", d -> d.theirs().code() == C_BAD_STE && (first(d, 0) & STAGE_2_ON) != 0
                            && Stage2Form.of(entry(d, WORD_2)).width() > SIZES[(int) (entry(d, WORD_2) >>> S2PS_AT) & 7]),
            KNOWN.of("smmuv3-cached-stage", d -> d.theirs().code() == F_PERMISSION && d.ours().code() == F_PERMISSION && !below(d.theirs()) && d.touchedBefore(BLOCK_REACH)),
            KNOWN.of("smmuv3-context-pointer-bits", d -> (d.theirs().code() == F_CD_FETCH || d.theirs().kind() == Kind.UNSEEN) && (entry(d, 0) & POINTER_56) != 0),
            KNOWN.of("smmuv3-table-base", d -> d.mayFault(Set.of(C_BAD_CD)) && d.where().words().values().stream().anyMatch(w -> (w & POINTER) >>> OAS != 0)),
            KNOWN.of("smmuv3-table-permission", d -> (d.theirs().code() == F_PERMISSION || isSilent(d)) && d.someWordHas(AP_TABLE)),
            KNOWN.of("smmuv3-privileged", d -> d.mayFault(Set.of(F_PERMISSION)) && (d.theirs().kind() != Kind.FAULT || below(d.theirs()))),
            KNOWN.of("smmuv3-region-width", d -> d.theirs().kind() == Kind.UNSEEN && d.probe().iova() >>> 48 != 0),
            KNOWN.of("smmuv3-upper-half", d -> d.ours().code() == F_TRANSLATION && d.probe().iova() >>> 48 != 0),
            KNOWN.of("smmuv3-block-level", d -> d.ours().code() == F_TRANSLATION && !below(d.ours()) && blocksAnywhere(d)
                            && (d.theirs().kind() != Kind.FAULT || below(d.theirs()) || Set.of(F_ACCESS, F_PERMISSION, F_ADDR_SIZE).contains(d.theirs().code()))));

    private Smmuv3Quirks() {
    }

    /** Whether the records are the same but for {@code bits} of one word. */
    private static boolean sameRecord(Disagreement d, int word, long bits) {
        return sameRecord(d, word, bits, 0);
    }

    /** @param kind bits of the second word that may differ too */
    private static boolean sameRecord(Disagreement d, int word, long bits, long kind) {
        List<Long> theirs = d.theirs().record();
        List<Long> ours = d.ours().record();
        if (theirs.size() != ours.size() || ours.isEmpty()) {
            return false;
        }
        for (int i = 0; i < ours.size(); i++) {
            long open = (i == word ? bits : 0) | (i == 1 ? kind : 0);
            if ((theirs.get(i) & ~open) != (ours.get(i) & ~open)) {
                return false;
            }
        }
        return true;
    }

    /** Whether the second stage refused. */
    private static boolean below(Outcome fault) {
        return fault.record().size() > 1 && (fault.record().get(1) & STAGE_2) != 0;
    }

    /** Whether the second stage refused the fetch of a descriptor of the first. */
    private static boolean ofWalk(Outcome fault) {
        return below(fault) && (fault.record().get(1) & CLASS) == CLASS_TT;
    }

    /** A word of the stream table entry. */
    private static long entry(Disagreement d, int offset) {
        return d.word(d.where().registers().get("STRTAB_BASE") + STREAM + offset);
    }

    /** Whether QEMU refused and CD.R=0 has it make no record of a fault that is not of the walk itself. */
    private static boolean isSilent(Disagreement d) {
        return d.theirs().kind() == Kind.UNSEEN && d.ours().code() == F_WALK_EABT && (descriptor(d, 0) & RECORD_1) == 0;
    }

    /** A word of the context descriptor, where it is not moved by stage 2. */
    private static long descriptor(Disagreement d, int offset) {
        return d.word((entry(d, 0) & POINTER) + offset);
    }

    /** Whether stage 1 has a block, and a level where there are none: all but those of 1 GiB and 2 MiB, and of 32 and 512 MiB. */
    private static boolean blocksAnywhere(Disagreement d) {
        long structure = d.where().registers().get("STRTAB_BASE") + STREAM;
        long context = entry(d, 0) & POINTER;
        return d.where().words().entrySet().stream().anyMatch(w -> (w.getValue() & BLOCK_FORM) == BLOCK && w.getKey() >>> 6 != structure >>> 6
                && w.getKey() >>> 6 != context >>> 6);
    }

    /** Whether they have it that a table of stage 1 could not be reached. */
    private static boolean walked(Outcome fault) {
        return fault.record().size() > 1 && (fault.record().get(1) & CLASS) == CLASS_TT;
    }

    /** A word of the stream table entry before any step changed it: units may go on with what they have cached. */
    private static long first(Disagreement d, int offset) {
        return d.where().words().getOrDefault(d.where().registers().get("STRTAB_BASE") + STREAM + offset, 0L);
    }

    private static boolean concatenated(Disagreement d) {
        Map<Long, Long> words = d.where().words();
        Stage2Form form = Stage2Form.of(first(d, WORD_2));
        if ((first(d, 0) & STAGE_1) == 0) {
            return form.beyondFirstTable(d.probe().iova());
        }
        // Which intermediate address stage 1 gives is told only by records; without one: whether anything up there is mapped, or a table.
        boolean told = below(d.theirs()) && form.beyondFirstTable(d.theirs().record().get(3)) || below(d.ours()) && form.beyondFirstTable(d.ours().record().get(3));
        boolean silent = d.ours().code() == F_TRANSLATION && d.ours().record().isEmpty();
        return told || d.theirs().kind() == Kind.UNSEEN && words.keySet().stream().anyMatch(at -> form.inLaterTable(at - (first(d, WORD_3) & ADDRESS)))
                || silent && words.values().stream().anyMatch(w -> (w & BLOCK_FORM) == BLOCK_FORM && form.beyondFirstTable(w & ADDRESS));
    }

    private static boolean pointsToDevices(Disagreement d) {
        return d.mayFault(Set.of(F_STE_FETCH, F_CD_FETCH, F_WALK_EABT)) && d.where().words().values().stream().anyMatch(Smmuv3Quirks::toDevices);
    }

    private static boolean toDevices(long word) {
        long address = word & ADDRESS;
        return address != 0 && (address < RAM || address >= HIGH_DEVICES && address < HIGH_DEVICES_END);
    }
}
