// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.lookup;

import org.sluice.api.layout.BitField;
import org.sluice.backend.smmuv3.layout.ContextDescriptor;
import org.sluice.backend.smmuv3.layout.Smmu;
import org.sluice.backend.smmuv3.layout.SmmuFormats;
import org.sluice.backend.smmuv3.layout.StreamEntry;
import org.sluice.kit.layout.Structure;

/**
 * Which context descriptors are legal (section 5.4.1); every rule broken is C_BAD_CD. Answers are null if all is well, else what is
 * wrong. Immutable.
 */
final class ContextRules {
    private static final int MIN_TXSZ = 16;
    private static final int MIN_TXSZ_WIDE = 12;
    private static final int MAX_TXSZ = 39;

    private final UnitState unit;

    ContextRules(UnitState unit) {
        this.unit = unit;
    }

    /** Largest TxSZ with small tables (IDR3.STT). */
    static int smallTables(int granule) {
        return granule == Smmu.GRANULE_64K ? 47 : 48;
    }

    /** One half as its fields say. */
    record HalfFields(boolean upper, boolean off, int size, int granule, long root, boolean topByteIgnored, boolean flatPermissions) {
        static HalfFields lower(Structure cd) {
            return new HalfFields(false, cd.is(ContextDescriptor.EPD0), (int) cd.get(ContextDescriptor.T0SZ), granuleOf(cd, ContextDescriptor.TG0, 0, 2, 1),
                    cd.getAddress(ContextDescriptor.TTB0), cd.is(ContextDescriptor.TBI0), cd.is(ContextDescriptor.HAD0));
        }

        static HalfFields upper(Structure cd) {
            return new HalfFields(true, cd.is(ContextDescriptor.EPD1), (int) cd.get(ContextDescriptor.T1SZ), granuleOf(cd, ContextDescriptor.TG1, 2, 1, 3),
                    cd.getAddress(ContextDescriptor.TTB1), cd.is(ContextDescriptor.TBI1), cd.is(ContextDescriptor.HAD1));
        }

        int inputBits() {
            return Long.SIZE - size;
        }

        private String name(String field) {
            return field.replace('x', upper ? '1' : '0');
        }
    }

    /** The two granule fields number their values differently; 0 if reserved. */
    private static int granuleOf(Structure cd, BitField field, int small, int medium, int large) {
        long value = cd.get(field);
        return value == small ? Smmu.GRANULE_4K : value == medium ? Smmu.GRANULE_16K : value == large ? Smmu.GRANULE_64K : 0;
    }

    /**
     * What makes a descriptor invalid or illegal, or null.
     *
     * @param hostWorld whether the stream is in the EL2-E2H world
     * @param twoHalves whether there is an upper half
     */
    String broken(Structure ste, Structure cd, boolean hostWorld, boolean twoHalves) {
        if (!cd.is(ContextDescriptor.VALID)) {
            return "V=0";
        }
        if (!cd.is(ContextDescriptor.AARCH64)) {
            return hostWorld || !unit.aarch32Tables() ? "AA64=0 where there are no AArch32 tables" : brokenFaults(ste, cd);
        }
        if (!unit.aarch64Tables()) {
            return "AA64=1 on a unit without VMSAv8-64 tables";
        }
        String wrong = brokenFaults(ste, cd);
        HalfFields lower = HalfFields.lower(cd);
        HalfFields upper = HalfFields.upper(cd);
        boolean translates = !lower.off() || twoHalves && !upper.off();
        if (wrong == null && translates && !unit.byteOrder(cd.is(ContextDescriptor.BIG_ENDIAN))) {
            wrong = "ENDI=" + cd.get(ContextDescriptor.BIG_ENDIAN) + " on a unit without that byte order";
        }
        wrong = wrong == null ? brokenHalf(cd, lower) : wrong;
        return wrong == null && twoHalves ? brokenHalf(cd, upper) : wrong;
    }

    private String brokenFaults(Structure ste, Structure cd) {
        boolean stalls = cd.is(ContextDescriptor.STALL);
        if (stalls && ste.is(StreamEntry.STALL_DISABLE)) {
            return "S=1 with STE.S1STALLD=1";
        }
        if (unit.stallModel() == (stalls ? 1 : 2)) {
            return "S=" + cd.get(ContextDescriptor.STALL) + " against the stall model of the unit";
        }
        if (!cd.is(ContextDescriptor.ABORT) && unit.alwaysAborts()) {
            return "A=0 on a unit that always aborts";
        }
        boolean sets = cd.is(ContextDescriptor.HARDWARE_ACCESS);
        boolean marks = cd.is(ContextDescriptor.HARDWARE_DIRTY);
        if ((sets || marks) && unit.hardwareUpdates() == 0 || marks && unit.hardwareUpdates() < 2) {
            return "HA or HD on a unit without those hardware updates";
        }
        return cd.get(ContextDescriptor.ASID) >>> 8 != 0 && !unit.wideAsids() ? "a 16-bit ASID on a unit with 8-bit ASIDs" : null;
    }

    private String brokenHalf(Structure cd, HalfFields half) {
        if (half.off()) {
            return null;
        }
        if (!unit.granule(half.granule())) {
            return half.name("TGx") + " is a granule that is reserved or that the unit has not";
        }
        int least = wideInput(cd, half.granule()) ? MIN_TXSZ_WIDE : MIN_TXSZ;
        int most = unit.smallTables() ? smallTables(half.granule()) : MAX_TXSZ;
        if (half.size() < least || half.size() > most) {
            return half.name("TxSZ") + "=" + half.size() + " is not between " + least + " and " + most;
        }
        int bits = outputBits(cd, half.granule());
        return StreamRules.beyond(half.root(), bits) ? half.name("TTBx") + " is wider than the " + bits + " bits of IPS" : null;
    }

    private boolean wideInput(Structure cd, int granule) {
        return granule == Smmu.GRANULE_64K ? unit.wideInput() : wideFormat(cd, granule);
    }

    /** Whether entries hold 52-bit addresses. */
    boolean wideFormat(Structure cd, int granule) {
        return granule == Smmu.GRANULE_64K ? unit.outputBits() == SmmuFormats.WIDE_BITS : cd.is(ContextDescriptor.DS) && unit.wideSmallGranules();
    }

    /** Effective IPS. */
    int outputBits(Structure cd, int granule) {
        int bits = unit.size(cd.get(ContextDescriptor.IPS));
        return wideFormat(cd, granule) ? bits : Math.min(bits, SmmuFormats.PLAIN_BITS);
    }
}
