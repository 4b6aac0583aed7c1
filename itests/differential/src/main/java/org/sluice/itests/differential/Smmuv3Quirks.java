// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.differential;

import java.util.List;
import java.util.Set;

import org.sluice.itests.differential.Outcome.Kind;
import org.sluice.tool.vectors.qemu.QemuMachine.Version;

/** QEMU's {@code arm-smmuv3}. */
final class Smmuv3Quirks {
    private static final String TYPE = "arm-smmu-v3";
    private static final Version OLD = new Version(7, 0, 0);
    private static final Version EIGHT = new Version(8, 1, 0);
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
                    d -> sameRecord(d, 1, READ) && (d.ours().record().get(1) & STAGE_2) != 0),
            new Quirk("smmuv3-walk-stage", TYPE, EIGHT, null,
                    "a stage-2 fault of a table walk has S2=1 (sheet 7); QEMU leaves it 0",
                    d -> sameRecord(d, 1, STAGE_2 | READ)),
            new Quirk("smmuv3-stage2-input-size", TYPE, EIGHT, null,
                    "an input above IAS on a stage-2-only stream is F_ADDR_SIZE of stage 1 (sheet 5); QEMU aborts without a record",
                    d -> d.theirs().kind() == Kind.UNSEEN && d.mayFault(Set.of(F_ADDR_SIZE))),
            new Quirk("smmuv3-table-size", TYPE, EIGHT, null,
                    "a table address wider than configured is F_ADDR_SIZE (sheet 5); QEMU goes there and reports the fetch",
                    d -> d.theirs().code() == F_WALK_EABT && d.mayFault(Set.of(F_ADDR_SIZE))),
            new Quirk("smmuv3-table-base", TYPE, OLD, EIGHT,
                    "TTB0 wider than IPS is C_BAD_CD (sheet 4); QEMU goes there",
                    d -> d.mayFault(Set.of(C_BAD_CD)) && d.where().words().values().stream().anyMatch(w -> (w & POINTER) >>> OAS != 0)),
            new Quirk("smmuv3-table-permission", TYPE, OLD, null,
                    "faults of a walk come level by level, permissions last (sheet 11); QEMU refuses at the table whose APTable forbids the access",
                    d -> d.theirs().code() == F_PERMISSION && d.someWordHas(AP_TABLE)),
            new Quirk("smmuv3-privileged", TYPE, OLD, null,
                    "an unprivileged access needs AP[1] (sheet 5); QEMU takes all accesses for privileged and lets stage 1 read everything",
                    d -> d.mayFault(Set.of(F_PERMISSION)) && (d.theirs().kind() != Kind.FAULT || below(d.theirs()))),
            new Quirk("smmuv3-region-width", TYPE, OLD, null,
                    "every 64-bit address is the unit's to judge (sheet 5); in QEMU those from 2^48 on (2^52 in newer ones) go past it and end nowhere",
                    d -> d.theirs().kind() == Kind.UNSEEN && d.probe().iova() >>> 48 != 0),
            new Quirk("smmuv3-upper-half", TYPE, OLD, EIGHT,
                    "address bits from the input size to 63 must be all equal (sheet 5); QEMU looks for zeros only and walks on",
                    d -> d.ours().code() == F_TRANSLATION && d.probe().iova() >>> 48 != 0),
            new Quirk("smmuv3-block-level", TYPE, OLD, EIGHT,
                    "a block at a level that has none is F_TRANSLATION (sheet 5); QEMU takes it for a block of that level's size",
                    d -> d.ours().code() == F_TRANSLATION && d.theirs().kind() != Kind.FAULT && d.someWordIs(BLOCK_FORM, BLOCK)));

    private Smmuv3Quirks() {
    }

    /** Whether the records are the same but for {@code bits} of one word. */
    private static boolean sameRecord(Disagreement d, int word, long bits) {
        List<Long> theirs = d.theirs().record();
        List<Long> ours = d.ours().record();
        if (theirs.size() != ours.size() || ours.isEmpty()) {
            return false;
        }
        for (int i = 0; i < ours.size(); i++) {
            if ((theirs.get(i) & ~(i == word ? bits : 0)) != (ours.get(i) & ~(i == word ? bits : 0))) {
                return false;
            }
        }
        return true;
    }

    /** Whether the second stage refused. */
    private static boolean below(Outcome fault) {
        return fault.record().size() > 1 && (fault.record().get(1) & STAGE_2) != 0;
    }

    private static boolean pointsToDevices(Disagreement d) {
        return d.mayFault(Set.of(F_STE_FETCH, F_CD_FETCH, F_WALK_EABT)) && d.where().words().values().stream().anyMatch(Smmuv3Quirks::toDevices);
    }

    private static boolean toDevices(long word) {
        long address = word & ADDRESS;
        return address != 0 && (address < RAM || address >= HIGH_DEVICES && address < HIGH_DEVICES_END);
    }
}
