// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.virtio.driver;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

import org.sluice.api.Capabilities;
import org.sluice.api.Fault;
import org.sluice.api.FaultRecord;
import org.sluice.api.MessageRouting;
import org.sluice.api.Permissions;
import org.sluice.api.TranslationRequest;
import org.sluice.api.layout.BitField;
import org.sluice.backend.virtio.layout.ConfigSpace;
import org.sluice.backend.virtio.layout.Events;
import org.sluice.backend.virtio.layout.Mmio;
import org.sluice.backend.virtio.layout.RequestLayouts;
import org.sluice.backend.virtio.layout.Status;
import org.sluice.backend.virtio.ring.GuestMemory;
import org.sluice.backend.virtio.state.DescribedState;
import org.sluice.backend.virtio.state.Domain;
import org.sluice.backend.virtio.state.Endpoint.Region;
import org.sluice.backend.virtio.state.Request;
import org.sluice.kit.layout.Structure;
import org.sluice.machine.AddressRange;
import org.sluice.machine.DeviceId;
import org.sluice.machine.Hex;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;
import org.sluice.machine.RegisterPort;
import org.sluice.spi.DomainTable;
import org.sluice.spi.UnitContext;
import org.sluice.spi.UnitDriver;

/**
 * Drives a device on the MMIO transport. Of the description it uses only which endpoint id a requester has; everything else it learns
 * from registers and answers. A request is done when the device gives it back, so {@link #invalidate} has nothing left to do. Not
 * thread-safe.
 */
public final class VirtioDriver implements UnitDriver {
    private static final long NO_FEATURES = 0;
    private static final int ALL_OUTPUT_BITS = 64;
    /** Where systems put doorbells of devices that translate them, unless told otherwise (Linux's default). */
    private static final AddressRange SOFTWARE_WINDOW = new AddressRange(0x0800_0000L, 0x080f_ffffL);

    private final String unitName;
    private final RegisterPort registers;
    private final GuestMemory memory;
    private final AddressRange range;
    private final long without;
    private final DescribedState described;
    private final Map<Long, VirtioTable> attached = new HashMap<>();
    private final Map<Integer, VirtioTable> tables = new HashMap<>();
    private final Map<Long, List<Region>> reserved = new HashMap<>();
    private final List<Long> passing = new ArrayList<>();
    private AddressRange aperture;
    private long granuleMask;
    private Bringup device;

    public VirtioDriver(UnitContext unit, AddressRange range) {
        this(unit, range, GuestMemory.of(unit.memory()), NO_FEATURES);
    }

    /**
     * @param memory the unit's memory, or what stands in for it
     * @param without features that are not to be used though the device has them
     */
    public VirtioDriver(UnitContext unit, AddressRange range, GuestMemory memory, long without) {
        this.unitName = unit.unit().name();
        this.registers = unit.registers();
        this.memory = memory;
        this.range = range;
        this.without = without;
        this.described = new DescribedState(unit);
    }

    @Override
    public Capabilities capabilities() {
        Bringup.identify(registers);
        Set<Capabilities.Feature> features = EnumSet.noneOf(Capabilities.Feature.class);
        if (isOffered(ConfigSpace.BYPASS_CONFIG)) {
            features.add(Capabilities.Feature.PASS_THROUGH);
        }
        if (!isOffered(ConfigSpace.MMIO)) {
            features.add(Capabilities.Feature.NO_DEVICE_MEMORY);
        }
        return new Capabilities(config64(ConfigSpace.PAGE_SIZE_MASK.low()), aperture(), ALL_OUTPUT_BITS,
                Set.of(Permissions.READ, Permissions.WRITE, Permissions.READ_WRITE), 0,
                messages(), features);
    }

    private boolean isOffered(BitField feature) {
        return feature.get(Bringup.offered(registers) & ~without) != 0;
    }

    /** A running device is asked which addresses are messages to it; without such a window they are writes like any other. */
    private MessageRouting messages() {
        if (device != null && device.has(ConfigSpace.PROBE)) {
            for (long id : described.served()) {
                for (Region region : regions(id)) {
                    if (region.msi()) {
                        return new MessageRouting(MessageRouting.Route.WINDOW, region.range(), false);
                    }
                }
            }
        }
        return new MessageRouting(MessageRouting.Route.TRANSLATED, SOFTWARE_WINDOW, false);
    }

    /** What the unit covers; read once it runs, since it stays as long. */
    private AddressRange aperture() {
        return device == null ? readAperture() : aperture;
    }

    private AddressRange readAperture() {
        long start = config64(ConfigSpace.INPUT_START.low());
        long last = config64(ConfigSpace.INPUT_LAST.low());
        boolean valid = ConfigSpace.INPUT_RANGE.get(Bringup.offered(registers)) != 0 && Long.compareUnsigned(start, last) <= 0;
        return valid ? new AddressRange(start, last) : new AddressRange(0, -1L);
    }

    private long config64(int bit) {
        return registers.read64(Mmio.CONFIG + bit / Byte.SIZE);
    }

