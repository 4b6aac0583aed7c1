// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.conformance;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;
import static org.sluice.vfio.conformance.Rig.PAGE;
import static org.sluice.vfio.conformance.Rig.assertErrno;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.junit.runners.Parameterized;
import org.junit.runners.Parameterized.Parameters;
import org.sluice.vfio.Errno;
import org.sluice.vfio.iommufd.DeviceCalls;
import org.sluice.vfio.iommufd.HwptCalls;
import org.sluice.vfio.iommufd.IommufdContext;
import org.sluice.vfio.iommufd.OptionCalls;
import org.sluice.vfio.mock.MockTable;
import org.sluice.vfio.uapi.Command;

/** Section 2.4 of the conformance list: which pages devices wrote, over sizes and with small and huge pages. */
@RunWith(Parameterized.class)
public class DirtyTrackingTest {
    private static final long REGION = 0x7f40_0000_0000L;
    private static final long BITMAP = 0x7f30_0000_0000L;
    private static final long BITMAP_SIZE = 1 << 16;
    private static final int WRITE = 2;

    private final long size;
    private final boolean huge;
    private MockRig rig;
    private IommufdContext context;
    private int ioas;
    private int device;
    private int hwpt;
    private long base;
    private long page;

    public DirtyTrackingTest(String name, long size, boolean huge) {
        this.size = size;
        this.huge = huge;
    }

    @Parameters(name = "{0}")
    public static List<Object[]> parameters() {
        List<Object[]> all = new ArrayList<>();
        for (long kib : new long[] {8, 16, 64, 128, 320, 64 << 10, 128 << 10}) {
            all.add(new Object[] {kib + "K", kib << 10, false});
        }
        all.add(new Object[] {"65536K huge", 64L << 20, true});
        all.add(new Object[] {"131072K huge", 128L << 20, true});
        return all;
    }

    @Before
    public void open() {
        rig = new MockRig(size + (8 << 20));
        context = rig.context();
        rig.process.map(REGION, size, true);
        rig.process.map(BITMAP, BITMAP_SIZE, true);
        ioas = context.ioas().alloc();
        device = context.devices().bind(rig.device(0), true);
        hwpt = context.hwpt().alloc(HwptCalls.DIRTY_TRACKING, device, ioas, null, 0);
        context.devices().attach(device, hwpt);
        if (huge) {
            alignFrames();
        }
        base = rig.base();
        if (!huge) {
            context.options().set(OptionCalls.HUGE_PAGES, ioas, 0);
        }
        context.ioas().map(ioas, Rig.FIXED, rig.process, REGION, size, base);
        MockTable table = (MockTable) rig.port.attached(rig.device(0), Rig.NO_PASID);
        assertEquals(huge, table.isHuge(base));
        page = huge ? MockTable.HUGE : MockTable.SMALL;
    }

    /** Touches pages of another place until the next frame begins a huge page. */
    private void alignFrames() {
        long filler = 0x7f80_0000_0000L;
        rig.process.map(filler, MockTable.HUGE, true);
        for (long at = filler; (rig.physical(rig.process, at) + PAGE) % MockTable.HUGE != 0; at += PAGE) {
            assertTrue("the pool hands out frames in order", at < filler + MockTable.HUGE);
        }
    }

    @After
    public void close() {
        rig.close();
    }

    private BitSet bitmap(int flags, long pageSize) {
        BitSet bits = new BitSet();
        context.hwpt().dirtyBitmap(hwpt, flags, base, size, pageSize, bit -> bits.set((int) bit));
        return bits;
    }

    /** The device writes every second page of the table, once in its middle. */
    private BitSet writeEverySecond(long pageSize) {
        BitSet expected = new BitSet();
        for (long at = 0; at < size; at += 2 * page) {
            assertTrue(rig.translate(rig.device(0), Rig.NO_PASID, base + at + page / 2, WRITE) > 0);
            expected.set((int) (at / pageSize), (int) Math.max((at + page + pageSize - 1) / pageSize, at / pageSize + 1));
        }
        return expected;
    }

    /** Without printing tens of thousands of numbers. */
    private static void assertBits(BitSet expected, BitSet seen) {
        BitSet different = (BitSet) expected.clone();
        different.xor(seen);
        assertEquals("first different bit", -1, different.nextSetBit(0));
    }

    @Test
    public void enforce_dirty() {
        int plain = context.devices().bind(rig.device(MockRig.PLAIN_DEVICE), true);
        assertErrno(Errno.EINVAL, () -> context.devices().attach(plain, hwpt));
        assertErrno(Errno.EOPNOTSUPP, () -> context.hwpt().alloc(HwptCalls.DIRTY_TRACKING, plain, ioas, null, 0));
    }

