// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.lookup;

import org.sluice.api.layout.BitField;
import org.sluice.backend.smmuv3.layout.Smmu;
import org.sluice.backend.smmuv3.layout.SmmuFormats;
import org.sluice.backend.smmuv3.layout.StreamEntry;
import org.sluice.kit.layout.Structure;

/**
 * Which stream table entries are legal (section 5.2.2); every rule broken is C_BAD_STE. Answers are null if all is well, else what is
 * wrong. Immutable.
 */
public final class StreamRules {
    private static final int CONFIG_ENABLED = 4;
    private static final int STAGE_1_BIT = 1;
    private static final int STAGE_2_BIT = 2;
    private static final int EATS_FULL = 1;
    private static final int EATS_SPLIT = 2;
    private static final int MIN_T0SZ = 16;
    private static final int MIN_T0SZ_WIDE = 12;
    private static final int MAX_T0SZ = 39;
    /** At most 16 tables are concatenated. */
    private static final int MAX_CONCATENATION = 4;

    private final UnitState unit;

    public StreamRules(UnitState unit) {
        this.unit = unit;
    }

    static boolean enabled(Structure ste) {
        return (ste.get(StreamEntry.CONFIG) & CONFIG_ENABLED) != 0;
    }

    static boolean stage1(Structure ste) {
        return enabled(ste) && (ste.get(StreamEntry.CONFIG) & STAGE_1_BIT) != 0;
    }

    static boolean stage2(Structure ste) {
        return enabled(ste) && (ste.get(StreamEntry.CONFIG) & STAGE_2_BIT) != 0;
    }

    /** What makes a valid entry illegal, or null. */
    public String broken(Structure ste) {
        String wrong = stage1(ste) ? brokenStage1(ste) : null;
        wrong = wrong == null ? brokenAts(ste) : wrong;
        return wrong == null && stage2(ste) ? brokenStage2(ste) : wrong;
    }

    private String brokenStage1(Structure ste) {
        boolean alone = !stage2(ste);
        long max = ste.get(StreamEntry.CD_MAX);
        long world = ste.get(StreamEntry.WORLD);
        if (!unit.stage1()) {
            return "the unit has no stage 1";
        }
        if (alone && unit.el2Worlds() && world != StreamEntry.WORLD_EL1 && world != StreamEntry.WORLD_EL2) {
            return "STRW=" + world + " is reserved";
        }
        if (max > unit.substreamBits()) {
            return "S1CDMax=" + max + " is more than the " + unit.substreamBits() + " SubstreamID bits of the unit";
        }
        if (max != 0 && ste.get(StreamEntry.S1_FORMAT) != 0 && !unit.twoLevelContexts()) {
            return "S1Fmt=" + ste.get(StreamEntry.S1_FORMAT) + " on a unit without two-level tables of context descriptors";
        }
        if (ste.is(StreamEntry.STALL_DISABLE) && unit.stallModel() != 0) {
            return "S1STALLD=1 on a unit where stalling is not optional";
        }
        if (alone && unit.atLeast31() && beyond(ste.getAddress(StreamEntry.CONTEXT_POINTER), unit.outputBits())) {
            return "S1ContextPtr is wider than " + unit.outputBits() + " bits";
        }
        return null;
    }

    private String brokenAts(Structure ste) {
        if (!unit.ats() || !stage1(ste) && !stage2(ste)) {
            return null;
        }
        long eats = ste.get(StreamEntry.EATS);
        boolean stalls = ste.is(StreamEntry.S2_STALL);
        if (eats == EATS_FULL && stage2(ste) && stalls && unit.atLeast31()) {
            return "EATS=1 together with S2S=1";
        }
        boolean splits = stage1(ste) && stage2(ste) && !stalls && unit.splitStageAts();
        return eats == EATS_SPLIT && !splits ? "EATS=2 without two stages, with S2S=1, or on a unit without split-stage ATS" : null;
    }

    private String brokenStage2(Structure ste) {
        if (!unit.stage2()) {
            return "the unit has no stage 2";
        }
        if (!ste.is(StreamEntry.S2_AARCH64)) {
            return !unit.aarch32Tables() ? "S2AA64=0 on a unit without AArch32 tables"
                    : ste.is(StreamEntry.S2_FORCE_WRITE_BACK) && unit.forcesWriteBack() ? "S2FWB=1 with AArch32 tables" : null;
        }
        if (!unit.aarch64Tables()) {
            return "S2AA64=1 on a unit without VMSAv8-64 tables";
        }
        if (!unit.byteOrder(ste.is(StreamEntry.S2_BIG_ENDIAN))) {
            return "S2ENDI=" + ste.get(StreamEntry.S2_BIG_ENDIAN) + " on a unit without that byte order";
        }
        if (ste.is(StreamEntry.S2_HARDWARE_ACCESS) && unit.hardwareUpdates() == 0
                || ste.is(StreamEntry.S2_HARDWARE_DIRTY) && unit.hardwareUpdates() < 2) {
            return "S2HA or S2HD on a unit without those hardware updates";
        }
        // Section 5.2, S2S: as CD.S, a unit that never stalls refuses it and one that always stalls requires it.
        if (unit.stallModel() == (ste.is(StreamEntry.S2_STALL) ? 1 : 2)) {
            return "S2S=" + ste.get(StreamEntry.S2_STALL) + " against the stall model of the unit";
        }
        return brokenStage2Table(ste);
    }

