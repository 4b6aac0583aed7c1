// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.lookup;

import java.util.List;

import org.sluice.api.TranslationRequest;
import org.sluice.backend.smmuv3.layout.ContextDescriptor;
import org.sluice.backend.smmuv3.layout.ControlRegisters;
import org.sluice.backend.smmuv3.layout.SmmuEvent;
import org.sluice.backend.smmuv3.layout.SmmuFormats;
import org.sluice.backend.smmuv3.layout.SmmuFormats.Guard;
import org.sluice.backend.smmuv3.layout.SmmuFormats.Regime;
import org.sluice.backend.smmuv3.layout.SmmuFormats.Rules;
import org.sluice.backend.smmuv3.layout.SmmuFormats.Shape;
import org.sluice.backend.smmuv3.layout.StreamEntry;
import org.sluice.backend.smmuv3.lookup.ContextRules.HalfFields;
import org.sluice.backend.smmuv3.lookup.Finding.Blocked;
import org.sluice.backend.smmuv3.lookup.Finding.Half;
import org.sluice.backend.smmuv3.lookup.Finding.PassThrough;
import org.sluice.backend.smmuv3.lookup.Finding.Place;
import org.sluice.backend.smmuv3.lookup.Finding.Stage1;
import org.sluice.backend.smmuv3.lookup.Finding.Stage2;
import org.sluice.backend.smmuv3.lookup.Finding.Stream;
import org.sluice.backend.smmuv3.lookup.Finding.Terms;
import org.sluice.backend.smmuv3.lookup.Finding.Translated;
import org.sluice.backend.smmuv3.lookup.Finding.Unknown;
import org.sluice.kit.layout.Structure;
import org.sluice.kit.radix.RadixFormat;
import org.sluice.kit.register.Register;
import org.sluice.machine.PhysicalMemory;

/**
 * From StreamID and SubstreamID to the tables that translate (section 3.3). Reads memory each time and keeps only formats: caches
 * belong to the model. Never throws for bad structures. Thread-safe.
 */
public final class ConfigurationLookup {
    private static final int PRIVILEGED = 3;
    private static final int UNPRIVILEGED = 2;
    /** Tables with 52-bit addresses are aligned to this at least. */
    private static final long WIDE_ALIGNMENT = 64;

    private final PhysicalMemory memory;
    private final UnitState unit;
    private final StreamRules streams;
    private final ContextRules contexts;
    private final FormatCache formats = new FormatCache();

    public ConfigurationLookup(PhysicalMemory memory, UnitState unit) {
        this.memory = memory;
        this.unit = unit;
        this.streams = new StreamRules(unit);
        this.contexts = new ContextRules(unit);
    }

    public UnitState unit() {
        return unit;
    }

    /** Whether the unit translates at all: null if it does, else what happens instead (section 3.11, SMMUEN = 0). */
    public Finding gate() {
        Register enables = unit.enables();
        if (enables == null) {
            return new Unknown(null, ControlRegisters.CR0.name(), List.of());
        }
        if (unit.get(enables, ControlRegisters.SMMU_ENABLE) != 0) {
            return null;
        }
        if (!unit.knows(ControlRegisters.GBPA)) {
            return new Unknown(null, ControlRegisters.GBPA.name(), List.of());
        }
        return unit.get(ControlRegisters.GBPA, ControlRegisters.BYPASS_ABORT) != 0
                ? new Blocked(SmmuEvent.ABORT, false, Place.NOWHERE, 0, "translation is off and GBPA.ABORT=1", List.of())
                : new PassThrough(unit.outputBits(), true, "translation is off", List.of());
    }

    /** The stream table, or null if a register that describes it is not known. */
    public StreamTable table() {
        return missingRegister() == null ? StreamTable.of(unit) : null;
    }

    /** The register without which there is no stream table, or null. */
    public Register missingRegister() {
        return !unit.knows(ControlRegisters.STRTAB_BASE_CFG) ? ControlRegisters.STRTAB_BASE_CFG
                : !unit.knows(ControlRegisters.STRTAB_BASE) ? ControlRegisters.STRTAB_BASE : null;
    }

    /**
     * What the tables say, whether or not translation is on.
     *
     * @param substream SubstreamID of the transaction, or {@link TranslationRequest#NO_PASID}
     */
    public Finding find(long streamId, int substream) {
        Register missing = missingRegister();
        if (missing != null) {
            return new Unknown(null, missing.name(), List.of());
        }
        return find(stream(streamId), substream);
    }

    /**
     * A stream's table entry as it was read.
     *
     * @param stopped why there is none, or null
     * @param trail structures read, the entry last
     */
    public record StreamFinding(Finding stopped, List<Structure> trail) {
        /** The entry; there must be one. */
        public Structure entry() {
            return trail.get(trail.size() - 1);
        }

        /** Whether the entry is valid and breaks no rule. */
        public boolean legal(ConfigurationLookup lookup) {
            return stopped == null && entry().is(StreamEntry.VALID) && lookup.streams.broken(entry()) == null;
        }
    }

