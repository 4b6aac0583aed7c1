// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.conformance;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.sluice.vfio.conformance.Rig.BUFFER;
import static org.sluice.vfio.conformance.Rig.PAGE;
import static org.sluice.vfio.conformance.Rig.assertErrno;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.sluice.vfio.Errno;
import org.sluice.vfio.iommufd.HwptCalls;
import org.sluice.vfio.iommufd.IommufdContext;
import org.sluice.vfio.iommufd.ViommuCalls.Allocated;
import org.sluice.vfio.iommufd.ViommuCalls.Mapped;
import org.sluice.vfio.mock.MockNested;
import org.sluice.vfio.mock.MockPort;
import org.sluice.vfio.mock.MockViommu;
import org.sluice.vfio.port.Invalidation.Outcome;
import org.sluice.vfio.port.TypedData;
import org.sluice.vfio.uapi.Command;
import org.sluice.vfio.uapi.EventDescriptor;
import org.sluice.vfio.uapi.FaultDescriptor;

/** Section 2.6 of the conformance list: virtual units, their devices, events and queues. */
public class ViommuTest {
    private static final byte[] NOTHING = {};
    private static final int ENTRY = 12;
    private static final int INVALIDATION_TYPE = 0xdeadbeef;

    private final MockRig rig = new MockRig();
    private final IommufdContext context = rig.context();
    private int ioas;
    private int device;
    private int parent;
    private int viommu;

    @Before
    public void open() {
        ioas = context.ioas().alloc();
        device = rig.attach(0, ioas);
        parent = context.hwpt().alloc(HwptCalls.NEST_PARENT, device, ioas, null, 0);
        viommu = context.viommus().alloc(MockViommu.TYPE, device, parent, NOTHING).id();
    }

    @After
    public void close() {
        rig.close();
    }

    private static TypedData data() {
        return new TypedData(MockNested.DATA_TYPE, ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(MockNested.CACHED).array());
    }

    private void alloc(int type, int dev, int hwpt) {
        context.viommus().alloc(type, dev, hwpt, NOTHING);
    }

    @Test
    public void viommu_auto_destroy() {
        // Closing the context frees: the rig checks it after each case.
        assertEquals(1, rig.port.liveViommus());
    }

    @Test
    public void viommu_negative_tests() {
        assertErrno(Errno.ENOENT, () -> alloc(MockViommu.TYPE, 0, parent));
        assertErrno(Errno.ENOENT, () -> alloc(MockViommu.TYPE, device, 0));
        int plain = context.hwpt().alloc(0, device, ioas, null, 0);
        assertErrno(Errno.EINVAL, () -> alloc(MockViommu.TYPE, device, plain));
        assertErrno(Errno.EOPNOTSUPP, () -> alloc(0, device, parent));
        assertErrno(Errno.EOPNOTSUPP, () -> alloc(77, device, parent));
        assertErrno(Errno.EBUSY, () -> context.destroy(parent));
        int nested = context.hwpt().alloc(0, device, viommu, data(), 0);
        assertErrno(Errno.EBUSY, () -> context.destroy(viommu));
        context.destroy(nested);
        context.destroy(viommu);
        context.destroy(parent);
    }

    @Test
    public void viommu_alloc_nested_iopf() {
        int faults = context.faults().alloc();
        assertErrno(Errno.ENOENT, () -> context.hwpt().alloc(HwptCalls.FAULT_ID_VALID, device, viommu, data(), 9999));
        assertErrno(Errno.EOPNOTSUPP, () -> context.hwpt().alloc(1 << 31, device, viommu, data(), faults));
        int nested = context.hwpt().alloc(HwptCalls.FAULT_ID_VALID, device, viommu, data(), faults);
        assertErrno(Errno.ENOENT, () -> context.devices().replace(device, nested));
        context.viommus().addDevice(viommu, device, 0x99);
        context.devices().replace(device, nested);
        assertErrno(Errno.EBUSY, () -> context.destroy(nested));
        AtomicReference<Boolean> answer = new AtomicReference<>();
        rig.port.request(rig.device(0), Rig.NO_PASID, 1, true, 2, 0x1000, answer::set);
        context.faults().respond(faults, context.faults().read(faults, 1).get(0).cookie(), true);
        assertEquals(true, answer.get());
    }

