// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.driver;

import java.util.EnumSet;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

import org.sluice.api.Capabilities;
import org.sluice.api.Capabilities.Feature;
import org.sluice.api.FaultRecord;
import org.sluice.api.MessageRouting;
import org.sluice.api.Permissions;
import org.sluice.api.TranslationRequest;
import org.sluice.backend.smmuv3.layout.ControlRegisters;
import org.sluice.backend.smmuv3.layout.StreamEntry;
import org.sluice.backend.smmuv3.lookup.Streams;
import org.sluice.backend.smmuv3.lookup.UnitState;
import org.sluice.kit.radix.PageAllocator;
import org.sluice.machine.AddressRange;
import org.sluice.machine.DeviceId;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;
import org.sluice.machine.PhysicalMemory;
import org.sluice.spi.DomainTable;
import org.sluice.spi.NestingDriver;
import org.sluice.spi.UnitContext;
import org.sluice.spi.UnitDriver;

/**
 * Drives a unit: stream table, one table a domain (of stage 1 where there is one), context descriptors by SubstreamID, invalidation by
 * commands. Domain ids are ASIDs or VMIDs. Write order follows sections 3.21.3 and 4.8: what is new is written before what points to it;
 * what is old is freed after the unit has forgotten it.
 */
public final class Smmuv3Driver implements UnitDriver {
    /** Where users put doorbells unless told otherwise: what Linux reserves for the purpose. */
    private static final AddressRange DOORBELLS = new AddressRange(0x0800_0000L, 0x080f_ffffL);
    private static final int FORCED_STALLS = 2;
    private static final int NARROW_IDS = 8;
    private static final int WIDE_IDS = 16;
    private static final long WRITE_BACK = 1;
    private static final long INNER = 3;
    private static final long INCOMING = 1;

    private final PhysicalMemory memory;
    private final UnitPort port;
    private final UnitState unit;
    private final Streams ids;
    private final PageAllocator pages;
    private final StreamTables table;
    private final CommandWriter commands;
    private final EventReader events;
    private final Map<Long, Stream> streams = new HashMap<>();
    private boolean started;

    /** What a stream uses. */
    private static final class Stream {
        final long id;
        /** Its table; under a stage 1 of a user the parent. */
        Smmuv3Domain main;
        UserStage user;
        boolean passes;
        Substreams substreams;
        final Map<Integer, Smmuv3Domain> domains = new HashMap<>();

        Stream(long id) {
            this.id = id;
        }
    }

    public Smmuv3Driver(UnitContext context, AddressRange tables) {
        memory = context.memory();
        port = new UnitPort(context.registers(), context.unit().name());
        unit = port.identity();
        ids = Streams.of(context);
        if (!unit.aarch64Tables() || !unit.stage1() && !unit.stage2() || unit.stallModel() == FORCED_STALLS || !unit.byteOrder(false)) {
            throw new IommuException(Reason.UNSUPPORTED, "unit " + port.unit() + " has no little-endian VMSAv8-64 tables or stalls every fault (IDR0)");
        }
        pages = new PageAllocator(memory, tables);
        table = new StreamTables(memory, pages, unit);
        commands = new CommandWriter(port, memory, StreamTables.allocate(pages, CommandWriter.PAGE_SHIFT));
        events = new EventReader(port, memory, StreamTables.allocate(pages, EventReader.PAGE_SHIFT), ids);
    }

    @Override
    public Capabilities capabilities() {
        return capabilities(TableShape.of(unit, TableShape.inputBits(unit)));
    }

    private Capabilities capabilities(TableShape shape) {
        Set<Feature> features = EnumSet.of(Feature.PASS_THROUGH);
        if (nests()) {
            features.add(Feature.NESTING);
        }
        if (shape.marksDirty()) {
            features.add(Feature.DIRTY_TRACKING);
        }
        Set<Integer> permissions = shape.first()
                ? Set.of(Permissions.READ, Permissions.READ_WRITE, Permissions.READ | Permissions.EXECUTE, Permissions.ALL)
                : Set.of(Permissions.READ, Permissions.WRITE, Permissions.READ_WRITE, Permissions.READ | Permissions.EXECUTE,
                        Permissions.WRITE | Permissions.EXECUTE, Permissions.ALL);
        return new Capabilities(shape.pageSizes(), new AddressRange(0, (1L << shape.shape().inputBits()) - 1), TableShape.outputBits(unit), permissions,
                shape.first() ? Substreams.bits(unit) : 0, new MessageRouting(MessageRouting.Route.TRANSLATED, DOORBELLS, false), features);
    }

