// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.differential;

import java.util.List;
import java.util.Map;
import java.util.Set;

import org.sluice.itests.differential.Outcome.Kind;
import org.sluice.tool.vectors.qemu.QemuMachine.Version;

/** QEMU's {@code arm-smmuv3}. */
final class Smmuv3Quirks {
    private static final String TYPE = "arm-smmu-v3";
    private static final Version OLD = new Version(7, 0, 0);
    private static final Version EIGHT = new Version(8, 1, 0);
    private static final Version ELEVEN = new Version(11, 0, 0);
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

    static final List<Quirk> ALL = List.of(
            new Quirk("smmuv3-record-class", TYPE, OLD, EIGHT,
                    "CLASS of a stage-1 fault is IN, of an aborted walk TT (sheet 7); QEMU leaves it 0",
                    d -> sameRecord(d, 1, CLASS)),
            new Quirk("smmuv3-cd-fetch-record", TYPE, OLD, null,
                    "F_CD_FETCH has its address in words 6 and 7 (sheet 7); QEMU writes it into 4 and 5",
                    d -> d.ours().code() == F_CD_FETCH && d.theirs().code() == F_CD_FETCH),
            new Quirk("smmuv3-walk-record", TYPE, OLD, null,
                    "F_WALK_EABT tells the address of the fetch in words 6 and 7, bits 51:3 (sheet 7); QEMU tells another or none",
                    d -> d.ours().code() == F_WALK_EABT && d.theirs().code() == F_WALK_EABT),
            new Quirk("smmuv3-device-memory", TYPE, OLD, null,
                    "a structure where there is no RAM aborts the fetch (sheet 3, 4, 7); this machine has flash and devices below 1 GiB and from 256 GiB to 1 TiB, which answer",
                    Smmuv3Quirks::pointsToDevices),
            new Quirk("smmuv3-access-flag", TYPE, OLD, EIGHT,
                    "AF=0 is F_ACCESS (sheet 5); QEMU ignores the flag",
                    d -> d.mayFault(Set.of(F_ACCESS))),
            new Quirk("smmuv3-output-size", TYPE, OLD, EIGHT,
                    "an address wider than IPS is F_ADDR_SIZE (sheet 5); QEMU does not look",
                    d -> d.mayFault(Set.of(F_ADDR_SIZE))),
            new Quirk("smmuv3-context-pointer", TYPE, OLD, null,
                    "S1ContextPtr above OAS is C_BAD_STE from version 3.1 on (sheet 3); QEMU goes there",
                    d -> d.ours().code() == C_BAD_STE && (d.where().words().get(d.where().registers().get("STRTAB_BASE") + STREAM) & POINTER) >>> OAS != 0),
            new Quirk("smmuv3-ipa-offset", TYPE, EIGHT, null,
                    "the IPA field of a record holds bits 51:12 (sheet 7); QEMU keeps the offset",
                    d -> sameRecord(d, 3, PAGE_OFFSET)),
            new Quirk("smmuv3-table-base-early", TYPE, EIGHT, null,
                    "RnW is that of the access (sheet 7); QEMU says read where stage 2 refuses the fetch of a descriptor or of TTB0, which it translates early",
                    d -> sameRecord(d, 3, PAGE_OFFSET, READ) && (d.ours().record().get(1) & STAGE_2) != 0),
            new Quirk("smmuv3-table-base-first", TYPE, ELEVEN, null,
                    "stage 1 judges the address before TTB0 is read (sheet 11); QEMU translates TTB0 as soon as it has the context descriptor",
                    d -> walked(d.theirs()) && !below(d.ours()) && ((d.theirs().record().get(3) ^ descriptor(d, 8)) & ADDRESS) == 0),
            new Quirk("smmuv3-walk-stage", TYPE, EIGHT, null,
                    "a stage-2 fault of a table walk has S2=1 (sheet 7); QEMU leaves it 0",
                    d -> sameRecord(d, 1, STAGE_2 | READ)),
            new Quirk("smmuv3-stage2-input-size", TYPE, EIGHT, null,
                    "an input above IAS on a stage-2-only stream is F_ADDR_SIZE of stage 1 (sheet 5); QEMU aborts without a record",
                    d -> d.theirs().kind() == Kind.UNSEEN && d.mayFault(Set.of(F_ADDR_SIZE))),
            new Quirk("smmuv3-table-size", TYPE, EIGHT, null,
                    "a table address wider than configured is F_ADDR_SIZE (sheet 5); QEMU goes there and reports the fetch",
                    d -> d.theirs().code() == F_WALK_EABT && d.mayFault(Set.of(F_ADDR_SIZE))),
            new Quirk("smmuv3-concatenated-tables", TYPE, ELEVEN, null,
                    "up to 16 start tables of stage 2 are one, with as wide an index (sheet 3, 5, 13.3); QEMU looks everything up in the first of them",
                    Smmuv3Quirks::concatenated),
            new Quirk("smmuv3-walk-address", TYPE, ELEVEN, null,
                    "the IPA of a stage-2 fault of a table walk is the descriptor's (sheet 5, 7); QEMU has that of the table",
                    d -> ofWalk(d.ours()) && d.theirs().code() == d.ours().code() && sameRecord(d, 3, TABLE_OFFSET, STAGE_2 | READ)),
            new Quirk("smmuv3-walk-flag", TYPE, ELEVEN, null,
                    "a stage-2 fault of a table walk is recorded by STE.S2R (sheet 7); QEMU goes by CD.R",
                    d -> d.theirs().kind() == Kind.UNSEEN && ofWalk(d.ours()) && (descriptor(d, 0) & RECORD_1) == 0
                            || d.ours().record().isEmpty() && walked(d.theirs()) && (entry(d, WORD_2) & RECORD_2) == 0),
            new Quirk("smmuv3-context-beyond", TYPE, ELEVEN, null,
                    "a context descriptor beyond stage 2's input is F_TRANSLATION of class CD (sheet 5); QEMU aborts without a record where it is above OAS",
                    d -> d.theirs().kind() == Kind.UNSEEN && d.ours().code() == F_TRANSLATION && below(d.ours()) && (d.ours().record().get(1) & CLASS) == 0
                            && d.ours().record().get(3) >>> OAS != 0),
            new Quirk("smmuv3-table-size-record", TYPE, ELEVEN, null,
                    "F_ADDR_SIZE of stage 1 is of class IN (sheet 7); QEMU says TT, and the table's address where there is no IPA",
                    d -> d.theirs().code() == F_ADDR_SIZE && d.ours().code() == F_ADDR_SIZE && !below(d.ours()) && sameRecord(d, 3, -1L, CLASS)),
            new Quirk("smmuv3-leaf-order", TYPE, ELEVEN, null,
                    "an output too wide is F_ADDR_SIZE before access flag and permissions are looked at (sheet 5); QEMU looks at it last",
                    d -> d.mayFault(Set.of(F_ADDR_SIZE)) && Set.of(F_ACCESS, F_PERMISSION).contains(d.theirs().code())),
            new Quirk("smmuv3-unused-substreams", TYPE, ELEVEN, null,
                    "S1CDMax counts only where there is a stage 1 (sheet 3); QEMU refuses a stage-2-only entry for it, C_BAD_STE",
                    d -> d.theirs().code() == C_BAD_STE && (entry(d, 0) & STAGE_1) == 0 && entry(d, 0) >>> S1CDMAX != 0),
            new Quirk("smmuv3-hardware-update", TYPE, ELEVEN, null,
                    "S2HA or S2HD without HTTU is C_BAD_STE (sheet 3); QEMU does not look at them",
                    d -> d.ours().code() == C_BAD_STE && (first(d, 0) & STAGE_2_ON) != 0 && (entry(d, WORD_2) & HARDWARE_UPDATE) != 0),
            new Quirk("smmuv3-start-level", TYPE, ELEVEN, null,
                    "an input that stage 2's start level is not needed for is C_BAD_STE (sheet 3); QEMU looks at the upper bound alone",
                    d -> d.ours().code() == C_BAD_STE && (first(d, 0) & STAGE_2_ON) != 0 && Stage2Form.of(entry(d, WORD_2)).startsTooHigh()),
            new Quirk("smmuv3-input-by-output", TYPE, ELEVEN, null,
                    "S2T0SZ is measured by IAS, which is OAS (sheet 3); QEMU measures it by S2PS, C_BAD_STE",
                    d -> d.theirs().code() == C_BAD_STE && (first(d, 0) & STAGE_2_ON) != 0
                            && Stage2Form.of(entry(d, WORD_2)).width() > SIZES[(int) (entry(d, WORD_2) >>> S2PS_AT) & 7]),
            new Quirk("smmuv3-cached-stage", TYPE, ELEVEN, null,
                    "a permission that stage 2 refuses is its fault (sheet 5, 11); QEMU blames stage 1 where both stages' result is cached",
                    d -> d.theirs().code() == F_PERMISSION && d.ours().code() == F_PERMISSION && !below(d.theirs()) && d.touchedBefore(BLOCK_REACH)),
            new Quirk("smmuv3-context-pointer-bits", TYPE, ELEVEN, null,
                    "bits 55:52 of STE.S1ContextPtr are RES0 without 56-bit addresses (sheet 3); QEMU goes where they say",
                    d -> (d.theirs().code() == F_CD_FETCH || d.theirs().kind() == Kind.UNSEEN) && (entry(d, 0) & POINTER_56) != 0),
            new Quirk("smmuv3-table-base", TYPE, OLD, EIGHT,
                    "TTB0 wider than IPS is C_BAD_CD (sheet 4); QEMU goes there",
                    d -> d.mayFault(Set.of(C_BAD_CD)) && d.where().words().values().stream().anyMatch(w -> (w & POINTER) >>> OAS != 0)),
            new Quirk("smmuv3-table-permission", TYPE, OLD, null,
                    "faults of a walk come level by level, permissions last (sheet 11); QEMU refuses at the table whose APTable forbids the access",
                    d -> (d.theirs().code() == F_PERMISSION || isSilent(d)) && d.someWordHas(AP_TABLE)),
            new Quirk("smmuv3-privileged", TYPE, OLD, null,
                    "an unprivileged access needs AP[1] (sheet 5); QEMU takes all accesses for privileged and lets stage 1 read everything",
                    d -> d.mayFault(Set.of(F_PERMISSION)) && (d.theirs().kind() != Kind.FAULT || below(d.theirs()))),
            new Quirk("smmuv3-region-width", TYPE, OLD, null,
                    "every 64-bit address is the unit's to judge (sheet 5); in QEMU those from 2^48 on (2^52 in newer ones) go past it and end nowhere",
                    d -> d.theirs().kind() == Kind.UNSEEN && d.probe().iova() >>> 48 != 0),
            new Quirk("smmuv3-upper-half", TYPE, OLD, EIGHT,
                    "address bits from the input size to 63 must be all equal (sheet 5); QEMU looks for zeros only and walks on",
                    d -> d.ours().code() == F_TRANSLATION && d.probe().iova() >>> 48 != 0),
            new Quirk("smmuv3-block-level", TYPE, OLD, null,
                    "a block at a level that has none is F_TRANSLATION (sheet 5); QEMU takes it for a block of that level's size",
                    d -> d.ours().code() == F_TRANSLATION && !below(d.ours()) && blocksAnywhere(d)
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
