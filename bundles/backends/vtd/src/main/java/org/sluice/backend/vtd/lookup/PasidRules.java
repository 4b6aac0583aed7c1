// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.lookup;

import org.sluice.api.TranslationRequest;
import org.sluice.backend.vtd.layout.CapabilityRegisters;
import org.sluice.backend.vtd.layout.FaultReason;
import org.sluice.backend.vtd.layout.PasidEntry;
import org.sluice.backend.vtd.layout.ScalableContextEntry;
import org.sluice.backend.vtd.layout.VtdFormats;
import org.sluice.backend.vtd.lookup.Finding.Table;
import org.sluice.kit.layout.ReservedBits;
import org.sluice.kit.layout.Structure;
import org.sluice.kit.radix.RadixFormat;

/** The second half of a scalable look-up: from a context entry over the PASID directory and table to page tables. Thread-safe. */
final class PasidRules {
    private static final int BASE_WIDTH = 30;
    private static final int LEVEL_BITS = 9;
    /** Input bits that one table of pages resolves; a unit with less would be a broken register. */
    private static final int MIN_WIDTH = 21;

    private final UnitState unit;
    private final ReservedBits directory;
    private final ReservedBits entry;
    /** Formats in use, by what of them this unit's entries choose; threads that race find the same one. */
    private final RadixFormat[] secondStages = new RadixFormat[16];
    private final RadixFormat[] firstStages = new RadixFormat[16];

    PasidRules(UnitState unit) {
        this.unit = unit;
        directory = ReservedBits.of(PasidEntry.DIRECTORY).andAbove(unit.hostBits(), PasidEntry.TABLE);
        ReservedBits fixed = ReservedBits.of(PasidEntry.LAYOUT);
        entry = unit.knows(CapabilityRegisters.CAP) ? fixed.and(PasidEntry.DOMAIN.word(),
                PasidEntry.DOMAIN.put(-1L << ConfigurationLookup.domainBits(unit))) : fixed;
    }

    /** Input width of second-stage tables with that AW. */
    static int width(long aw) {
        return BASE_WIDTH + LEVEL_BITS * (int) aw;
    }

    /** PASIDs that a directory of that PDTS reaches. */
    static long directoryReach(long pdts) {
        return 1L << pdts + PasidEntry.DIRECTORY_BASE_BITS + PasidEntry.TABLE_INDEX_BITS;
    }

    /** Step 5: the search stands at a context entry that is present and well-formed. */
    Finding find(Search s, int requested) {
        Structure context = s.entry();
        boolean own = requested != TranslationRequest.NO_PASID;
        if (own && !context.is(ScalableContextEntry.PASID_ENABLE)) {
            return s.blocked(FaultReason.PASID_DISABLED, "PASIDE=0");
        }
        long pasid = own ? requested : requesterPasid(unit, context);
        if (pasid >= directoryReach(context.get(ScalableContextEntry.DIRECTORY_SIZE))) {
            return s.blocked(own ? FaultReason.PASID_BEYOND_DIRECTORY : FaultReason.RID_PASID_INVALID, "PASID " + pasid + " needs a larger PDTS");
        }
        long index = pasid >>> PasidEntry.TABLE_INDEX_BITS;
        if (!s.fetch(PasidEntry.DIRECTORY, context.getAddress(ScalableContextEntry.DIRECTORY) + index * PasidEntry.DIRECTORY.bytes(),
                FaultReason.PASID_DIRECTORY_ACCESS)) {
            return s.stopped();
        }
        s.quietIf(PasidEntry.DIRECTORY_FAULT_DISABLE);
        if (!s.require(PasidEntry.DIRECTORY_PRESENT, FaultReason.PASID_DIRECTORY_NOT_PRESENT)
                || !s.check(directory, FaultReason.PASID_DIRECTORY_RESERVED)) {
            return s.stopped();
        }
        long slot = pasid & PasidEntry.TABLE_ENTRIES - 1;
        if (!s.fetch(PasidEntry.LAYOUT, s.entry().getAddress(PasidEntry.TABLE) + slot * PasidEntry.LAYOUT.bytes(),
                FaultReason.PASID_TABLE_ACCESS)) {
            return s.stopped();
        }
        s.quietIf(PasidEntry.FAULT_DISABLE);
        if (!s.require(PasidEntry.PRESENT, FaultReason.PASID_NOT_PRESENT) || !s.check(entry, FaultReason.PASID_RESERVED)) {
            return s.stopped();
        }
        return unit.knows(CapabilityRegisters.CAP) ? tables(s, (int) pasid) : s.unknown(CapabilityRegisters.CAP);
    }

    /** The PASID of requests without one: RID_PASID, which only units with RPS look at. */
    static long requesterPasid(UnitState unit, Structure context) {
        return unit.ecap(CapabilityRegisters.RPS) ? context.get(ScalableContextEntry.RID_PASID) : 0;
    }

