// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.mock;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

import org.sluice.machine.DeviceId;
import org.sluice.vfio.Errno;
import org.sluice.vfio.VfioException;
import org.sluice.vfio.port.DataFormat;
import org.sluice.vfio.port.NestedTable;
import org.sluice.vfio.port.TypedData;
import org.sluice.vfio.port.ViommuPort;

/** A virtual unit as the selftest's mock has it: caches of devices, events, two queues of hardware, and a page. */
public final class MockViommu implements ViommuPort.Viommu {
    public static final int TYPE = 0xdeadbeef;
    public static final int EVENT_TYPE = 0xbeefdead;
    public static final int QUEUE_TYPE = 0xdeadbeef;
    public static final int QUEUES = 2;
    public static final long PAGE_OFFSET = 0x10000;
    public static final long PAGE_LENGTH = 4096;
    /** Bytes of the data: a number in, a number out, offset and length of the page. */
    public static final int DATA_BYTES = 24;
    /** Entry: flags, virtual id, number of the cache entry. */
    public static final DataFormat INVALIDATION = new DataFormat(0xdeadbeef, "mock device invalidation", 12, List.of(-1L, 0xffff_ffffL), Errno.EINVAL);

    private final MockPort port;
    private final MockTable parent;
    private final ViommuPort.EventSink events;
    private final byte[] answer;
    private final Map<Long, DeviceId> devices = new HashMap<>();
    private final TreeMap<Integer, Long> queues = new TreeMap<>();
    private boolean released;

    MockViommu(MockPort port, MockTable parent, byte[] data, ViommuPort.EventSink events) {
        this.port = port;
        this.parent = parent;
        this.events = events;
        this.answer = data.length == 0 ? data : answer(data);
    }

    private static byte[] answer(byte[] data) {
        if (data.length < DATA_BYTES) {
            throw new VfioException(Errno.EINVAL, "the data has " + DATA_BYTES + " bytes");
        }
        ByteBuffer out = ByteBuffer.wrap(data.clone()).order(ByteOrder.LITTLE_ENDIAN);
        out.putInt(4, out.getInt(0)).putLong(8, PAGE_OFFSET).putLong(16, PAGE_LENGTH);
        return out.array();
    }

    /** The driver sees an event of a device. */
    public void raise(DeviceId device) {
        devices.forEach((virtualId, each) -> {
            if (each.equals(device)) {
                events.event(EVENT_TYPE, ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt((int) (long) virtualId).array());
            }
        });
    }

    @Override
    public byte[] answer() {
        return answer;
    }

    @Override
    public ViommuPort.UserPage page() {
        return answer.length == 0 ? null : new ViommuPort.UserPage(PAGE_OFFSET, PAGE_LENGTH);
    }

    @Override
    public void addDevice(DeviceId device, long virtualId) {
        port.failure().step("virtual device");
        devices.put(virtualId, device);
    }

    @Override
    public void removeDevice(DeviceId device) {
        devices.values().remove(device);
    }

    @Override
    public NestedTable createNested(DeviceId device, TypedData data) {
        return port.remember(new MockNested(parent, data.bytes()));
    }

    @Override
    public List<DataFormat> nesting() {
        return List.of(MockNested.DATA);
    }

    @Override
    public Set<Integer> eventTypes() {
        return Set.of(EVENT_TYPE);
    }

    @Override
    public Set<Integer> queueTypes() {
        return Set.of(QUEUE_TYPE);
    }

    @Override
    public ViommuPort.Queue createQueue(int type, int index, long physical, long length) {
        if (index < 0 || index >= QUEUES) {
            throw new VfioException(Errno.EINVAL, "there are " + QUEUES + " queues");
        }
        if (queues.containsKey(index)) {
            throw new VfioException(Errno.EEXIST, "queue " + index + " is there already");
        }
        if (index > 0 && !queues.containsKey(index - 1)) {
            throw new VfioException(Errno.EIO, "queues start in order");
        }
        port.failure().step("queue");
        queues.put(index, physical);
        return () -> {
            if (queues.containsKey(index + 1)) {
                throw new VfioException(Errno.EBUSY, "queue " + (index + 1) + " needs queue " + index);
            }
            queues.remove(index);
        };
    }

    /** Where hardware reads a queue, or null. */
    public Long queueAt(int index) {
        return queues.get(index);
    }

    @Override
    public DataFormat invalidationFormat() {
        return INVALIDATION;
    }

    @Override
    public Outcome invalidate(byte[] entries, int count) {
        ByteBuffer in = ByteBuffer.wrap(entries).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < count; i++) {
            int flags = in.getInt(i * 12);
            DeviceId device = devices.get(Integer.toUnsignedLong(in.getInt(i * 12 + 4)));
            int entry = in.getInt(i * 12 + 8);
            if ((flags & ~MockNested.INVALIDATE_ALL) != 0) {
                return new Outcome(i, Errno.EOPNOTSUPP, "unknown flags");
            }
            if (device == null || Integer.compareUnsigned(entry, MockNested.ENTRIES) >= 0) {
                return new Outcome(i, Errno.EINVAL, "no such device or entry");
            }
            port.invalidateDevice(device, (flags & MockNested.INVALIDATE_ALL) != 0 ? -1 : entry);
        }
        return Outcome.done(count);
    }

    @Override
    public void release() {
        if (!queues.isEmpty() || !devices.isEmpty()) {
            throw new IllegalStateException("released with queues or devices");
        }
        released = true;
    }

    boolean isReleased() {
        return released;
    }
}
