// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.driver;

import java.util.EnumSet;
import java.util.Set;
import java.util.function.Consumer;

import org.sluice.api.Capabilities;
import org.sluice.api.FaultRecord;
import org.sluice.api.MessageRouting;
import org.sluice.api.Permissions;
import org.sluice.api.TranslationRequest;
import org.sluice.backend.vtd.layout.CapabilityRegisters;
import org.sluice.backend.vtd.layout.ContextEntry;
import org.sluice.backend.vtd.layout.ControlRegisters;
import org.sluice.backend.vtd.layout.Vtd;
import org.sluice.backend.vtd.layout.EventRegisters;
import org.sluice.backend.vtd.layout.VtdFormats.SecondStage;
import org.sluice.backend.vtd.lookup.FaultDecoder;
import org.sluice.backend.vtd.lookup.UnitFirmware;
import org.sluice.backend.vtd.lookup.UnitState;
import org.sluice.kit.layout.Structure;
import org.sluice.kit.radix.PageAllocator;
import org.sluice.kit.radix.RadixEditor;
import org.sluice.machine.AddressRange;
import org.sluice.machine.DeviceId;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;
import org.sluice.machine.PhysicalMemory;
import org.sluice.spi.DomainTable;
import org.sluice.spi.UnitContext;
import org.sluice.spi.UnitDriver;

/**
 * Drives a unit in legacy mode: root and context entries, second-stage tables, invalidation through the queue. Domain 0 stays free
 * (units with caching mode reserve it); pass-through uses the highest domain id. Callers serialise.
 */
public final class VtdDriver implements UnitDriver {
    private static final int PAGE_SHIFT = 12;
    private static final int RECORD_BYTES = 16;
    private static final long PAGES_2M = 1L << 21;
    private static final long PAGES_1G = 1L << 30;

    private final PhysicalMemory memory;
    private final UnitPort port;
    private final UnitState state;
    private final UnitFirmware firmware;
    private final PageAllocator pages;
    private final ContextTables contexts;
    private final CommandQueue queue;
    private int nextRecord;

    public VtdDriver(UnitContext unit, AddressRange tables) {
        memory = unit.memory();
        port = new UnitPort(unit.registers(), unit.unit().name());
        firmware = UnitFirmware.of(unit.machine(), unit.unit());
        state = UnitState.read(unit.registers(), firmware.hostBits());
        if (!port.ecap(CapabilityRegisters.QI)) {
            throw new IommuException(Reason.UNSUPPORTED, "unit " + port.unit() + " has no invalidation queue (ECAP.QI=0)");
        }
        pages = new PageAllocator(memory, tables);
        contexts = new ContextTables(memory, pages);
        queue = new CommandQueue(port, memory, ContextTables.page(pages), ContextTables.page(pages));
    }

    @Override
    public Capabilities capabilities() {
        Set<Capabilities.Feature> features = EnumSet.noneOf(Capabilities.Feature.class);
        if (port.ecap(CapabilityRegisters.PT)) {
            features.add(Capabilities.Feature.PASS_THROUGH);
        }
        return new Capabilities(pageSizes(), new AddressRange(0, (1L << Math.min(state.inputBits(), inputBits(widest()))) - 1),
                state.hostBits(), Set.of(Permissions.READ, Permissions.WRITE, Permissions.READ_WRITE), 0,
                new MessageRouting(MessageRouting.Route.WINDOW, Vtd.INTERRUPT_WINDOW, false), features);
    }

    private long pageSizes() {
        long superpages = port.cap(CapabilityRegisters.SSLPS);
        return 1L << PAGE_SHIFT | ((superpages & 1) != 0 ? PAGES_2M : 0) | ((superpages & 2) != 0 ? PAGES_1G : 0);
    }

    /** AW of the widest tables. */
    private int widest() {
        for (int aw = 3; aw >= 1; aw--) {
            if (state.supportsWidth(aw)) {
                return aw;
            }
        }
        throw new IommuException(Reason.UNSUPPORTED, "unit " + port.unit() + " has no second-stage tables (CAP.SAGAW)");
    }

    private static int inputBits(int aw) {
        return 30 + 9 * aw;
    }

    /** Whatever the unit did before: its queue is emptied, and tables without an entry replace its own. */
    @Override
    public void start() {
        queue.stop();
        queue.start();
        port.write(ControlRegisters.RTADDR, contexts.root());
        port.command(ControlRegisters.ROOT_SET);
        queue.everything();
        port.command(ControlRegisters.TRANSLATION_ON);
    }