    /** Domain ids that the device takes; the last one is kept for endpoints that pass. */
    private AddressRange domains() {
        long word = config64(ConfigSpace.DOMAIN_START.low());
        boolean valid = ConfigSpace.DOMAIN_RANGE.get(Bringup.offered(registers)) != 0 && (word & 0xffff_ffffL) <= word >>> Integer.SIZE;
        return valid ? new AddressRange(word & 0xffff_ffffL, word >>> Integer.SIZE) : new AddressRange(0, 0xffff_ffffL);
    }

    private long granuleMask() {
        return device == null ? readGranuleMask() : granuleMask;
    }

    private long readGranuleMask() {
        return Long.lowestOneBit(config64(ConfigSpace.PAGE_SIZE_MASK.low())) - 1;
    }

    @Override
    public void start() {
        forget();
        device = new Bringup(registers, memory, range, without).run();
        aperture = readAperture();
        granuleMask = readGranuleMask();
    }

    /** The bypass field is 0 since the start and survives the reset, so what is not attached stays blocked. */
    @Override
    public void stop() {
        registers.write32(Mmio.STATUS, 0);
        forget();
        device = null;
    }

    private void forget() {
        attached.forEach((endpoint, table) -> table.left(endpoint));
        attached.clear();
        passing.clear();
        reserved.clear();
    }

    @Override
    public DomainTable createTable(DomainSpec spec) {
        long id = Integer.toUnsignedLong(spec.domain());
        AddressRange ids = domains();
        if (!ids.contains(id) || id == ids.last()) {
            throw new IommuException(Reason.LIMIT, "domain " + id + " is not among the device's " + ids.start() + " to " + (ids.last() - 1));
        }
        if (tables.containsKey(spec.domain())) {
            throw new IommuException(Reason.CONFLICT, "domain " + id + " has a table already");
        }
        int bits = Long.SIZE - Long.numberOfLeadingZeros(aperture().last());
        if (spec.inputBits() > bits) {
            throw new IommuException(Reason.UNSUPPORTED, "the device translates " + bits + " bits of address, not " + spec.inputBits());
        }
        if ((spec.pageSizes() & granuleMask() + 1) == 0 && Long.compareUnsigned(Long.lowestOneBit(spec.pageSizes()), granuleMask()) <= 0) {
            throw new IommuException(Reason.UNSUPPORTED, "the device's smallest page has " + (granuleMask() + 1) + " bytes");
        }
        VirtioTable table = new VirtioTable(this, spec.domain());
        tables.put(spec.domain(), table);
        return table;
    }

    void release(VirtioTable table) {
        if (table.isAttached()) {
            throw new IommuException(Reason.CONFLICT, "domain " + table.deviceDomain() + " is still attached");
        }
        tables.remove(table.domain(), table);
    }

    private Bringup running() {
        if (device == null) {
            throw new IommuException(Reason.IO, "the unit is not started");
        }
        return device;
    }

    /** The endpoint of a requester, with its reserved regions learnt. */
    private long endpoint(DeviceId requester, int pasid) {
        if (pasid != TranslationRequest.NO_PASID) {
            throw new IommuException(Reason.UNSUPPORTED, "virtio-iommu has no PASIDs");
        }
        long id = described.idOf(requester).orElseThrow(() -> new IommuException(Reason.UNKNOWN_DEVICE, requester + " has no endpoint id"));
        regions(id);
        return id;
    }

    private List<Region> regions(long id) {
        List<Region> known = reserved.get(id);
        if (known == null) {
            known = running().has(ConfigSpace.PROBE) ? probe(id) : List.of();
            reserved.put(id, known);
        }
        return known;
    }

    private List<Region> probe(long id) {
        int size = device.probeSize();
        Channel.Answer answer = device.channel().send(new Request.Probe(id), size + RequestLayouts.TAIL_BYTES);
        Request request = new Request.Probe(id);
        check(request, answer);
        return Properties.regions(answer.bytes(), Math.min(size, answer.written() - RequestLayouts.TAIL_BYTES));
    }

    @Override
    public void attach(DeviceId requester, int pasid, DomainTable domainTable) {
        if (!(domainTable instanceof VirtioTable table) || !table.belongsTo(this)) {
            throw new IllegalArgumentException("the table is not of this driver");
        }
        running();
        long id = endpoint(requester, pasid);
        table.flush();
        for (Region region : reserved.get(id)) {
            AddressRange range = region.range();
            if (table.touches(range.start(), range.last())) {
                throw new IommuException(Reason.CONFLICT, requester + " reserves " + range + ", which domain " + table.deviceDomain() + " maps",
                        range, null);
            }
        }
        VirtioTable before = attached.get(id);
        if (before == table) {
            return;
        }
        boolean passed = passing.contains(id);
        try {
            place(id, table);
        } catch (IommuException e) {
            restore(id, before, passed);
            throw e;
        }
    }

    /** The device creates the domain with its first endpoint, so its mappings can only follow; until then accesses fault. */
    private void place(long id, VirtioTable table) {
        require(new Request.Attach(table.deviceDomain(), id, 0, 0));
        leave(id);
        boolean first = !table.isAttached();
        table.joined(id, reserved.get(id));
        attached.put(id, table);
        if (first) {
            table.replay();
        }
    }