    /** Faults by descriptor: 40 bytes out, 8 bytes in. */
    @Test
    public void faultsByDescriptor() {
        Arguments made = rig.arguments(Command.FAULT_QUEUE_ALLOC);
        assertEquals(0, made.run());
        FaultDescriptor descriptor = rig.process.descriptors().get(made.getU32(12), FaultDescriptor.class);
        int nested = context.hwpt().alloc(HwptCalls.FAULT_ID_VALID, device, parent, data(), made.getU32(8));
        context.devices().replace(device, nested);
        AtomicReference<Boolean> answer = new AtomicReference<>();
        // Two requests of a group come together, with one cookie, when the last is there.
        rig.port.request(rig.device(0), Rig.NO_PASID, 3, false, 1, 0x2000, answer::set);
        assertEquals(0, descriptor.read(400).length);
        rig.port.request(rig.device(0), Rig.NO_PASID, 3, true, 2, 0x3000, answer::set);
        assertErrno(Errno.EINVAL, () -> descriptor.read(41));
        assertEquals("a group is not torn", 0, descriptor.read(40).length);
        ByteBuffer record = ByteBuffer.wrap(descriptor.read(80)).order(ByteOrder.LITTLE_ENDIAN);
        assertEquals(80, record.capacity());
        assertEquals(0, record.getInt(0));
        assertEquals(2, record.getInt(40));
        assertEquals(device, record.getInt(4));
        assertEquals(3, record.getInt(12));
        assertEquals(1, record.getInt(16));
        assertEquals(0x2000, record.getLong(24));
        assertEquals(0x3000, record.getLong(64));
        int cookie = record.getInt(36);
        assertEquals(cookie, record.getInt(76));
        assertErrno(Errno.EINVAL, () -> descriptor.write(new byte[7]));
        assertErrno(Errno.EINVAL, () -> descriptor.write(answer(cookie, 2)));
        assertEquals(8, descriptor.write(answer(cookie, 1)));
        assertEquals(false, answer.get());
    }

    private static byte[] answer(int cookie, int code) {
        return ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putInt(cookie).putInt(code).array();
    }

    @Test
    public void viommu_alloc_with_data() {
        byte[] in = ByteBuffer.allocate(MockViommu.DATA_BYTES).order(ByteOrder.LITTLE_ENDIAN).putInt(0xbeef).array();
        Allocated made = context.viommus().alloc(MockViommu.TYPE, device, parent, in);
        ByteBuffer out = ByteBuffer.wrap(made.answer()).order(ByteOrder.LITTLE_ENDIAN);
        assertEquals(0xbeef, out.getInt(4));
        long offset = out.getLong(8);
        long length = out.getLong(16);
        assertEquals(PAGE, length);
        assertErrno(Errno.ENXIO, () -> context.viommus().map(offset + PAGE, length));
        assertErrno(Errno.ENXIO, () -> context.viommus().map(offset, length * 2));
        Mapped mapped = context.viommus().map(offset, length);
        assertErrno(Errno.EBUSY, () -> context.destroy(made.id()));
        mapped.close();
        mapped.close();
        context.destroy(made.id());
        assertErrno(Errno.ENXIO, () -> context.viommus().map(offset, length));
        // By structure, into the caller's data.
        rig.process.write(BUFFER, in, 0, in.length);
        Arguments call = rig.arguments(Command.VIOMMU_ALLOC).u32(8, MockViommu.TYPE).u32(12, device).u32(16, parent).u32(24, in.length).u64(32, BUFFER);
        assertEquals(0, call.run());
        byte[] seen = new byte[in.length];
        rig.process.read(BUFFER, seen, 0, seen.length);
        assertArrayEquals(made.answer(), seen);
    }

