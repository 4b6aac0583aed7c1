// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.driver;

import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.IntPredicate;

import org.sluice.api.Capabilities;
import org.sluice.api.Capabilities.Feature;
import org.sluice.api.FaultRecord;
import org.sluice.api.MessageRouting;
import org.sluice.api.TranslationRequest;
import org.sluice.backend.vtd.driver.Translation.Kind;
import org.sluice.backend.vtd.driver.VtdDomain.Use;
import org.sluice.backend.vtd.layout.CapabilityRegisters;
import org.sluice.backend.vtd.layout.ControlRegisters;
import org.sluice.backend.vtd.layout.EventRegisters;
import org.sluice.backend.vtd.layout.Vtd;
import org.sluice.backend.vtd.lookup.FaultDecoder;
import org.sluice.backend.vtd.lookup.UnitFirmware;
import org.sluice.backend.vtd.lookup.UnitState;
import org.sluice.kit.layout.Structure;
import org.sluice.kit.radix.PageAllocator;
import org.sluice.kit.radix.RadixEditor;
import org.sluice.kit.radix.RadixFormat;
import org.sluice.machine.AddressRange;
import org.sluice.machine.DeviceId;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;
import org.sluice.machine.MachineDescription.DeviceDescription;
import org.sluice.spi.DomainTable;
import org.sluice.spi.InterruptDriver;
import org.sluice.spi.NestingDriver;
import org.sluice.spi.UnitContext;
import org.sluice.spi.UnitDriver;

/**
 * Drives a unit: scalable or legacy structures, tables of either stage, invalidation through the queue, interrupt remapping. Domain 0
 * stays free (units with caching mode reserve it); pass-through uses the highest domain id. Callers serialise.
 */
public final class VtdDriver implements UnitDriver {
    private static final int RECORD_BYTES = 16;
    private static final String DEVICE_TLB = "ats";

    private final UnitContext unit;
    private final UnitPort port;
    private final UnitState state;
    private final UnitFirmware firmware;
    private final DriverMode mode;
    private final TableShape shape;
    private final TablePages pages;
    private final Contexts contexts;
    private final CommandQueue queue;
    private final InterruptTable interrupts;
    /** Null if the unit has no nested tables, or they are not of the stage that this driver's are. */
    private final VtdNesting nesting;
    private final Set<Integer> cachingDevices = new HashSet<>();
    /** Whether any device is to be told what it has to forget. */
    private final boolean tellsDevices;
    private final Map<Use, VtdDomain> attached = new HashMap<>();
    private int nextRecord;

    /** The driver in the mode that fits the unit best. */
    public VtdDriver(UnitContext unit, AddressRange tables) {
        this(unit, tables, null);
    }

    /** @param wanted mode, or null for the one that fits best; {@code UNSUPPORTED} if the unit cannot be driven so */
    public VtdDriver(UnitContext unit, AddressRange tables, DriverMode wanted) {
        this.unit = unit;
        port = new UnitPort(unit.registers(), unit.unit().name());
        firmware = UnitFirmware.of(unit.machine(), unit.unit());
        state = UnitState.read(unit.registers(), firmware.hostBits());
        if (!port.ecap(CapabilityRegisters.QI)) {
            throw new IommuException(Reason.UNSUPPORTED, "unit " + port.unit() + " has no invalidation queue (ECAP.QI=0)");
        }
        mode = wanted == null ? DriverMode.best(port) : wanted;
        if (!mode.isSupported(port)) {
            throw new IommuException(Reason.UNSUPPORTED, "unit " + port.unit() + " has no " + mode);
        }
        shape = new TableShape(port, state, mode);
        pages = new TablePages(new PageAllocator(unit.memory(), tables));
        queue = new CommandQueue(port, unit.memory(), mode.isScalable(), pages.page(), pages.page());
        IntPredicate caches = port.ecap(CapabilityRegisters.DT) ? cachingDevices::contains : sourceId -> false;
        unit.machine().devices().stream().filter(d -> d.device().isPci() && d.attributes().flag(DEVICE_TLB))
                .map(DeviceDescription::device).forEach(d -> cachingDevices.add(d.requesterId()));
        tellsDevices = !cachingDevices.isEmpty() && port.ecap(CapabilityRegisters.DT);
        contexts = mode.isScalable() ? new ScalableContexts(unit.memory(), pages, queue, port, caches)
                : new LegacyContexts(unit.memory(), pages, queue, port, caches);
        interrupts = port.ecap(CapabilityRegisters.IR) ? new InterruptTable(unit.memory(), pages, queue, port, firmware.segment()) : null;
        nesting = mode == DriverMode.SCALABLE_SECOND_STAGE && port.ecap(CapabilityRegisters.NEST)
                ? new VtdNesting(port, queue, caches, this::capabilities, this::createTable, this::attachStage) : null;
    }