    /** Reads the entry of a stream; the registers that describe the table must be known. */
    public StreamFinding stream(long streamId) {
        Search s = new Search(memory);
        // What is not recorded is refused all the same; an unknown CR2 leaves open only whether there is a record.
        boolean records = unit.get(ControlRegisters.CR2, ControlRegisters.RECORD_BAD_STREAM) != 0;
        boolean found = StreamTable.of(unit).fetch(s, streamId, records);
        return new StreamFinding(found ? null : s.stopped(), s.trail());
    }

    /** What an entry that was read earlier says of a SubstreamID. */
    public Finding find(StreamFinding stream, int substream) {
        return stream.stopped() != null ? stream.stopped() : entry(new Search(memory, stream.trail()), substream);
    }

    /**
     * SubstreamIDs of a stream.
     *
     * @param count how many there can be; 0 if the stream has none
     * @param block how many share a level-1 context descriptor; 1 without one
     */
    public record Substreams(int count, int block) {
        static final Substreams NONE = new Substreams(0, 1);
    }

    /** How far the SubstreamIDs of a stream reach, as far as its entry can be read. */
    public Substreams substreams(long streamId) {
        Search s = new Search(memory);
        StreamTable table = table();
        if (table == null || !table.fetch(s, streamId, false)) {
            return Substreams.NONE;
        }
        Structure ste = s.entry();
        boolean legal = ste.is(StreamEntry.VALID) && StreamRules.stage1(ste) && streams.broken(ste) == null;
        long log2 = legal && unit.substreamBits() > 0 ? ste.get(StreamEntry.CD_MAX) : 0;
        return log2 == 0 ? Substreams.NONE : new Substreams(1 << log2, 1 << ContextTable.split(ste, log2));
    }

    private Finding entry(Search s, int substream) {
        Structure ste = s.entry();
        if (!ste.is(StreamEntry.VALID)) {
            return s.blocked(SmmuEvent.C_BAD_STE, "V=0");
        }
        if (!StreamRules.enabled(ste)) {
            return new Blocked(SmmuEvent.ABORT, false, Place.NOWHERE, ste.address(), "Config=" + ste.get(StreamEntry.CONFIG), s.trail());
        }
        if (!s.check(streams.broken(ste), SmmuEvent.C_BAD_STE)) {
            return s.stopped();
        }
        boolean stage1 = StreamRules.stage1(ste);
        boolean stage2 = StreamRules.stage2(ste);
        if (stage1 && !stage2 && world(ste) == StreamEntry.WORLD_EL2 && !unit.knows(ControlRegisters.CR2)) {
            return s.unknown(ControlRegisters.CR2);
        }
        long substreams = stage1 && unit.substreamBits() > 0 ? ste.get(StreamEntry.CD_MAX) : 0;
        long selection = ste.get(StreamEntry.DSS);
        if (substream >= 0 && (substreams == 0 || substream >= 1L << substreams)) {
            return s.blocked(SmmuEvent.C_BAD_SUBSTREAMID, stage1 ? "S1CDMax=" + ste.get(StreamEntry.CD_MAX) : "there is no stage 1");
        }
        if (substream == 0 && selection == StreamEntry.DSS_SUBSTREAM_0 || substream < 0 && substreams > 0
                && selection != StreamEntry.DSS_BYPASS && selection != StreamEntry.DSS_SUBSTREAM_0) {
            return s.blocked(SmmuEvent.F_STREAM_DISABLED, "S1DSS=" + selection);
        }
        boolean bypassed = substream < 0 && substreams > 0 && selection == StreamEntry.DSS_BYPASS;
        if (stage2 && !ste.is(StreamEntry.S2_AARCH64)) {
            return s.unsupported("AArch32 stage-2 tables, which are not modelled");
        }
        Stage2 second = stage2 ? stage2(ste) : null;
        if (stage1 && !bypassed) {
            return stage1(s, ste, second, Math.max(0, substream), substreams);
        }
        return second == null ? new PassThrough(unit.outputBits(), false, bypassed ? "S1DSS=1" : "Config=4", s.trail())
                : new Translated(null, second, unit.outputBits(), stream(ste), s.trail());
    }

    private Stream stream(Structure ste) {
        return new Stream(unit.stage2() ? (int) ste.get(StreamEntry.VMID) : 0, privilege(ste) == Regime.PRIVILEGED, (int) instruction(ste));
    }

    private long world(Structure ste) {
        return unit.el2Worlds() && !StreamRules.stage2(ste) ? ste.get(StreamEntry.WORLD) : StreamEntry.WORLD_EL1;
    }

    private long instruction(Structure ste) {
        return unit.overridesPermissions() ? ste.get(StreamEntry.INSTRUCTION) : 0;
    }

    private Regime privilege(Structure ste) {
        long field = unit.overridesPermissions() ? ste.get(StreamEntry.PRIVILEGE) : UNPRIVILEGED;
        return field == PRIVILEGED ? Regime.PRIVILEGED : Regime.UNPRIVILEGED;
    }