    @Test
    public void vdevice_alloc() {
        assertErrno(Errno.EINVAL, () -> context.viommus().addEventQueue(viommu, MockViommu.EVENT_TYPE, 0));
        assertErrno(Errno.EINVAL, () -> context.viommus().addEventQueue(viommu, MockViommu.EVENT_TYPE, (1 << 19) + 1));
        assertErrno(Errno.EOPNOTSUPP, () -> context.viommus().addEventQueue(viommu, 0, 2));
        Arguments made = rig.arguments(Command.VEVENTQ_ALLOC).u32(8, viommu).u32(12, MockViommu.EVENT_TYPE).u32(16, 2);
        assertEquals(0, made.run());
        assertErrno(Errno.EEXIST, () -> context.viommus().addEventQueue(viommu, MockViommu.EVENT_TYPE, 2));
        EventDescriptor events = rig.process.descriptors().get(made.getU32(24), EventDescriptor.class);
        rig.port.lastViommu().raise(rig.device(0));
        assertEquals("no virtual device yet, no event", 0, events.read(12).length);
        int vdevice = context.viommus().addDevice(viommu, device, 0x99);
        assertErrno(Errno.EEXIST, () -> context.viommus().addDevice(viommu, device, 0x98));
        int other = context.devices().bind(rig.device(1), true);
        assertErrno(Errno.EEXIST, () -> context.viommus().addDevice(viommu, other, 0x99));
        assertErrno(Errno.EINVAL, () -> context.viommus().addDevice(viommu, other, 1L << 32));
        rig.port.lastViommu().raise(rig.device(0));
        for (int length : new int[] {0, 7, 8}) {
            assertErrno(Errno.EINVAL, () -> events.read(length));
        }
        assertEvent(events.read(12), 0, 0, 0x99);
        context.destroy(vdevice);
        context.viommus().addDevice(viommu, device, 0x88);
        rig.port.lastViommu().raise(rig.device(0));
        assertEvent(events.read(12), 0, 1, 0x88);
        // Three in a queue of two: the third is lost, and a header says so.
        for (int i = 0; i < 3; i++) {
            rig.port.lastViommu().raise(rig.device(0));
        }
        assertEvent(events.read(12), 0, 2, 0x88);
        assertEvent(events.read(12), 0, 3, 0x88);
        byte[] lost = events.read(8);
        assertEquals(8, lost.length);
        assertEvent(lost, 1, 4, 0);
        rig.port.lastViommu().raise(rig.device(0));
        assertEvent(events.read(12), 0, 5, 0x88);
        // What is lost in the middle is told by the gap alone.
        for (int i = 0; i < 5; i++) {
            rig.port.lastViommu().raise(rig.device(0));
        }
        assertEvent(events.read(12), 0, 6, 0x88);
        rig.port.lastViommu().raise(rig.device(0));
        assertEvent(events.read(12), 0, 7, 0x88);
        assertEvent(events.read(64), 0, 11, 0x88);
    }

    private static void assertEvent(byte[] bytes, int flags, int sequence, int virtualId) {
        ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        assertEquals(flags, in.getInt(0));
        assertEquals(sequence, in.getInt(4));
        if (flags == 0) {
            assertEquals(12, bytes.length);
            assertEquals(virtualId, in.getInt(8));
        }
    }

    private Outcome invalidate(int count, int... fields) {
        ByteBuffer out = ByteBuffer.allocate(fields.length * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int field : fields) {
            out.putInt(field);
        }
        return context.hwpt().invalidate(viommu, INVALIDATION_TYPE, ENTRY, count, out.array());
    }

    private void assertCache(int... expected) {
        for (int i = 0; i < expected.length; i++) {
            assertEquals("cache entry " + i, expected[i], rig.port.deviceCached(rig.device(0), i));
        }
    }

