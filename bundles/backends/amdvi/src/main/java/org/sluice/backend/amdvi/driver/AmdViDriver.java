// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi.driver;

import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

import org.sluice.api.Capabilities;
import org.sluice.api.Capabilities.Feature;
import org.sluice.api.FaultRecord;
import org.sluice.api.MessageRouting;
import org.sluice.api.Permissions;
import org.sluice.api.TranslationRequest;
import org.sluice.backend.amdvi.layout.AmdVi;
import org.sluice.backend.amdvi.layout.AmdViFormats;
import org.sluice.backend.amdvi.layout.BaseRegisters;
import org.sluice.backend.amdvi.layout.ControlRegisters;
import org.sluice.backend.amdvi.lookup.UnitFirmware;
import org.sluice.backend.amdvi.lookup.UnitState;
import org.sluice.kit.radix.PageAllocator;
import org.sluice.machine.AddressRange;
import org.sluice.machine.DeviceId;
import org.sluice.machine.IommuException.Reason;
import org.sluice.machine.PhysicalMemory;
import org.sluice.spi.DomainTable;
import org.sluice.spi.InterruptDriver;
import org.sluice.spi.NestingDriver;
import org.sluice.spi.UnitContext;
import org.sluice.spi.UnitDriver;

/**
 * Drives a unit: device table, host tables, guest tables for PASIDs, commands, events, interrupt remapping. A requester that is given
 * nothing is blocked, with its interrupts, from {@link #start} on. Callers serialise.
 */
public final class AmdViDriver implements UnitDriver {
    private static final int PAGE_SHIFT = 12;
    private static final int LEVEL_BITS = 9;
    private static final int OUTPUT_BITS = 52;
    private static final int MIN_LEVELS = 3;
    /** 4 KiB, 2 MiB and 1 GiB; larger ones are left out for a flaw of hardware. */
    private static final long PAGE_SIZES = 1L << PAGE_SHIFT | 1L << 21 | 1L << 30;
    /** InvTimeOut: one second. */
    private static final long ONE_SECOND = 4;

    private final PhysicalMemory memory;
    private final UnitPort port;
    private final UnitState state;
    private final UnitFirmware firmware;
    private final PageAllocator pages;
    private final DeviceTable devices;
    private final AmdViDomain.Maker maker;
    private final CommandQueue queue;
    private final EventDrain events;
    private final InterruptTables interrupts;
    private final Requesters requesters;
    /** Null if the unit has no guest tables. */
    private final AmdViNesting nesting;

    public AmdViDriver(UnitContext unit, AddressRange tables) {
        memory = unit.memory();
        port = new UnitPort(unit.registers(), unit.unit().name());
        firmware = UnitFirmware.of(unit.machine(), unit.unit());
        state = UnitState.read(unit.registers(), firmware.features());
        pages = new PageAllocator(memory, tables);
        int guestLevels = pasidBits() > 0 ? state.guestLevels() : AmdViFormats.MIN_GUEST_LEVELS;
        devices = new DeviceTable(memory, port, pages, guestLevels);
        queue = new CommandQueue(port, memory, page(), page());
        events = new EventDrain(port, memory, page(), id -> DeviceId.ofRequester(firmware.segment(), id));
        DeviceIds ids = DeviceIds.of(unit, firmware);
        requesters = new Requesters(new Requesters.Parts(port, memory, pages, devices, queue, ids), state.gcr3Levels(), pasidBits() > 0 ? page() : 0);
        maker = new AmdViDomain.Maker(memory, pages, guestLevels, -1L >>> Long.SIZE - inputBits(guestLevels),
                (domain, on) -> tracksDirty() && requesters.track(domain, on));
        interrupts = new InterruptTables(memory, port, pages, devices, queue, ids);
        nesting = pasidBits() > 0 ? new AmdViNesting(this, port, state, requesters) : null;
    }

    private long page() {
        long page = pages.allocate(PAGE_SHIFT);
        if (page == PageAllocator.NONE) {
            throw port.failure(Reason.LIMIT, "needs a page for its structures, and none is left");
        }
        return page;
    }

    @Override
    public Capabilities capabilities() {
        Set<Feature> features = EnumSet.of(Feature.PASS_THROUGH, Feature.INTERRUPT_REMAPPING);
        if (nesting != null) {
            features.add(Feature.NESTING);
        }
        if (tracksDirty()) {
            features.add(Feature.DIRTY_TRACKING);
        }
        return new Capabilities(PAGE_SIZES, new AddressRange(0, maker.limit()), OUTPUT_BITS,
                Set.of(Permissions.READ, Permissions.WRITE, Permissions.READ_WRITE), pasidBits(),
                new MessageRouting(MessageRouting.Route.WINDOW, AmdVi.INTERRUPT_WINDOW, enforcesInterrupts()), features);
    }

    /** What a table can cover wherever it is used: with PASIDs that is what guest tables do. */
    private int inputBits(int guestLevels) {
        int bits = Math.min(Long.SIZE, PAGE_SHIFT + LEVEL_BITS * state.hostLevels());
        return pasidBits() > 0 ? Math.min(bits, AmdViDomain.guestBits(guestLevels)) : bits;
    }

    private boolean tracksDirty() {
        return port.feature(ControlRegisters.ACCESSED_SUPPORTED) != 0 && port.feature(ControlRegisters.DIRTY_SUPPORTED) != 0;
    }