    /** Step 6: type of translation, and the tables that it needs. */
    private Finding tables(Search s, int pasid) {
        Structure e = s.entry();
        long type = e.get(PasidEntry.TRANSLATION_TYPE);
        boolean supported = type == PasidEntry.FIRST_STAGE && unit.ecap(CapabilityRegisters.FSTS)
                || type == PasidEntry.SECOND_STAGE && unit.ecap(CapabilityRegisters.SSTS)
                || type == PasidEntry.NESTED && unit.ecap(CapabilityRegisters.NEST)
                || type == PasidEntry.PASS_THROUGH && unit.ecap(CapabilityRegisters.PT);
        if (!supported) {
            return s.blocked(FaultReason.PASID_INVALID, "PGTT=" + type + " is reserved or not supported");
        }
        long aw = e.get(PasidEntry.WIDTH);
        if (type != PasidEntry.FIRST_STAGE && !unit.supportsWidth(aw)) {
            return s.blocked(FaultReason.PASID_INVALID, "AW=" + aw + " is a width that the unit does not have (CAP.SAGAW)");
        }
        long mode = e.get(PasidEntry.FIRST_STAGE_MODE);
        boolean hasFirst = type == PasidEntry.FIRST_STAGE || type == PasidEntry.NESTED;
        if (hasFirst && !(mode == 0 || mode == 1 && unit.cap(CapabilityRegisters.FS5LP) != 0)) {
            return s.blocked(FaultReason.PASID_INVALID, "FSPM=" + mode + " is reserved or not supported");
        }
        boolean hasSecond = type == PasidEntry.SECOND_STAGE || type == PasidEntry.NESTED;
        // Roots are addresses of the host, except that of a nested first stage, which the second stage translates.
        if (hasSecond && beyondHost(e.getAddress(PasidEntry.SECOND_STAGE_ROOT))
                || type == PasidEntry.FIRST_STAGE && beyondHost(e.getAddress(PasidEntry.FIRST_STAGE_ROOT))) {
            return s.blocked(FaultReason.PASID_RESERVED, "a table pointer has more bits than host addresses");
        }
        int domain = (int) e.get(PasidEntry.DOMAIN);
        boolean executes = e.is(PasidEntry.EXECUTE);
        if (type == PasidEntry.PASS_THROUGH) {
            return new Finding.PassThrough(pasid, domain, Long.SIZE, true, executes, s.quiet(), s.trail());
        }
        Table first = hasFirst ? new Table(firstStage(e, type == PasidEntry.NESTED), e.getAddress(PasidEntry.FIRST_STAGE_ROOT)) : null;
        Table second = hasSecond ? new Table(secondStage(aw, hasFirst, true), e.getAddress(PasidEntry.SECOND_STAGE_ROOT)) : null;
        boolean marks = hasSecond && e.is(PasidEntry.SECOND_STAGE_DIRTY) && unit.ecap(CapabilityRegisters.SSADS);
        return new Finding.Translated(pasid, domain, first, second, true, executes, marks, s.quiet(), s.trail());
    }

    private boolean beyondHost(long address) {
        return address >>> unit.hostBits() != 0;
    }

    RadixFormat secondStage(long aw, boolean belowFirst, boolean snoop) {
        int i = (int) aw << 2 | (belowFirst ? 2 : 0) | (snoop ? 1 : 0);
        if (secondStages[i] == null) {
            long pages = unit.cap(CapabilityRegisters.SSLPS);
            int bits = Math.max(MIN_WIDTH, Math.min(width(aw), unit.inputBits()));
            secondStages[i] = new VtdFormats.SecondStage((int) aw + 2, bits, unit.hostBits(), (pages & 1) != 0, (pages & 2) != 0, snoop,
                    belowFirst).format();
        }
        return secondStages[i];
    }

    /** Entries of a nested first stage hold addresses that the second stage translates: the host's width does not bound them. */
    private RadixFormat firstStage(Structure e, boolean nested) {
        int mode = (int) e.get(PasidEntry.FIRST_STAGE_MODE);
        boolean noExecute = e.is(PasidEntry.NO_EXECUTE);
        boolean executes = e.is(PasidEntry.EXECUTE);
        int i = mode << 3 | (nested ? 4 : 0) | (noExecute ? 2 : 0) | (executes ? 1 : 0);
        if (firstStages[i] == null) {
            firstStages[i] = new VtdFormats.FirstStage(4 + mode, nested ? UnitState.MAX_HOST_BITS : unit.hostBits(),
                    unit.cap(CapabilityRegisters.FS1GP) != 0, noExecute, executes).format();
        }
        return firstStages[i];
    }
}