    @Test
    public void vdevice_cache() {
        int cached = MockPort.DEVICE_CACHED;
        context.viommus().addDevice(viommu, device, 0x99);
        assertCache(cached, cached, cached, cached);
        assertEquals(Outcome.done(0), context.hwpt().invalidate(viommu, INVALIDATION_TYPE, ENTRY, 0, NOTHING));
        byte[] one = new byte[ENTRY];
        assertErrno(Errno.EINVAL, () -> context.hwpt().invalidate(viommu, 0x1234, ENTRY, 1, one));
        for (int length : new int[] {0, 1, ENTRY + 1, (int) PAGE + 1}) {
            assertErrno(Errno.EINVAL, () -> context.hwpt().invalidate(viommu, INVALIDATION_TYPE, length, 1, one));
        }
        assertErrno(Errno.EINVAL, () -> context.hwpt().invalidate(viommu, INVALIDATION_TYPE, ENTRY, HwptCalls.MAX_ENTRIES + 1, one));
        assertErrno(Errno.EINVAL, () -> context.hwpt().invalidate(viommu, INVALIDATION_TYPE, ENTRY, 2, one));
        assertEquals(Errno.EOPNOTSUPP, invalidate(1, 0xffff, 0x99, 0).error());
        assertEquals(Errno.EINVAL, invalidate(1, 0, 0x99, 4).error());
        assertEquals(Errno.EINVAL, invalidate(1, 0, 0x9, 0).error());
        Outcome flags = invalidate(2, 0, 0x99, 0, 0xffff, 0x99, 1);
        assertEquals(1, flags.done());
        assertEquals(Errno.EOPNOTSUPP, flags.error());
        assertCache(0, cached, cached, cached);
        Outcome number = invalidate(2, 0, 0x99, 1, 0, 0x99, 4);
        assertEquals(1, number.done());
        assertEquals(Errno.EINVAL, number.error());
        assertCache(0, 0, cached, cached);
        assertEquals(Outcome.done(2), invalidate(2, 0, 0x99, 2, 0, 0x99, 3));
        assertCache(0, 0, 0, 0);
        context.viommus().addDevice(viommu, context.devices().bind(rig.device(1), true), 0x77);
        assertEquals(cached, rig.port.deviceCached(rig.device(1), 2));
        assertEquals(Outcome.done(1), invalidate(1, MockNested.INVALIDATE_ALL, 0x77, 0));
        assertEquals(0, rig.port.deviceCached(rig.device(1), 2));
    }

    private int queue(int index, long iova, long length) {
        return context.viommus().addHardwareQueue(viommu, MockViommu.QUEUE_TYPE, index, iova, length);
    }

    @Test
    public void hw_queue() {
        long iova = rig.base();
        context.ioas().map(ioas, Rig.FIXED, rig.process, BUFFER, PAGE, iova);
        context.ioas().map(ioas, Rig.FIXED, rig.process, BUFFER + PAGE, PAGE, iova + PAGE);
        assertErrno(Errno.EOPNOTSUPP, () -> context.viommus().addHardwareQueue(viommu, 0, 0, iova, PAGE));
        assertErrno(Errno.EINVAL, () -> queue(0, iova, 0));
        assertErrno(Errno.EOVERFLOW, () -> queue(0, -PAGE, PAGE * 2));
        assertErrno(Errno.ENOENT, () -> queue(0, iova + PAGE * 4, PAGE));
        assertErrno(Errno.EIO, () -> queue(1, iova, PAGE));
        assertErrno(Errno.EINVAL, () -> queue(MockViommu.QUEUES, iova, PAGE));
        int first = queue(0, iova, PAGE);
        assertEquals(rig.physical(rig.process, BUFFER), (long) rig.port.lastViommu().queueAt(0));
        assertErrno(Errno.EEXIST, () -> queue(0, iova, PAGE));
        assertErrno(Errno.EBUSY, () -> context.ioas().unmap(ioas, iova, PAGE));
        assertEquals(PAGE, context.ioas().unmap(ioas, iova + PAGE, PAGE));
        context.ioas().map(ioas, Rig.FIXED, rig.process, BUFFER + PAGE, PAGE, iova + PAGE);
        // Half a page, from its middle.
        int second = queue(1, iova + PAGE + PAGE / 2, PAGE / 2);
        assertEquals(rig.physical(rig.process, BUFFER + PAGE) + PAGE / 2, (long) rig.port.lastViommu().queueAt(1));
        assertErrno(Errno.EBUSY, () -> context.ioas().unmap(ioas, iova + PAGE, PAGE));
        assertErrno(Errno.EBUSY, () -> context.destroy(first));
        assertErrno(Errno.EBUSY, () -> context.destroy(viommu));
        context.destroy(second);
        context.destroy(first);
        assertEquals(PAGE * 2, context.ioas().unmapAll(ioas));
        context.destroy(viommu);
    }

    @Test
    public void vdevice_tombstone() {
        int vdevice = context.viommus().addDevice(viommu, device, 0x99);
        context.devices().unbind(device);
        assertErrno(Errno.ENOENT, () -> context.destroy(vdevice));
        context.destroy(viommu);
    }
}