    /** Section 6.3.9 and what Linux does: whatever the unit did before, it starts with nothing cached and every stream aborted. */
    @Override
    public void start() {
        port.abortWhileOff();
        port.enables(0);
        port.acknowledgeErrors();
        port.write(ControlRegisters.CR1, attributes());
        port.write(ControlRegisters.CR2, ControlRegisters.RECORD_BAD_STREAM.put(1) | ControlRegisters.PRIVATE_MAINTENANCE.put(1));
        port.write(ControlRegisters.STRTAB_BASE, table.base());
        port.write(ControlRegisters.STRTAB_BASE_CFG, table.form());
        commands.start();
        commands.everything();
        events.start();
        port.write(ControlRegisters.IRQ_CTRL, 0);
        port.switchOn(ControlRegisters.SMMU_ENABLE);
        started = true;
    }

    /** Structures and queues are written as normal memory, write-back, inner shareable. */
    private static long attributes() {
        return ControlRegisters.QUEUE_INNER.put(WRITE_BACK) | ControlRegisters.QUEUE_OUTER.put(WRITE_BACK) | ControlRegisters.QUEUE_SHARE.put(INNER)
                | ControlRegisters.TABLE_INNER.put(WRITE_BACK) | ControlRegisters.TABLE_OUTER.put(WRITE_BACK) | ControlRegisters.TABLE_SHARE.put(INNER);
    }

    @Override
    public void stop() {
        if (!started) {
            // Its command queue is somebody else's, and what it has cached too.
            start();
        }
        port.abortWhileOff();
        table.clear(commands::everything);
        streams.values().stream().filter(s -> s.substreams != null).forEach(s -> s.substreams.release());
        streams.clear();
        port.enables(0);
        started = false;
    }

    private boolean nests() {
        return unit.stage1() && unit.stage2();
    }

    @Override
    public Optional<NestingDriver> nesting() {
        return nests() ? Optional.of(new Smmuv3Nesting(unit, ids, commands,
                capabilities(TableShape.parent(unit, TableShape.parentBits(unit))), this::createParent, this::attachUser)) : Optional.empty();
    }

    @Override
    public DomainTable createTable(DomainSpec spec) {
        check(spec, unit.stage1() ? unit.wideAsids() : unit.wideVmids(), TableShape.inputBits(unit));
        return create(spec, TableShape.of(unit, spec.inputBits()));
    }

    private DomainTable createParent(DomainSpec spec) {
        check(spec, unit.wideVmids(), TableShape.parentBits(unit));
        return create(spec, TableShape.parent(unit, spec.inputBits()));
    }

    private void check(DomainSpec spec, boolean wide, int bits) {
        int most = (1 << (wide ? WIDE_IDS : NARROW_IDS)) - 1;
        if (spec.domain() <= 0 || spec.domain() > most) {
            throw new IommuException(Reason.LIMIT, "domain ids of unit " + port.unit() + " for tables are 1 to " + most);
        }
        if (spec.inputBits() > bits) {
            throw new IommuException(Reason.UNSUPPORTED, "unit " + port.unit() + " has no tables of " + spec.inputBits() + " bits");
        }
    }

    private DomainTable create(DomainSpec spec, TableShape shape) {
        long sizes = spec.pageSizes() & shape.pageSizes();
        if ((sizes & 1L << shape.shape().granule()) == 0) {
            throw new IommuException(Reason.UNSUPPORTED, "tables of unit " + port.unit() + " need pages of " + (1 << shape.shape().granule()) + " bytes");
        }
        return Smmuv3Domain.create(spec.domain(), memory, pages, shape, sizes);
    }