    private void restore(long id, VirtioTable before, boolean passed) {
        if (attached.get(id) == before && passing.contains(id) == passed) {
            return;
        }
        detachEndpoint(id);
        if (before != null) {
            place(id, before);
        } else if (passed) {
            pass(id);
        }
    }

    private void leave(long id) {
        VirtioTable before = attached.remove(id);
        if (before != null) {
            before.left(id);
        }
        passing.remove(id);
    }

    @Override
    public void attachPassThrough(DeviceId requester) {
        if (!running().has(ConfigSpace.BYPASS_CONFIG)) {
            throw new IommuException(Reason.UNSUPPORTED, "the device does not offer BYPASS_CONFIG");
        }
        pass(endpoint(requester, TranslationRequest.NO_PASID));
    }

    private void pass(long id) {
        require(new Request.Attach(domains().last(), id, Request.Attach.BYPASS, 0));
        leave(id);
        passing.add(id);
    }

    @Override
    public void detach(DeviceId requester, int pasid) {
        running();
        detachEndpoint(endpoint(requester, pasid));
    }

    private void detachEndpoint(long id) {
        VirtioTable table = attached.get(id);
        if (table != null || passing.contains(id)) {
            require(new Request.Detach(table == null ? domains().last() : table.deviceDomain(), id));
            leave(id);
        }
    }

    /** Requests are done when they come back; what the table has gathered goes out now. */
    @Override
    public void invalidate(DomainTable table, long iova, long last) {
        running();
        ((VirtioTable) table).flush();
    }

    @Override
    public void invalidateAll(DomainTable table, long[] ranges, int count) {
        running();
        ((VirtioTable) table).flush();
    }

    /** Whether the device can be asked for such a mapping. */
    boolean canExpress(long iova, long last, long output, int permissions) {
        long mask = granuleMask();
        boolean aligned = ((iova | output | last + 1) & mask) == 0;
        boolean inside = Long.compareUnsigned(iova, last) < 0 && aperture().contains(iova) && aperture().contains(last);
        boolean wraps = Long.compareUnsigned(output + (last - iova), output) < 0;
        // Behind the device may be one of Arm's units, to which device memory is not what memory is.
        boolean sayable = (permissions & Permissions.MMIO) == 0 || isOffered(ConfigSpace.MMIO);
        return aligned && inside && !wraps && sayable && (permissions & Permissions.READ_WRITE) != 0
                && (permissions & ~(Permissions.READ_WRITE | Permissions.MMIO)) == 0;
    }

    /** Flags of a MAP request for what can be expressed. */
    static int flags(int permissions) {
        return permissions & Permissions.READ_WRITE | ((permissions & Permissions.MMIO) != 0 ? Domain.MMIO : 0);
    }

    void checkGranule(long iova, long last) {
        if (((iova | last + 1) & granuleMask()) != 0) {
            throw new IommuException(Reason.UNSUPPORTED, Hex.of(iova) + "-" + Hex.of(last) + " is not whole pages of the device");
        }
    }

    Channel channel() {
        return running().channel();
    }

    private void require(Request request) {
        check(request, channel().send(request, RequestLayouts.TAIL_BYTES));
    }

    private static void check(Request request, Channel.Answer answer) {
        if (answer.status() != Status.OK.code()) {
            throw refused(request, answer.status());
        }
    }

    static IommuException refused(Request request, int status) {
        Status known = status >= 0 && status < Status.values().length ? Status.values()[status] : null;
        Reason reason = known == Status.NOMEM ? Reason.LIMIT : known == Status.UNSUPP ? Reason.UNSUPPORTED
                : known == Status.NOENT ? Reason.UNKNOWN_DEVICE : Reason.IO;
        String answer = known != null ? known + ", " + known.meaning() : status < 0 ? "nothing" : "status " + status;
        return new IommuException(reason, "the device answers " + request + " with " + answer);
    }

    @Override
    public void drainFaults(Consumer<FaultRecord> out) {
        int[] index = new int[1];
        running().events().drain(bytes -> {
            ByteBuffer b = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
            Structure event = Structure.of(Events.FAULT, 0, new long[] {b.getLong(0), b.getLong(8), b.getLong(16)});
            if ((event.word(0) & 0xffff_ff00L) == 0) {
                out.accept(record(index[0]++, event));
            }
        });
    }

    private FaultRecord record(int index, Structure event) {
        long head = event.word(0);
        int reason = (int) Events.REASON.get(head);
        Fault fault = Events.of(reason).orElse(Events.UNKNOWN);
        long address = Events.ADDRESS_VALID.get(head) != 0 ? event.get(Events.ADDRESS) : 0;
        String access = (Events.READ.get(head) != 0 ? "r" : "") + (Events.WRITE.get(head) != 0 ? "w" : "");
        DeviceId requester = described.deviceOf(event.get(Events.ENDPOINT));
        return new FaultRecord(unitName, index, requester, TranslationRequest.NO_PASID, address, access, fault,
                fault.name() + " " + requester + " at " + Hex.of(address));
    }
}