    @Override
    public Optional<NestingDriver> nesting() {
        return Optional.ofNullable(nesting);
    }

    @Override
    public Capabilities capabilities() {
        Set<Feature> features = EnumSet.noneOf(Feature.class);
        if (nesting != null) {
            features.add(Feature.NESTING);
        }
        if (port.ecap(CapabilityRegisters.PT)) {
            features.add(Feature.PASS_THROUGH);
        }
        if (interrupts != null) {
            features.add(Feature.INTERRUPT_REMAPPING);
        }
        if (mode.isFirstStage() || tracksSecondStage()) {
            features.add(Feature.DIRTY_TRACKING);
        }
        return new Capabilities(shape.pageSizes(), new AddressRange(0, (1L << shape.widestInput()) - 1), state.hostBits(), shape.permissions(),
                mode.isScalable() ? ScalableContexts.pasidBits(port) : 0,
                new MessageRouting(MessageRouting.Route.WINDOW, Vtd.INTERRUPT_WINDOW, interrupts != null && interrupts.isIsolated()), features);
    }

    private boolean tracksSecondStage() {
        return mode == DriverMode.SCALABLE_SECOND_STAGE && port.ecap(CapabilityRegisters.SSADS);
    }

    /** Whatever the unit did before: its queue is emptied, and tables without an entry replace its own. */
    @Override
    public void start() {
        queue.start();
        port.write(ControlRegisters.RTADDR, contexts.rootPointer());
        port.command(ControlRegisters.ROOT_SET);
        queue.everything();
        port.command(ControlRegisters.TRANSLATION_ON);
        if (interrupts != null) {
            interrupts.start();
        }
    }

    /** A unit that does not translate lets requests pass: translation stays on, over tables without an entry; interrupts likewise. */
    @Override
    public void stop() {
        if (!queue.isRunning() || ControlRegisters.TRANSLATION_ON.get(port.read(ControlRegisters.GSTS)) == 0) {
            start();
        }
        contexts.clear();
        attached.values().forEach(domain -> domain.uses().clear());
        attached.clear();
        if (nesting != null) {
            nesting.clear();
        }
        if (interrupts != null) {
            interrupts.clear();
        }
        queue.stop();
    }

    @Override
    public DomainTable createTable(DomainSpec spec) {
        long domains = 1L << 4 + 2 * port.cap(CapabilityRegisters.ND);
        long most = domains - 2 - (nesting == null ? 0 : VtdNesting.reserved(port));
        if (spec.domain() <= 0 || spec.domain() > most) {
            throw new IommuException(Reason.LIMIT, "domain ids of unit " + port.unit() + " for tables are 1 to " + most);
        }
        RadixFormat format = shape.format(shape.levels(spec.inputBits()));
        long sizes = spec.pageSizes() & shape.pageSizes();
        if ((sizes & Vtd.PAGE_BYTES) == 0) {
            throw new IommuException(Reason.UNSUPPORTED, "tables of unit " + port.unit() + " need pages of 4 KiB");
        }
        RadixEditor editor = RadixEditor.create(unit.memory(), pages.allocator(), format, sizes);
        if (editor == null) {
            throw new IommuException(Reason.LIMIT, "no page is left for the root of a table");
        }
        return new VtdDomain(spec.domain(), unit.memory(), format, editor, mode.isFirstStage(), new VtdDomain.Tracker() {
            @Override
            public boolean canTrack() {
                return tracksSecondStage();
            }

            @Override
            public void track(Use use, boolean on) {
                contexts.setDirty(use.sourceId(), use.pasid(), on);
            }
        });
    }

    @Override
    public void attach(DeviceId device, int pasid, DomainTable table) {
        if (!(table instanceof VtdDomain domain)) {
            throw new IllegalArgumentException("not a table of this driver");
        }
        replace(new Use(sourceId(device), pasid), domain, domain.translation());
        dropUnused();
    }