    @Override
    public void attach(DeviceId device, int pasid, DomainTable domainTable) {
        Smmuv3Domain domain = own(domainTable);
        Stream stream = stream(device, pasid);
        if (pasid != TranslationRequest.NO_PASID) {
            attachSubstream(stream, pasid, domain);
            return;
        }
        checkStages(stream, domain);
        Smmuv3Domain old = stream.main;
        if (stream.substreams != null && old != domain) {
            setContext(stream, 0, old, domain);
        }
        boolean nested = stream.user != null;
        stream.main = domain;
        stream.user = null;
        stream.passes = false;
        apply(stream);
        forget(old, domain);
        if (nested && old == domain) {
            commands.guest(old.domain());
        }
    }

    /** Tables of a PASID are stage 1 of the whole stream. */
    private void checkStages(Stream stream, Smmuv3Domain domain) {
        if (stream.substreams != null && !domain.first()) {
            throw new IommuException(Reason.UNSUPPORTED, "unit " + port.unit() + ": a stream with tables for PASIDs has no table of stage 2 beside them");
        }
    }

    /** A stage 1 of a user, over a parent. Between two of them the stream is blocked: they may give one ASID different tables. */
    private void attachUser(DeviceId device, int pasid, Smmuv3Domain parent, UserStage stage) {
        if (pasid != TranslationRequest.NO_PASID) {
            throw new IommuException(Reason.UNSUPPORTED, "unit " + port.unit() + ": a user's stage 1 is that of a whole stream, with all its PASIDs");
        }
        Stream stream = stream(device, pasid);
        checkStages(stream, parent);
        Smmuv3Domain old = stream.main;
        if (stream.user != null) {
            table.write(stream.id, StreamTables.aborting(), () -> commands.stream(stream.id));
            commands.guest(old.domain());
        }
        stream.main = parent;
        stream.user = stage;
        stream.passes = false;
        apply(stream);
        forget(old, parent);
    }

    @Override
    public void attachPassThrough(DeviceId device) {
        Stream stream = stream(device, TranslationRequest.NO_PASID);
        Smmuv3Domain old = stream.main;
        stream.main = null;
        stream.user = null;
        stream.passes = true;
        leave(stream, old);
    }

    @Override
    public void detach(DeviceId device, int pasid) {
        Stream stream = stream(device, pasid);
        if (pasid != TranslationRequest.NO_PASID) {
            detachSubstream(stream, pasid);
            return;
        }
        Smmuv3Domain old = stream.main;
        stream.main = null;
        stream.user = null;
        stream.passes = false;
        leave(stream, old);
    }

    /** The stream has no table without SubstreamID any more. */
    private void leave(Stream stream, Smmuv3Domain old) {
        apply(stream);
        if (stream.substreams != null && old != null) {
            stream.substreams.clear(0);
            commands.context(stream.id, 0);
        }
        forget(old, null);
    }

    private void attachSubstream(Stream stream, int pasid, Smmuv3Domain domain) {
        if (!domain.first() || stream.main != null && !stream.main.first()) {
            throw new IommuException(Reason.UNSUPPORTED, "unit " + port.unit() + ": a parent translates whole streams, and has no PASIDs beside it");
        }
        boolean fresh = stream.substreams == null;
        Substreams substreams = fresh ? new Substreams(memory, pages, unit) : stream.substreams;
        try {
            substreams.reserve(0);
            substreams.reserve(pasid);
        } catch (IommuException e) {
            if (fresh) {
                substreams.release();
            }
            throw e;
        }
        stream.substreams = substreams;
        if (fresh && stream.main != null) {
            substreams.set(0, stream.main.contextWords());
        }
        Smmuv3Domain old = stream.domains.get(pasid);
        if (old != domain) {
            setContext(stream, pasid, old, domain);
            stream.domains.put(pasid, domain);
            apply(stream);
            forget(old, domain);
        }
    }

    private void detachSubstream(Stream stream, int pasid) {
        Smmuv3Domain old = stream.domains.remove(pasid);
        if (old == null) {
            return;
        }
        stream.substreams.clear(pasid);
        commands.context(stream.id, pasid);
        if (stream.domains.isEmpty()) {
            Substreams unused = stream.substreams;
            stream.substreams = null;
            apply(stream);
            unused.release();
        }
        forget(old, null);
    }