    /** A unit that does not translate lets requests pass: translation stays on, over tables without an entry. */
    @Override
    public void stop() {
        if (ControlRegisters.QUEUE_ON.get(port.read(ControlRegisters.GSTS)) == 0) {
            start();
        }
        contexts.clearAll(queue::everything);
        queue.stop();
    }

    @Override
    public DomainTable createTable(DomainSpec spec) {
        long domains = 1L << 4 + 2 * port.cap(CapabilityRegisters.ND);
        if (spec.domain() <= 0 || spec.domain() >= domains - 1) {
            throw new IommuException(Reason.LIMIT, "domain ids of unit " + port.unit() + " for tables are 1 to " + (domains - 2));
        }
        int aw = 1;
        while (aw < 3 && (!state.supportsWidth(aw) || inputBits(aw) < spec.inputBits())) {
            aw++;
        }
        if (!state.supportsWidth(aw) || Math.min(state.inputBits(), inputBits(aw)) < spec.inputBits()) {
            throw new IommuException(Reason.UNSUPPORTED, "unit " + port.unit() + " has no tables of " + spec.inputBits() + " bits");
        }
        long sizes = spec.pageSizes() & pageSizes();
        if ((sizes & 1L << PAGE_SHIFT) == 0) {
            throw new IommuException(Reason.UNSUPPORTED, "tables of unit " + port.unit() + " need pages of 4 KiB");
        }
        SecondStage stage = new SecondStage(aw + 2, Math.min(state.inputBits(), inputBits(aw)), state.hostBits(), (pageSizes() & PAGES_2M) != 0,
                (pageSizes() & PAGES_1G) != 0, port.ecap(CapabilityRegisters.SC), false);
        RadixEditor editor = RadixEditor.create(memory, pages, stage.format(), sizes);
        if (editor == null) {
            throw new IommuException(Reason.LIMIT, "no page is left for the root of a table");
        }
        return new VtdDomain(spec.domain(), memory, stage, editor);
    }

    @Override
    public void attach(DeviceId device, int pasid, DomainTable table) {
        int sourceId = sourceId(device, pasid);
        if (!(table instanceof VtdDomain domain)) {
            throw new IllegalArgumentException("not a table of this driver");
        }
        replace(sourceId, ContextEntry.UNTRANSLATED, domain.root(), domain.width(), domain.domain());
    }

    @Override
    public void attachPassThrough(DeviceId device) {
        int sourceId = sourceId(device, TranslationRequest.NO_PASID);
        if (!port.ecap(CapabilityRegisters.PT)) {
            throw new IommuException(Reason.UNSUPPORTED, "unit " + port.unit() + " has no pass-through (ECAP.PT=0)");
        }
        int domain = (1 << 4 + 2 * (int) port.cap(CapabilityRegisters.ND)) - 1;
        replace(sourceId, ContextEntry.PASS_THROUGH, 0, widest(), domain);
    }

    private void replace(int sourceId, long type, long table, long aw, int domain) {
        contexts.reserve(sourceId);
        remove(sourceId);
        contexts.set(sourceId, type, table, aw, domain);
        if (port.cap(CapabilityRegisters.CM) != 0) {
            // Units in caching mode may keep entries that were not present, under domain 0.
            queue.context(0, sourceId);
        }
    }

    @Override
    public void detach(DeviceId device, int pasid) {
        remove(sourceId(device, pasid));
    }

    private void remove(int sourceId) {
        int domain = contexts.domain(sourceId);
        if (domain >= 0) {
            contexts.clear(sourceId);
            queue.context(domain, sourceId);
        }
    }

    private int sourceId(DeviceId device, int pasid) {
        if (pasid != TranslationRequest.NO_PASID) {
            throw new IommuException(Reason.UNSUPPORTED, "unit " + port.unit() + " is driven with legacy tables: they have no PASIDs");
        }
        if (!device.isPci() || device.segment() != firmware.segment()) {
            throw new IommuException(Reason.UNKNOWN_DEVICE, device + " is not a PCI function of segment " + firmware.segment());
        }
        return device.requesterId();
    }

    @Override
    public void invalidate(DomainTable table, long iova, long last) {
        queue.pages(table.domain(), iova, last);
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
