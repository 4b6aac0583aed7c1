// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.lookup;

import java.util.List;

import org.sluice.api.TranslationRequest;
import org.sluice.api.layout.StructureLayout;
import org.sluice.backend.vtd.layout.CapabilityRegisters;
import org.sluice.backend.vtd.layout.ContextEntry;
import org.sluice.backend.vtd.layout.ControlRegisters;
import org.sluice.backend.vtd.layout.FaultReason;
import org.sluice.backend.vtd.layout.PagingEntry;
import org.sluice.backend.vtd.layout.RootEntry;
import org.sluice.backend.vtd.layout.ScalableContextEntry;
import org.sluice.backend.vtd.lookup.Finding.Unknown;
import org.sluice.kit.layout.ReservedBits;
import org.sluice.kit.layout.Structure;
import org.sluice.machine.PhysicalMemory;

/**
 * From source id and PASID to the tables that translate (section 3.4, "mapping devices to domains"). Reads memory each time, keeps
 * nothing: caches belong to the model. Never throws for bad structures. Thread-safe.
 */
public final class ConfigurationLookup {
    private final PhysicalMemory memory;
    private final UnitState unit;
    private final boolean ecapKnown;
    private final ReservedBits legacyRoot;
    private final ReservedBits scalableRoot;
    private final ReservedBits context;
    private final ReservedBits scalableContext;
    private final PasidRules pasidRules;

    public ConfigurationLookup(PhysicalMemory memory, UnitState unit) {
        this.memory = memory;
        this.unit = unit;
        ecapKnown = unit.knows(CapabilityRegisters.ECAP);
        int host = unit.hostBits();
        legacyRoot = ReservedBits.of(RootEntry.LEGACY).andAbove(host, RootEntry.CONTEXT_TABLE);
        scalableRoot = ReservedBits.of(RootEntry.SCALABLE).andAbove(host, RootEntry.CONTEXT_TABLE);
        ReservedBits entry = ReservedBits.of(ContextEntry.LAYOUT).andAbove(host, ContextEntry.SECOND_STAGE);
        context = unit.knows(CapabilityRegisters.CAP)
                ? entry.and(ContextEntry.DOMAIN.word(), ContextEntry.DOMAIN.put(-1L << domainBits(unit))) : entry;
        scalableContext = ReservedBits.of(ScalableContextEntry.LAYOUT).andAbove(host, ScalableContextEntry.DIRECTORY);
        pasidRules = new PasidRules(unit);
    }

    /** Domain ids beyond CAP.ND are reserved bits (CAP_REG, field ND). */
    static int domainBits(UnitState unit) {
        return 4 + 2 * (int) unit.cap(CapabilityRegisters.ND);
    }

    /** Whether the unit translates at all: null if it does, else what happens instead. */
    public Finding gate() {
        if (!unit.knows(ControlRegisters.GSTS)) {
            return new Unknown(null, ControlRegisters.GSTS.name(), List.of());
        }
        if (!unit.status(ControlRegisters.TRANSLATION_ON)) {
            return new Finding.PassThrough(TranslationRequest.NO_PASID, -1, Long.SIZE, false, true, true, List.of());
        }
        return null;
    }

    /**
     * What the tables say, whether or not translation is on.
     *
     * @param pasid of the request, or {@link TranslationRequest#NO_PASID}
     */
    public Finding find(int sourceId, int pasid) {
        if (!unit.knows(ControlRegisters.RTADDR)) {
            return new Unknown(null, ControlRegisters.RTADDR.name(), List.of());
        }
        Search search = new Search(memory);
        long mode = unit.get(ControlRegisters.RTADDR, ControlRegisters.TABLE_MODE);
        if (mode == ControlRegisters.LEGACY) {
            return pasid == TranslationRequest.NO_PASID ? legacy(search, sourceId)
                    : search.blocked(FaultReason.PASID_IN_LEGACY_MODE, "PASID " + pasid);
        }
        if (mode != ControlRegisters.SCALABLE && mode != ControlRegisters.ABORT) {
            return search.blocked(FaultReason.ROOT_ADDRESS_INVALID, "TTM=" + mode);
        }
        if (!unit.knows(CapabilityRegisters.ECAP)) {
            return search.unknown(CapabilityRegisters.ECAP);
        }
        if (!unit.ecap(mode == ControlRegisters.SCALABLE ? CapabilityRegisters.SMTS : CapabilityRegisters.ADMS)) {
            return search.blocked(FaultReason.ROOT_ADDRESS_INVALID, "TTM=" + mode);
        }
        return mode == ControlRegisters.ABORT ? search.blocked(null, "RTADDR selects abort-DMA mode") : scalable(search, sourceId, pasid);
    }