    /** Break before make: the words of a descriptor cannot change together. */
    private void setContext(Stream stream, int substream, Smmuv3Domain old, Smmuv3Domain domain) {
        if (old != null) {
            stream.substreams.clear(substream);
            commands.context(stream.id, substream);
            forget(old, domain);
        }
        stream.substreams.set(substream, domain.contextWords());
        commands.context(stream.id, substream);
    }

    private void forget(Smmuv3Domain old, Smmuv3Domain now) {
        if (old != null && old != now) {
            commands.space(old.first(), old.domain());
        }
    }

    private void apply(Stream stream) {
        table.write(stream.id, entry(stream), () -> commands.stream(stream.id));
    }

    /** The stream table entry. Words but the first are alike wherever they can be, so that a change is a single write. */
    private long[] entry(Stream stream) {
        long[] words = StreamTables.aborting();
        long selection = stream.substreams == null || stream.main != null ? StreamEntry.DSS_SUBSTREAM_0
                : stream.passes ? StreamEntry.DSS_BYPASS : StreamEntry.DSS_TERMINATE;
        words[1] = StreamEntry.S1_INNER.put(WRITE_BACK) | StreamEntry.S1_OUTER.put(WRITE_BACK) | StreamEntry.S1_SHARE.put(INNER)
                | StreamEntry.SHARE.put(INCOMING) | StreamEntry.DSS.put(selection);
        if (stream.user != null) {
            stream.user.put(words, stream.main);
        } else if (stream.substreams != null) {
            words[0] |= StreamEntry.CONFIG.put(StreamEntry.STAGE_1) | stream.substreams.pointer();
        } else if (stream.main != null && stream.main.first()) {
            words[0] |= StreamEntry.CONFIG.put(StreamEntry.STAGE_1) | StreamEntry.CONTEXT_POINTER.address(stream.main.context());
        } else if (stream.main != null) {
            words[0] |= StreamEntry.CONFIG.put(StreamEntry.STAGE_2);
            System.arraycopy(stream.main.secondWords(), 0, words, 2, 2);
        } else if (stream.passes) {
            words[0] |= StreamEntry.CONFIG.put(StreamEntry.BYPASS);
        }
        return words;
    }

    private Stream stream(DeviceId device, int pasid) {
        long id = ids.streamId(device);
        if (id < 0) {
            throw new IommuException(Reason.UNKNOWN_DEVICE, "the StreamID of " + device + " at unit " + port.unit() + " is not known");
        }
        int bits = unit.stage1() ? Substreams.bits(unit) : 0;
        if (pasid != TranslationRequest.NO_PASID && (bits == 0 || pasid <= 0 || pasid >>> bits != 0)) {
            throw new IommuException(bits == 0 ? Reason.UNSUPPORTED : Reason.LIMIT, "PASID " + pasid + ": unit " + port.unit()
                    + (bits == 0 ? " has no SubstreamIDs (IDR1.SSIDSIZE)" : " is driven with SubstreamIDs 1 to " + ((1 << bits) - 1)));
        }
        table.reserve(id);
        return streams.computeIfAbsent(id, Stream::new);
    }

    @Override
    public void invalidate(DomainTable domainTable, long iova, long last) {
        Smmuv3Domain domain = own(domainTable);
        commands.addresses(domain.first(), domain.domain(), domain.granule(), iova, last);
        forgetNested(domain);
    }

    @Override
    public void invalidateAll(DomainTable domainTable, long[] ranges, int count) {
        Smmuv3Domain domain = own(domainTable);
        commands.addresses(domain.first(), domain.domain(), domain.granule(), ranges, count);
        forgetNested(domain);
    }

    private static Smmuv3Domain own(DomainTable table) {
        if (!(table instanceof Smmuv3Domain domain)) {
            throw new IllegalArgumentException("not a table of this driver");
        }
        return domain;
    }

    /** Translations of both stages are known by the addresses of the first, which the driver of the second does not know (section 4.4). */
    private void forgetNested(Smmuv3Domain domain) {
        if (!domain.first() && unit.stage1()) {
            commands.guest(domain.domain());
        }
    }

    @Override
    public long memoryInUse() {
        return pages.inUse();
    }

    @Override
    public void drainFaults(Consumer<FaultRecord> out) {
        events.drain(out);
    }
}