    private String brokenStage2Table(Structure ste) {
        int granule = granule(ste);
        if (!unit.granule(granule)) {
            return "S2TG=" + ste.get(StreamEntry.S2_GRANULE) + " is a granule that is reserved or that the unit has not";
        }
        int size = (int) ste.get(StreamEntry.S2_T0SZ);
        int width = Long.SIZE - size;
        int least = wideInput(ste, granule) ? MIN_T0SZ_WIDE : MIN_T0SZ;
        int most = unit.smallTables() ? ContextRules.smallTables(granule) : MAX_T0SZ;
        if (size < least || size > most) {
            return "S2T0SZ=" + size + " is not between " + least + " and " + most;
        }
        if (width > unit.outputBits()) {
            return "S2T0SZ=" + size + " asks for " + width + "-bit intermediate addresses, more than the unit's " + unit.outputBits();
        }
        int start = startLevel(ste);
        if (start < lowestStart(granule, wideInput(ste, granule)) || start > 3) {
            return "S2SL0=" + ste.get(StreamEntry.S2_SL0) + " is reserved for this granule";
        }
        int index = width - (granule + (3 - start) * (granule - 3));
        if (index < 1 || index > granule - 3 + MAX_CONCATENATION) {
            return "S2SL0=" + ste.get(StreamEntry.S2_SL0) + " does not go with S2T0SZ=" + size + ": the first table would have " + index + " index bits";
        }
        return beyond(ste.getAddress(StreamEntry.S2_TABLE), outputBits(ste))
                ? "S2TTB is wider than the " + outputBits(ste) + " bits of S2PS" : null;
    }

    private static int lowestStart(int granule, boolean wide) {
        int plain = granule == Smmu.GRANULE_4K ? 0 : 1;
        return wide && granule != Smmu.GRANULE_64K ? plain - 1 : plain;
    }

    /** 0 if the number is reserved. */
    static int granule(Structure ste) {
        return switch ((int) ste.get(StreamEntry.S2_GRANULE)) {
            case 0 -> Smmu.GRANULE_4K;
            case 1 -> Smmu.GRANULE_64K;
            case 2 -> Smmu.GRANULE_16K;
            default -> 0;
        };
    }

    /** The architecture's number of the first level: from S2SL0, whose value 3 and third bit belong to small and large tables. */
    int startLevel(Structure ste) {
        int field = (int) ste.get(StreamEntry.S2_SL0);
        int granule = granule(ste);
        if (wideFormat(ste) && granule != Smmu.GRANULE_64K && ste.is(StreamEntry.S2_SL0_HIGH)) {
            return granule == Smmu.GRANULE_4K && field == 0 ? -1 : Integer.MIN_VALUE;
        }
        if (field == 3 && granule != Smmu.GRANULE_16K) {
            return granule == Smmu.GRANULE_4K && unit.smallTables() ? 3 : Integer.MIN_VALUE;
        }
        return (granule == Smmu.GRANULE_4K ? 2 : 3) - field;
    }

    /** Whether entries hold 52-bit addresses. */
    boolean wideFormat(Structure ste) {
        return granule(ste) == Smmu.GRANULE_64K ? unit.outputBits() == SmmuFormats.WIDE_BITS
                : ste.is(StreamEntry.S2_52_BIT) && unit.wideSmallGranules();
    }

    private boolean wideInput(Structure ste, int granule) {
        return wideFormat(ste) && unit.outputBits() == SmmuFormats.WIDE_BITS && granule != 0;
    }

    /** Effective S2PS. */
    int outputBits(Structure ste) {
        int bits = unit.size(ste.get(StreamEntry.S2_OUTPUT_SIZE));
        return wideFormat(ste) ? bits : Math.min(bits, SmmuFormats.PLAIN_BITS);
    }

    static boolean beyond(long address, int bits) {
        return bits < Long.SIZE && address >>> bits != 0;
    }

    /** Whether hardware sets the flag or marks pages; the second needs the first. */
    static boolean updates(Structure structure, BitField access, BitField dirty) {
        return structure.is(access) && structure.is(dirty);
    }
}
