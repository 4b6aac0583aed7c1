// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.mock;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

import org.sluice.api.Capabilities.Feature;
import org.sluice.api.space.OwnedRange;
import org.sluice.machine.DeviceId;
import org.sluice.vfio.Errno;
import org.sluice.vfio.VfioException;
import org.sluice.vfio.port.DataFormat;
import org.sluice.vfio.port.DeviceFacts;
import org.sluice.vfio.port.NestedTable;
import org.sluice.vfio.port.PagingTable;
import org.sluice.vfio.port.Table;
import org.sluice.vfio.port.TypedData;
import org.sluice.vfio.port.VendorFormats;
import org.sluice.vfio.port.ViommuPort;

/**
 * The unit of the conformance list: aperture 2^24 to 2^31-1, pages of 2048 bytes and 512 times as much, PASIDs of 20 bits, caches with known
 * values. It has tables of its own and refuses what real units refuse; nothing in it knows how the front-end counts.
 */
public final class MockPort implements ViommuPort {
    public static final int HARDWARE_TYPE = 0xfeedbeef;
    public static final int HARDWARE_VALUE = 0xdeadbeef;
    public static final int DEVICE_CACHED = 0xbaddad;
    public static final int FAILING_PASID = 1024;

    private final Map<DeviceId, Device> devices = new LinkedHashMap<>();
    private final List<Table> tables = new ArrayList<>();
    private final List<MockViommu> viommus = new ArrayList<>();
    private final FailNth failure;
    private boolean failAtPasid;

    public MockPort(FailNth failure) {
        this.failure = failure;
    }

    private static final class Device {
        final Map<Integer, Table> attached = new TreeMap<>();
        final int[] cache = new int[MockNested.ENTRIES];
        final Set<Feature> features = EnumSet.of(Feature.NESTING, Feature.DIRTY_TRACKING, Feature.PAGE_REQUESTS);
        final int group;
        int pasidBits;
        List<OwnedRange> reserved = List.of();
        PageRequestListener listener;

        Device(int group) {
            this.group = group;
            Arrays.fill(cache, DEVICE_CACHED);
        }
    }

    FailNth failure() {
        return failure;
    }

    /** Plugs a device in. */
    public void add(DeviceId id, int pasidBits, boolean dirtyTracking, int group) {
        Device device = new Device(group);
        device.pasidBits = pasidBits;
        if (!dirtyTracking) {
            device.features.remove(Feature.DIRTY_TRACKING);
        }
        devices.put(id, device);
    }

    public void setReserved(DeviceId id, List<OwnedRange> ranges) {
        device(id).reserved = ranges;
    }

    /** Attaching at {@link #FAILING_PASID} fails from now on, or not. */
    public void setFailAtPasid(boolean fails) {
        failAtPasid = fails;
    }

    @Override
    public synchronized DeviceFacts facts(DeviceId id) {
        failure.step("facts");
        Device device = device(id);
        List<DataFormat> formats = new ArrayList<>(VendorFormats.ALL);
        formats.add(MockNested.DATA);
        byte[] hardware = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putInt(4, HARDWARE_VALUE).array();
        return new DeviceFacts("mock0", device.group, MockTable.APERTURE, MockTable.SMALL | MockTable.HUGE, device.reserved, device.pasidBits,
                device.features, null, new TypedData(HARDWARE_TYPE, hardware), formats);
    }

    @Override
    public synchronized PagingTable createPaging(DeviceId device, PagingOptions options) {
        failure.step("table");
        MockTable table = new MockTable(failure, options.dirtyTracking());
        tables.add(table);
        return table;
    }

    @Override
    public synchronized NestedTable createNested(DeviceId device, PagingTable parent, TypedData data) {
        return remember(new MockNested((MockTable) parent, data.bytes()));
    }

    MockNested remember(MockNested table) {
        failure.step("nested table");
        tables.add(table);
        return table;
    }

    @Override
    public synchronized void attach(DeviceId id, int pasid, Table table) {
        failure.step("attach");
        Device device = device(id);
        if (pasid == FAILING_PASID && failAtPasid) {
            throw new VfioException(Errno.ENOMEM, "injected at PASID " + pasid);
        }
        if (paging(table).tracksDirty() && !device.features.contains(Feature.DIRTY_TRACKING)) {
            throw new VfioException(Errno.EINVAL, "the device's writes cannot be recorded");
        }
        device.attached.put(pasid, table);
    }

    @Override
    public synchronized void detach(DeviceId id, int pasid) {
        device(id).attached.remove(pasid);
    }

    @Override
    public synchronized void listen(DeviceId id, PageRequestListener listener) {
        device(id).listener = listener;
    }

    @Override
    public MockViommu createViommu(DeviceId device, int type, PagingTable parent, byte[] data, EventSink events) {
        if (type != MockViommu.TYPE) {
            throw new VfioException(Errno.EOPNOTSUPP, "no virtual unit of type " + type);
        }
        failure.step("virtual unit");
        MockViommu viommu = new MockViommu(this, (MockTable) parent, data, events);
        viommus.add(viommu);
        return viommu;
    }

    /** The device asks for a page. */
    public void request(DeviceId id, int pasid, int group, boolean last, int permissions, long address, PageAnswer answer) {
        PageRequestListener listener = device(id).listener;
        if (listener == null) {
            answer.answer(false);
        } else {
            listener.request(new PageRequest(id, pasid, group, last, permissions, address), answer);
        }
    }

    /** Where an access of a device goes, or -1. Nested tables of the mock pass addresses on as they are. */
    public synchronized long translate(DeviceId id, int pasid, long iova, int permission) {
        Table table = device(id).attached.get(pasid);
        return table == null ? -1 : paging(table).access(iova, permission);
    }

    /** What a device is attached to, or null. */
    public synchronized Table attached(DeviceId id, int pasid) {
        return device(id).attached.get(pasid);
    }

    public int deviceCached(DeviceId id, int entry) {
        return device(id).cache[entry];
    }

    void invalidateDevice(DeviceId id, int entry) {
        if (entry < 0) {
            Arrays.fill(device(id).cache, 0);
        } else {
            device(id).cache[entry] = 0;
        }
    }

    public MockViommu lastViommu() {
        return viommus.get(viommus.size() - 1);
    }

    /** Tables that are not released. */
    public synchronized List<Table> live() {
        return tables.stream().filter(t -> t instanceof MockTable ? !((MockTable) t).isReleased() : !((MockNested) t).isReleased()).toList();
    }

    public long liveViommus() {
        return viommus.stream().filter(v -> !v.isReleased()).count();
    }

    /** Everything that a failed change must leave as it was: attachments and tables, entry by entry. */
    public synchronized Map<String, String> state() {
        Map<String, String> state = new HashMap<>();
        List<Table> live = live();
        for (int i = 0; i < live.size(); i++) {
            state.put("table " + i, live.get(i) instanceof MockTable ? ((MockTable) live.get(i)).content() : "nested");
        }
        devices.forEach((id, device) -> device.attached.forEach((pasid, table) -> state.put(id + " pasid " + pasid, "table " + live.indexOf(table))));
        state.put("virtual units", String.valueOf(liveViommus()));
        return state;
    }

    private static MockTable paging(Table table) {
        return table instanceof MockNested ? ((MockNested) table).parent() : (MockTable) table;
    }

    private Device device(DeviceId id) {
        Device device = devices.get(id);
        if (device == null) {
            throw new VfioException(Errno.ENODEV, "no device " + id);
        }
        return device;
    }
}
