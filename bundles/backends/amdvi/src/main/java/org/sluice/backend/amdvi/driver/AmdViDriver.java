// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi.driver;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
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
import org.sluice.backend.amdvi.layout.AmdVi;
import org.sluice.backend.amdvi.layout.AmdViFormats;
import org.sluice.backend.amdvi.layout.BaseRegisters;
import org.sluice.backend.amdvi.layout.ControlRegisters;
import org.sluice.backend.amdvi.lookup.UnitFirmware;
import org.sluice.backend.amdvi.lookup.UnitState;
import org.sluice.kit.radix.PageAllocator;
import org.sluice.kit.radix.RadixEditor;
import org.sluice.machine.AddressRange;
import org.sluice.machine.DeviceId;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;
import org.sluice.machine.MachineDescription.DeviceDescription;
import org.sluice.machine.PhysicalMemory;
import org.sluice.spi.DomainTable;
import org.sluice.spi.InterruptDriver;
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
    private static final int TABLE_DOMAINS = 0x8000;
    private static final int PASS_THROUGH_DOMAIN = 0xffff;
    /** InvTimeOut: one second. */
    private static final long ONE_SECOND = 4;

    private final PhysicalMemory memory;
    private final UnitPort port;
    private final UnitState state;
    private final UnitFirmware firmware;
    private final Map<DeviceId, Integer> described = new HashMap<>();
    private final PageAllocator pages;
    private final DeviceTable devices;
    private final AmdViDomain.Maker maker;
    private final CommandQueue queue;
    private final EventDrain events;
    private final InterruptTables interrupts;
    private final Map<Integer, Requester> requesters = new HashMap<>();
    /** Tables of PASIDs that hardware may still know. */
    private final List<RadixEditor> retired = new ArrayList<>();
    private final long noRoots;
    private int nextOwnDomain = TABLE_DOMAINS;

    public AmdViDriver(UnitContext unit, AddressRange tables) {
        memory = unit.memory();
        port = new UnitPort(unit.registers(), unit.unit().name());
        firmware = UnitFirmware.of(unit.machine(), unit.unit());
        state = UnitState.read(unit.registers(), firmware.features());
        for (DeviceDescription device : unit.machine().devices()) {
            if (device.requesterId() >= 0 && device.requesterId() <= AmdVi.MAX_DEVICE_ID) {
                described.putIfAbsent(device.device(), (int) device.requesterId());
            }
        }
        pages = new PageAllocator(memory, tables);
        int guestLevels = pasidBits() > 0 ? state.guestLevels() : AmdViFormats.MIN_GUEST_LEVELS;
        devices = new DeviceTable(memory, port, pages, guestLevels);
        maker = new AmdViDomain.Maker(memory, pages, guestLevels, -1L >>> Long.SIZE - inputBits(guestLevels), this::track);
        queue = new CommandQueue(port, memory, page(), page());
        events = new EventDrain(port, memory, page(), id -> DeviceId.ofRequester(firmware.segment(), id));
        noRoots = pasidBits() > 0 ? page() : 0;
        interrupts = new InterruptTables(memory, port, pages, devices, queue, this::deviceIds);
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
        forgetRequesters();
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
        forgotten();
        events.start();
    }

    /** A unit that is off lets requests pass: this one stays on, with every entry blocked. */
    @Override
    public void stop() {
        if (!queue.running()) {
            start();
        }
        forgetRequesters();
        queue.everything();
        forgotten();
        queue.stop();
        events.stop();
    }

    private void forgetRequesters() {
        devices.blockAll();
        for (Requester r : requesters.values()) {
            if (r.usesGuestTables()) {
                retired.add(r.takeRoots());
            }
        }
        requesters.clear();
    }

    /** Hardware has forgotten everything: what it could have read may be used again. */
    private void forgotten() {
        retired.forEach(RadixEditor::release);
        retired.clear();
        interrupts.release();
    }

    @Override
    public DomainTable createTable(DomainSpec spec) {
        if (spec.domain() <= 0 || spec.domain() >= TABLE_DOMAINS) {
            throw port.failure(Reason.LIMIT, "has domain ids for tables from 1 to " + (TABLE_DOMAINS - 1));
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
        List<Requester> all = requesters(device);
        if (pasid != TranslationRequest.NO_PASID) {
            checkPasid(pasid, domain);
            long root = domain.guestRoot();
            all.forEach(r -> attachPasid(r, pasid, domain, root));
            return;
        }
        long root = 0;
        for (Requester r : all) {
            root = r.usesGuestTables() ? guestRoot(domain) : root;
        }
        for (Requester r : all) {
            if (r.usesGuestTables()) {
                r.setRoot(port, 0, root);
            }
            replace(r, Requester.Kind.TABLE, domain);
        }
    }

    private void checkPasid(int pasid, AmdViDomain domain) {
        if (pasid <= 0 || pasid >>> pasidBits() != 0) {
            throw port.failure(pasidBits() == 0 ? Reason.UNSUPPORTED : Reason.LIMIT, "can give tables to PASIDs from 1 to "
                    + ((1 << pasidBits()) - 1) + ", and " + pasid + " is none");
        }
        refuseTracking(domain);
    }

    private void refuseTracking(AmdViDomain domain) {
        if (domain.tracks()) {
            throw port.failure(Reason.UNSUPPORTED, "cannot record writes through guest tables");
        }
    }

    private long guestRoot(AmdViDomain domain) {
        refuseTracking(domain);
        return domain.guestRoot();
    }

    /** Everything that may fail is done before hardware sees a change. */
    private void attachPasid(Requester r, int pasid, AmdViDomain domain, long root) {
        if (!r.usesGuestTables()) {
            long first = r.kind == Requester.Kind.TABLE ? guestRoot(r.table) : 0;
            Requester.Kind kind = r.kind;
            int before = r.domain(PASS_THROUGH_DOMAIN);
            r.makeRoots(memory, pages, port, state.gcr3Levels());
            if (first != 0) {
                r.setRoot(port, 0, first);
            }
            r.setRoot(port, pasid, root);
            r.pasids.put(pasid, domain);
            rewrite(r, before, kind != Requester.Kind.BLOCKED);
            return;
        }
        if (r.pasids.containsKey(pasid)) {
            removePasid(r, pasid);
        }
        r.setRoot(port, pasid, root);
        r.pasids.put(pasid, domain);
        queue.pasid(r.domain(PASS_THROUGH_DOMAIN), pasid);
        queue.complete();
    }

    private void removePasid(Requester r, int pasid) {
        r.setRoot(port, pasid, 0);
        r.pasids.remove(pasid);
        queue.pasid(r.domain(PASS_THROUGH_DOMAIN), pasid);
        queue.complete();
    }

    /** The last PASID is gone: back to what a requester without PASIDs has. */
    private void leaveGuestTables(Requester r) {
        int before = r.domain(PASS_THROUGH_DOMAIN);
        retired.add(r.takeRoots());
        queue.pasid(before, 0);
        rewrite(r, before, true);
        retired.forEach(RadixEditor::release);
        retired.clear();
    }

    @Override
    public void attachPassThrough(DeviceId device) {
        for (Requester r : requesters(device)) {
            replace(r, Requester.Kind.PASS_THROUGH, null);
            if (r.usesGuestTables()) {
                r.setRoot(port, 0, 0);
            }
        }
    }

    @Override
    public void detach(DeviceId device, int pasid) {
        for (Requester r : requesters(device)) {
            if (pasid == TranslationRequest.NO_PASID) {
                if (r.usesGuestTables()) {
                    r.setRoot(port, 0, 0);
                }
                replace(r, Requester.Kind.BLOCKED, null);
            } else if (r.pasids.containsKey(pasid)) {
                removePasid(r, pasid);
                if (r.pasids.isEmpty()) {
                    leaveGuestTables(r);
                }
            }
        }
    }

    private void replace(Requester r, Requester.Kind kind, AmdViDomain table) {
        boolean used = r.kind != Requester.Kind.BLOCKED || r.usesGuestTables();
        int before = r.domain(PASS_THROUGH_DOMAIN);
        r.kind = kind;
        r.table = table;
        rewrite(r, before, used);
    }

    /**
     * Replaces an entry (section 2.2.2.3): translation is taken away, hardware forgets entry and translations, then the new words become
     * valid, and hardware forgets once more what it may have read meanwhile.
     */
    private void rewrite(Requester r, int domainBefore, boolean used) {
        devices.begin(r.deviceId, r.second(PASS_THROUGH_DOMAIN));
        queue.device(r.deviceId);
        if (used) {
            queue.domain(domainBefore);
        }
        if (r.usesGuestTables()) {
            queue.pasid(r.domain(PASS_THROUGH_DOMAIN), 0);
            r.pasids.keySet().forEach(pasid -> queue.pasid(r.domain(PASS_THROUGH_DOMAIN), pasid));
        }
        queue.complete();
        devices.end(r.deviceId, r.first());
        queue.device(r.deviceId);
        queue.complete();
    }

    /** The requester ids of a device, each with what it is given: its own, and the alias under which its requests may arrive. */
    private List<Requester> requesters(DeviceId device) {
        List<Requester> list = new ArrayList<>();
        for (int id : deviceIds(device)) {
            devices.require(id);
            Requester known = requesters.get(id);
            if (known == null) {
                known = new Requester(id, nextOwnDomain++ % (PASS_THROUGH_DOMAIN - TABLE_DOMAINS) + TABLE_DOMAINS, noRoots);
                requesters.put(id, known);
            }
            list.add(known);
        }
        return list;
    }

    private int[] deviceIds(DeviceId device) {
        Integer known = described.get(device);
        if (known == null && (!device.isPci() || device.segment() != firmware.segment())) {
            throw new IommuException(Reason.UNKNOWN_DEVICE, device + " is not a PCI function of segment " + firmware.segment());
        }
        int id = known != null ? known : device.requesterId();
        Integer alias = firmware.aliases().get(id);
        return alias == null ? new int[] {id} : new int[] {id, alias};
    }

    @Override
    public void invalidate(DomainTable table, long iova, long last) {
        queue.range(table.domain(), iova, last);
        for (Requester r : requesters.values()) {
            if (r.usesGuestTables()) {
                if (r.table == table) {
                    queue.range(r.domain(PASS_THROUGH_DOMAIN), 0, iova, last);
                }
                r.pasids.forEach((pasid, domain) -> {
                    if (domain == table) {
                        queue.range(r.domain(PASS_THROUGH_DOMAIN), pasid, iova, last);
                    }
                });
            }
        }
        queue.complete();
    }

    /** Switches recording in the entries that use a table; its translations are the caller's to invalidate. */
    private boolean track(AmdViDomain domain, boolean on) {
        if (!tracksDirty()) {
            return false;
        }
        for (Requester r : requesters.values()) {
            if (r.table == domain && !r.usesGuestTables()) {
                devices.end(r.deviceId, r.first(on));
                queue.device(r.deviceId);
            }
        }
        queue.complete();
        return true;
    }

    @Override
    public Optional<InterruptDriver> interrupts() {
        return Optional.of(interrupts);
    }

    @Override
    public void drainFaults(Consumer<FaultRecord> out) {
        events.drain(out);
    }
}