    @Test
    public void set_dirty_tracking() {
        context.hwpt().setDirtyTracking(hwpt, HwptCalls.DIRTY_ENABLE);
        context.hwpt().setDirtyTracking(hwpt, 0);
        writeEverySecond(PAGE);
        context.hwpt().setDirtyTracking(hwpt, HwptCalls.DIRTY_ENABLE);
        assertBits(new BitSet(), bitmap(0, MockTable.SMALL));
        assertErrno(Errno.EOPNOTSUPP, () -> context.hwpt().setDirtyTracking(hwpt, 2));
        int other = context.hwpt().alloc(0, device, ioas, null, 0);
        assertErrno(Errno.EOPNOTSUPP, () -> context.hwpt().setDirtyTracking(other, HwptCalls.DIRTY_ENABLE));
    }

    @Test
    public void pasid_set_dirty_tracking() {
        int pasid = context.devices().bind(rig.device(MockRig.PASID_DEVICE), true);
        int table = context.hwpt().alloc(HwptCalls.DIRTY_TRACKING | HwptCalls.PASID, pasid, ioas, null, 0);
        context.devices().attach(pasid, 1, table);
        context.hwpt().setDirtyTracking(table, HwptCalls.DIRTY_ENABLE);
        assertTrue(rig.translate(rig.device(MockRig.PASID_DEVICE), 1, base, WRITE) > 0);
        BitSet bits = new BitSet();
        context.hwpt().dirtyBitmap(table, 0, base, size, MockTable.SMALL, bit -> bits.set((int) bit));
        assertEquals(page == MockTable.SMALL ? 1 : MockTable.HUGE / MockTable.SMALL, bits.cardinality());
        context.hwpt().setDirtyTracking(table, 0);
        int plain = context.devices().bind(rig.device(MockRig.PLAIN_DEVICE), true);
        assertErrno(Errno.EINVAL, () -> context.devices().attach(plain, 1, table));
    }

    @Test
    public void device_dirty_capability() {
        assertEquals(DeviceCalls.CAN_TRACK_DIRTY, context.devices().hardware(device, 0).capabilities());
        int plain = context.devices().bind(rig.device(MockRig.PLAIN_DEVICE), true);
        assertEquals(0, context.devices().hardware(plain, 0).capabilities());
    }

    @Test
    public void get_dirty_bitmap() {
        context.hwpt().setDirtyTracking(hwpt, HwptCalls.DIRTY_ENABLE);
        for (long pageSize : new long[] {MockTable.SMALL, PAGE}) {
            BitSet expected = writeEverySecond(pageSize);
            assertBits(expected, bitmap(0, pageSize));
            assertBits(new BitSet(), bitmap(0, pageSize));
        }
        assertErrno(Errno.EINVAL, () -> bitmap(0, 3000));
        assertErrno(Errno.EINVAL, () -> context.hwpt().dirtyBitmap(hwpt, 0, base + 1, size, MockTable.SMALL, bit -> { }));
        assertErrno(Errno.EOVERFLOW, () -> context.hwpt().dirtyBitmap(hwpt, 0, -PAGE, size, MockTable.SMALL, bit -> { }));
        // By structure, into bitmaps that begin anywhere.
        for (long shift : new long[] {0, 8, 3}) {
            BitSet expected = writeEverySecond(MockTable.SMALL);
            byte[] zeros = new byte[(int) BITMAP_SIZE];
            rig.process.write(BITMAP, zeros, 0, zeros.length);
            Arguments call = rig.arguments(Command.HWPT_GET_DIRTY_BITMAP).u32(4, hwpt).u64(16, base).u64(24, size).u64(32, MockTable.SMALL)
                    .u64(40, BITMAP + shift);
            assertEquals(0, call.run());
            byte[] bytes = new byte[(int) (size / MockTable.SMALL / Byte.SIZE) + 1];
            rig.process.read(BITMAP + shift, bytes, 0, bytes.length);
            assertBits(expected, BitSet.valueOf(bytes));
        }
    }

    @Test
    public void get_dirty_bitmap_no_clear() {
        context.hwpt().setDirtyTracking(hwpt, HwptCalls.DIRTY_ENABLE);
        BitSet expected = writeEverySecond(MockTable.SMALL);
        assertBits(expected, bitmap(HwptCalls.DIRTY_NO_CLEAR, MockTable.SMALL));
        assertBits(expected, bitmap(0, MockTable.SMALL));
        assertBits(new BitSet(), bitmap(0, MockTable.SMALL));
    }
}