    /** Requests without PASID need PASID 0 then, which needs GIoSup. */
    private int pasidBits() {
        boolean guests = port.feature(ControlRegisters.GUEST_SUPPORTED) != 0 && port.feature(ControlRegisters.GUEST_WITHOUT_PASID) != 0;
        return guests ? Math.min((int) port.feature(ControlRegisters.PASID_MAX) + 1, LEVEL_BITS * state.gcr3Levels()) : 0;
    }

    /** Whether the unit is on with this driver's device table, whose every entry has IV set. */
    private boolean enforcesInterrupts() {
        return ControlRegisters.ENABLED.get(port.read(ControlRegisters.CONTROL)) != 0
                && port.read(BaseRegisters.DEVTAB_BASE) == devices.register();
    }

    /** A unit that is on stays on, over the old table until the new one has its place: nothing passes in between. */
    @Override
    public void start() {
        port.control(0, ControlRegisters.EVENT_LOG.put(1) | ControlRegisters.EVENT_INTERRUPT.put(1) | ControlRegisters.GA_LOG.put(1)
                | ControlRegisters.PPR_LOG.put(1) | ControlRegisters.SEGMENTS.put(-1) | ControlRegisters.INDEX_MODE.put(-1));
        queue.stop();
        requesters.forget();
        port.write(BaseRegisters.DEVTAB_BASE, devices.register());
        port.write(BaseRegisters.EXCL_BASE, 0);
        queue.start();
        boolean wide = port.feature(ControlRegisters.LONG_SUPPORTED) != 0;
        boolean extended = wide && port.feature(ControlRegisters.X2APIC_SUPPORTED) != 0;
        port.control(ControlRegisters.ENABLED.put(1) | ControlRegisters.COHERENT.put(1) | ControlRegisters.TIMEOUT.put(ONE_SECOND)
                | ControlRegisters.GUEST_ENABLED.put(pasidBits() > 0 ? 1 : 0) | ControlRegisters.LONG_ENTRIES.put(wide ? 1 : 0)
                | ControlRegisters.X2APIC.put(extended ? 1 : 0),
                ControlRegisters.TIMEOUT.put(~ONE_SECOND) | ControlRegisters.LONG_ENTRIES.put(wide ? 0 : 1)
                | ControlRegisters.X2APIC.put(extended ? 0 : 1));
        queue.everything();
        requesters.forgotten();
        interrupts.release();
        events.start();
    }

    /** A unit that is off lets requests pass: this one stays on, with every entry blocked. */
    @Override
    public void stop() {
        if (!queue.running()) {
            start();
        }
        requesters.forget();
        queue.everything();
        requesters.forgotten();
        interrupts.release();
        queue.stop();
        events.stop();
    }

    @Override
    public DomainTable createTable(DomainSpec spec) {
        if (spec.domain() <= 0 || spec.domain() >= Requesters.TABLE_DOMAINS) {
            throw port.failure(Reason.LIMIT, "has domain ids for tables from 1 to " + (Requesters.TABLE_DOMAINS - 1));
        }
        int mode = Math.max(MIN_LEVELS, (spec.inputBits() - PAGE_SHIFT + LEVEL_BITS - 1) / LEVEL_BITS);
        if (mode > state.hostLevels() || -1L >>> Long.SIZE - spec.inputBits() >>> 1 > maker.limit() >>> 1) {
            throw port.failure(Reason.UNSUPPORTED, "has no tables of " + spec.inputBits() + " bits");
        }
        if ((spec.pageSizes() & 1L << PAGE_SHIFT) == 0) {
            throw port.failure(Reason.UNSUPPORTED, "needs pages of 4 KiB in its tables");
        }
        return AmdViDomain.create(spec.domain(), mode, spec.pageSizes() & PAGE_SIZES, maker);
    }

    @Override
    public void attach(DeviceId device, int pasid, DomainTable table) {
        if (!(table instanceof AmdViDomain domain)) {
            throw new IllegalArgumentException("not a table of this driver");
        }
        if (pasid == TranslationRequest.NO_PASID) {
            requesters.attach(device, domain);
            return;
        }
        if (pasid <= 0 || pasid >>> pasidBits() != 0) {
            throw port.failure(pasidBits() == 0 ? Reason.UNSUPPORTED : Reason.LIMIT, "can give tables to PASIDs from 1 to "
                    + ((1 << pasidBits()) - 1) + ", and " + pasid + " is none");
        }
        requesters.attach(device, pasid, domain);
    }

    @Override
    public void attachPassThrough(DeviceId device) {
        requesters.passThrough(device);
    }

    @Override
    public void detach(DeviceId device, int pasid) {
        if (pasid == TranslationRequest.NO_PASID) {
            requesters.detach(device);
        } else {
            requesters.detach(device, pasid);
        }
    }

    @Override
    public void invalidate(DomainTable table, long iova, long last) {
        requesters.invalidate(table, iova, last);
    }

    @Override
    public void invalidateAll(DomainTable table, long[] ranges, int count) {
        requesters.invalidateAll(table, ranges, count);
    }

    @Override
    public long memoryInUse() {
        return pages.inUse();
    }

    @Override
    public Optional<InterruptDriver> interrupts() {
        return Optional.of(interrupts);
    }

    @Override
    public Optional<NestingDriver> nesting() {
        return Optional.ofNullable(nesting);
    }

    @Override
    public void drainFaults(Consumer<FaultRecord> out) {
        events.drain(out);
    }
}