    private Stage2 stage2(Structure ste) {
        int granule = StreamRules.granule(ste);
        int width = Long.SIZE - (int) ste.get(StreamEntry.S2_T0SZ);
        boolean wide = streams.wideFormat(ste);
        boolean accessFlag = !ste.is(StreamEntry.S2_AF_DISABLE) && !ste.is(StreamEntry.S2_HARDWARE_ACCESS);
        Shape shape = new Shape(2, granule, width, streams.startLevel(ste), streams.outputBits(ste), wide, unit.marksBlocks(),
                ste.is(StreamEntry.S2_BIG_ENDIAN));
        Rules rules = new Rules(privilege(ste), accessFlag,
                StreamRules.updates(ste, StreamEntry.S2_HARDWARE_ACCESS, StreamEntry.S2_HARDWARE_DIRTY), false, false, false, unit.executeByPrivilege(),
                Guard.NONE);
        boolean forced = ste.is(StreamEntry.S2_FORCE_WRITE_BACK) && unit.forcesWriteBack();
        RadixFormat format = formats.get(shape, rules);
        RadixFormat walks = StreamRules.stage1(ste) && ste.is(StreamEntry.S2_PROTECT_WALK) ? formats.get(shape, rules.guarded(forced)) : format;
        return new Stage2(format, walks, root(format, ste.getAddress(StreamEntry.S2_TABLE), wide), width, (int) ste.get(StreamEntry.VMID),
                accessFlag, new Terms(ste.is(StreamEntry.S2_RECORD), ste.is(StreamEntry.S2_STALL), ste.is(StreamEntry.S2_HARDWARE_ACCESS),
                        rules.managesDirty(), ste.is(StreamEntry.S2_BIG_ENDIAN)), forced);
    }

    /** Address bits below the size of the first table, or of all of them where they are concatenated, are taken as 0. */
    private static long root(RadixFormat format, long pointer, boolean wide) {
        long bytes = format.tableBytes(format.levels() - 1);
        return pointer & -Math.max(bytes, wide ? WIDE_ALIGNMENT : 1);
    }

    private Finding stage1(Search s, Structure ste, Stage2 second, int substream, long substreams) {
        if (!new ContextTable(memory, ste, second, substreams).fetch(s, substream, unit.outputBits())) {
            return s.stopped();
        }
        Structure cd = s.entry();
        boolean el2 = world(ste) == StreamEntry.WORLD_EL2;
        boolean host = el2 && unit.get(ControlRegisters.CR2, ControlRegisters.EL2_HOST) != 0;
        boolean twoHalves = !el2 || host;
        if (!s.check(contexts.broken(ste, cd, host, twoHalves), SmmuEvent.C_BAD_CD)) {
            return s.stopped();
        }
        if (!cd.is(ContextDescriptor.AARCH64)) {
            return s.unsupported("AArch32 stage-1 tables, which are not modelled");
        }
        Regime regime = twoHalves ? privilege(ste) : Regime.SINGLE;
        Half lower = half(cd, HalfFields.lower(cd), regime);
        Half upper = twoHalves ? half(cd, HalfFields.upper(cd), regime) : null;
        Stage1 first = new Stage1(lower, upper, (int) world(ste), (int) cd.get(ContextDescriptor.ASID),
                new Terms(cd.is(ContextDescriptor.RECORD), cd.is(ContextDescriptor.STALL), cd.is(ContextDescriptor.HARDWARE_ACCESS),
                        StreamRules.updates(cd, ContextDescriptor.HARDWARE_ACCESS, ContextDescriptor.HARDWARE_DIRTY),
                        cd.is(ContextDescriptor.BIG_ENDIAN)),
                cd.get(ContextDescriptor.MAIR));
        return new Translated(first, second, Long.SIZE, stream(ste), s.trail());
    }

    private Half half(Structure cd, HalfFields fields, Regime regime) {
        boolean accessFlag = !cd.is(ContextDescriptor.AF_DISABLE) && !cd.is(ContextDescriptor.HARDWARE_ACCESS);
        if (fields.off()) {
            return new Half(null, 0, 0, fields.topByteIgnored(), accessFlag);
        }
        int granule = fields.granule();
        boolean wide = contexts.wideFormat(cd, granule);
        Shape shape = new Shape(1, granule, fields.inputBits(), SmmuFormats.startLevel(granule, fields.inputBits()),
                contexts.outputBits(cd, granule), wide, unit.marksBlocks(), cd.is(ContextDescriptor.BIG_ENDIAN));
        boolean hierarchical = !(fields.flatPermissions() && unit.ignoresTableAttributes());
        Rules rules = new Rules(regime, accessFlag,
                StreamRules.updates(cd, ContextDescriptor.HARDWARE_ACCESS, ContextDescriptor.HARDWARE_DIRTY), hierarchical,
                cd.is(ContextDescriptor.WXN), regime == Regime.PRIVILEGED && cd.is(ContextDescriptor.PAN), false, Guard.NONE);
        RadixFormat format = formats.get(shape, rules);
        return new Half(format, root(format, fields.root(), wide), fields.inputBits(), fields.topByteIgnored(), accessFlag);
    }
}