    private Finding legacy(Search s, int sourceId) {
        long rootAddress = rootTable() + (long) (sourceId >>> 8) * RootEntry.BYTES;
        if (!s.fetch(RootEntry.LEGACY, rootAddress, FaultReason.ROOT_ACCESS)
                || !s.require(RootEntry.PRESENT, FaultReason.ROOT_NOT_PRESENT)
                || !s.check(legacyRoot, FaultReason.ROOT_RESERVED)) {
            return s.stopped();
        }
        StructureLayout layout = ContextEntry.LAYOUT;
        long address = s.entry().getAddress(RootEntry.CONTEXT_TABLE) + (long) (sourceId & 0xff) * layout.bytes();
        if (!s.fetch(layout, address, FaultReason.CONTEXT_ACCESS)) {
            return s.stopped();
        }
        s.quietIf(ContextEntry.FAULT_DISABLE);
        if (!s.require(ContextEntry.PRESENT, FaultReason.CONTEXT_NOT_PRESENT) || !s.check(context, FaultReason.CONTEXT_RESERVED)) {
            return s.stopped();
        }
        return legacyContext(s);
    }

    /** Steps 3 and 4: type and width must be ones that the unit has. */
    private Finding legacyContext(Search s) {
        long type = s.entry().get(ContextEntry.TRANSLATION_TYPE);
        long aw = s.entry().get(ContextEntry.WIDTH);
        if (type > ContextEntry.PASS_THROUGH) {
            return s.blocked(FaultReason.CONTEXT_INVALID, "TT=" + type + " is reserved");
        }
        if (aw < 1 || aw > 3) {
            return s.blocked(FaultReason.CONTEXT_INVALID, "AW=" + aw + " is reserved");
        }
        if (type != ContextEntry.UNTRANSLATED) {
            if (!unit.knows(CapabilityRegisters.ECAP)) {
                return s.unknown(CapabilityRegisters.ECAP);
            }
            if (!unit.ecap(type == ContextEntry.PASS_THROUGH ? CapabilityRegisters.PT : CapabilityRegisters.DT)) {
                return s.blocked(FaultReason.CONTEXT_INVALID, "TT=" + type + " needs a capability that the unit does not have");
            }
        }
        if (!unit.knows(CapabilityRegisters.CAP)) {
            return s.unknown(CapabilityRegisters.CAP);
        }
        if (!unit.supportsWidth(aw)) {
            return s.blocked(FaultReason.CONTEXT_INVALID, "AW=" + aw + " is a width that the unit does not have (CAP.SAGAW)");
        }
        int domain = (int) s.entry().get(ContextEntry.DOMAIN);
        if (type == ContextEntry.PASS_THROUGH) {
            return new Finding.PassThrough(TranslationRequest.NO_PASID, domain, PasidRules.width(aw), false, true, s.quiet(), s.trail());
        }
        Finding.Table table = new Finding.Table(pasidRules.secondStage(aw, false, snoopDefined()),
                s.entry().getAddress(ContextEntry.SECOND_STAGE));
        return new Finding.Translated(TranslationRequest.NO_PASID, domain, null, table, false, true, false, s.quiet(), s.trail());
    }

    /** Legacy: only with ECAP.SC. If ECAP is not known the walk lets SNP pass and {@link #restsOnEcap} tells. */
    private boolean snoopDefined() {
        return !ecapKnown || unit.ecap(CapabilityRegisters.SC);
    }

    /** Whether the answer to a walk that ended at this second-stage entry needs ECAP, which is not known. */
    boolean restsOnEcap(long entry) {
        return !ecapKnown && PagingEntry.SS_SNOOP.get(entry) != 0;
    }

    private Finding scalable(Search s, int sourceId, int pasid) {
        long rootAddress = rootTable() + (long) (sourceId >>> 7) * RootEntry.SCALABLE.bytes();
        if (!s.fetch(RootEntry.SCALABLE, rootAddress, FaultReason.SM_ROOT_ACCESS)
                || !s.require(RootEntry.PRESENT, FaultReason.SM_ROOT_NOT_PRESENT)
                || !s.check(scalableRoot, FaultReason.SM_ROOT_RESERVED)) {
            return s.stopped();
        }
        StructureLayout layout = ScalableContextEntry.LAYOUT;
        long address = s.entry().getAddress(RootEntry.CONTEXT_TABLE) + (long) (sourceId & 0x7f) * layout.bytes();
        if (!s.fetch(layout, address, FaultReason.SM_CONTEXT_ACCESS)) {
            return s.stopped();
        }
        s.quietIf(ScalableContextEntry.FAULT_DISABLE);
        if (!s.require(ScalableContextEntry.PRESENT, FaultReason.SM_CONTEXT_NOT_PRESENT)
                || !s.check(scalableContext, FaultReason.SM_CONTEXT_RESERVED)) {
            return s.stopped();
        }
        return pasidRules.find(s, pasid);
    }

    /** What is wrong with a present root entry by itself, or null. */
    public String rootViolation(Structure entry) {
        ReservedBits bits = entry.layout() == RootEntry.SCALABLE ? scalableRoot : legacyRoot;
        return bits.violatedBy(entry) ? "reserved bits " + bits.text(entry) + " are set" : null;
    }

    /** The PASID of requests without one: RID_PASID, which only units with RPS look at. */
    public long requesterPasid(Structure scalableContext) {
        return PasidRules.requesterPasid(unit, scalableContext);
    }

    private long rootTable() {
        return unit.address(ControlRegisters.RTADDR, ControlRegisters.ROOT_TABLE);
    }
}