    @Override
    public void attachPassThrough(DeviceId device) {
        int sourceId = sourceId(device);
        if (!port.ecap(CapabilityRegisters.PT)) {
            throw new IommuException(Reason.UNSUPPORTED, "unit " + port.unit() + " has no pass-through (ECAP.PT=0)");
        }
        int domain = (1 << 4 + 2 * (int) port.cap(CapabilityRegisters.ND)) - 1;
        replace(new Use(sourceId, TranslationRequest.NO_PASID), null, new Translation(Kind.PASS_THROUGH, domain, 0, shape.widest(), false));
        dropUnused();
    }

    private void replace(Use use, VtdDomain domain, Translation translation) {
        contexts.reserve(use.sourceId(), use.pasid());
        remove(use);
        contexts.set(use.sourceId(), use.pasid(), translation);
        if (domain != null) {
            attached.put(use, domain);
            domain.uses().add(use);
        }
    }

    private void attachStage(DeviceId device, int pasid, VtdDomain parent, VtdNesting.Stage stage) {
        Use use = new Use(sourceId(device), pasid);
        replace(use, parent, stage.translation());
        stage.uses().add(use);
    }

    @Override
    public void detach(DeviceId device, int pasid) {
        remove(new Use(sourceId(device), pasid));
        dropUnused();
    }

    private void dropUnused() {
        if (nesting != null) {
            nesting.dropUnused();
        }
    }

    private void remove(Use use) {
        contexts.remove(use.sourceId(), use.pasid());
        VtdDomain domain = attached.remove(use);
        if (domain != null) {
            domain.uses().remove(use);
        }
        if (nesting != null) {
            nesting.left(use);
        }
    }

    private int sourceId(DeviceId device) {
        if (!device.isPci() || device.segment() != firmware.segment()) {
            throw new IommuException(Reason.UNKNOWN_DEVICE, device + " is not a PCI function of segment " + firmware.segment());
        }
        return device.requesterId();
    }

    /** First-stage translations are named with the PASID under which they are used, and so is what devices have cached. */
    @Override
    public void invalidate(DomainTable table, long iova, long last) {
        ask((VtdDomain) table, iova, last);
        queue.complete();
    }

    @Override
    public void invalidateAll(DomainTable table, long[] ranges, int count) {
        for (int i = 0; i < count; i++) {
            ask((VtdDomain) table, ranges[2 * i], ranges[2 * i + 1]);
        }
        queue.complete();
    }

    private void ask(VtdDomain domain, long iova, long last) {
        if (!domain.isFirstStage()) {
            queue.pages(domain.domain(), iova, last);
        }
        if (nesting != null) {
            nesting.forget(domain);
        }
        if (domain.isFirstStage()) {
            for (Use use : domain.uses()) {
                queue.pages(domain.domain(), Math.max(use.pasid(), 0), iova, last);
            }
        }
        if (tellsDevices) {
            for (Use use : domain.uses()) {
                if (cachingDevices.contains(use.sourceId())) {
                    queue.device(use.sourceId(), use.pasid(), iova, last);
                }
            }
        }
    }

    @Override
    public long memoryInUse() {
        return pages.allocator().inUse();
    }

    @Override
    public Optional<InterruptDriver> interrupts() {
        return Optional.ofNullable(interrupts);
    }

    /** Records are used in turn, so the oldest is the first that is valid from where the last drain ended. */
    @Override
    public void drainFaults(Consumer<FaultRecord> out) {
        int count = (int) port.cap(CapabilityRegisters.NFR) + 1;
        int base = (int) port.cap(CapabilityRegisters.FRO) * RECORD_BYTES;
        for (int i = 0; i < count; i++) {
            int at = base + nextRecord * RECORD_BYTES;
            Structure record = Structure.of(EventRegisters.FAULT_RECORD, at, port.raw().read64(at), port.raw().read64(at + Long.BYTES));
            if (!record.is(EventRegisters.FAULT_VALID)) {
                break;
            }
            out.accept(FaultDecoder.decode(port.unit(), nextRecord, record, id -> DeviceId.pci(firmware.segment(), id >>> 8, id & 0xff)));
            port.raw().write32(at + RECORD_BYTES - Integer.BYTES, (int) (EventRegisters.FAULT_VALID.put(1) >>> Integer.SIZE));
            nextRecord = (nextRecord + 1) % count;
        }
        if (EventRegisters.OVERFLOW.get(port.read(EventRegisters.FSTS)) != 0) {
            port.write(EventRegisters.FSTS, EventRegisters.OVERFLOW.put(1));
        }
    }
}
