// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.conformance;

import static org.junit.Assert.assertEquals;
import static org.sluice.vfio.conformance.Rig.BUFFER;
import static org.sluice.vfio.conformance.Rig.PAGE;
import static org.sluice.vfio.conformance.Rig.assertErrno;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.sluice.vfio.Errno;
import org.sluice.vfio.iommufd.HwptCalls;
import org.sluice.vfio.iommufd.IommufdContext;
import org.sluice.vfio.mock.MockNested;
import org.sluice.vfio.port.DataFormat;
import org.sluice.vfio.port.Invalidation.Outcome;
import org.sluice.vfio.port.TypedData;
import org.sluice.vfio.port.VendorFormats;
import org.sluice.vfio.uapi.Command;

/** Section 2.3 of the conformance list: nested tables, as objects and as structures. */
public class NestedTest {
    private static final int CACHED = MockNested.CACHED;
    private static final int INVALIDATION_TYPE = 0xdeadbeef;
    private static final int ENTRY = 8;

    private final MockRig rig = new MockRig();
    private final IommufdContext context = rig.context();
    private int ioas;
    private int device;
    private int parent;

    @Before
    public void open() {
        ioas = context.ioas().alloc();
        device = rig.attach(0, ioas);
        parent = context.hwpt().alloc(HwptCalls.NEST_PARENT, device, ioas, null, 0);
    }

    @After
    public void close() {
        rig.close();
    }

    private static TypedData data() {
        return new TypedData(MockNested.DATA_TYPE, ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(CACHED).array());
    }

    private int nested(int flags, int over, int faults) {
        return context.hwpt().alloc(flags, device, over, data(), faults);
    }

    @Test
    public void alloc_hwpt_nested_allocation() {
        assertErrno(Errno.ENOENT, () -> context.hwpt().alloc(0, 9999, parent, data(), 0));
        assertErrno(Errno.EINVAL, () -> nested(0, device, 0));
        assertErrno(Errno.EOPNOTSUPP, () -> context.hwpt().alloc(HwptCalls.NEST_PARENT | HwptCalls.FAULT_ID_VALID, device, ioas, null, 0));
        assertErrno(Errno.EINVAL, () -> context.hwpt().alloc(0, device, parent, new TypedData(0, new byte[4]), 0));
        assertErrno(Errno.EOPNOTSUPP, () -> context.hwpt().alloc(0, device, parent, new TypedData(0xbad, new byte[4]), 0));
        assertErrno(Errno.EINVAL, () -> context.hwpt().alloc(0, device, parent, new TypedData(MockNested.DATA_TYPE, new byte[3]), 0));
        assertErrno(Errno.EOPNOTSUPP, () -> nested(HwptCalls.NEST_PARENT, parent, 0));
        int plain = context.hwpt().alloc(0, device, ioas, null, 0);
        assertErrno(Errno.EINVAL, () -> nested(0, plain, 0));
        int first = nested(0, parent, 0);
        int second = nested(0, parent, 0);
        assertErrno(Errno.EINVAL, () -> nested(0, first, 0));
        assertErrno(Errno.ENOENT, () -> nested(HwptCalls.FAULT_ID_VALID, parent, 9999));
        assertErrno(Errno.EBUSY, () -> context.destroy(parent));
        context.destroy(first);
        assertErrno(Errno.EBUSY, () -> context.destroy(parent));
        context.destroy(second);
        context.destroy(parent);
        // By structure: a pointer that leads nowhere, and one that leads to data.
        int other = context.hwpt().alloc(HwptCalls.NEST_PARENT, device, ioas, null, 0);
        assertEquals(-Errno.EFAULT.number(), command(other, MockNested.DATA_TYPE, 4, 0).run());
        assertEquals(-Errno.EINVAL.number(), command(other, 0, 4, BUFFER).run());
        rig.process.write(BUFFER, data().bytes(), 0, 4);
        Arguments made = command(other, MockNested.DATA_TYPE, 4, BUFFER);
        assertEquals(0, made.run());
        assertEquals(Outcome.done(0), context.hwpt().invalidate(made.getU32(16), INVALIDATION_TYPE, ENTRY, 0, new byte[0]));
    }

    private Arguments command(int over, int type, int length, long pointer) {
        return rig.arguments(Command.HWPT_ALLOC).u32(8, device).u32(12, over).u32(24, type).u32(28, length).u64(32, pointer);
    }

    private MockNested table(int hwpt) {
        context.devices().replace(device, hwpt);
        return (MockNested) rig.port.attached(rig.device(0), Rig.NO_PASID);
    }

    private static byte[] entries(int... flagsAndNumbers) {
        ByteBuffer out = ByteBuffer.allocate(flagsAndNumbers.length * Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        Arrays.stream(flagsAndNumbers).forEach(out::putInt);
        return out.array();
    }

    private Outcome invalidate(int hwpt, int count, byte[] entries) {
        return context.hwpt().invalidate(hwpt, INVALIDATION_TYPE, ENTRY, count, entries);
    }

    private static void assertCache(MockNested table, int... expected) {
        for (int i = 0; i < expected.length; i++) {
            assertEquals("cache entry " + i, expected[i], table.cached(i));
        }
    }

    @Test
    public void alloc_hwpt_nested_invalidation() {
        int hwpt = nested(0, parent, 0);
        MockNested table = table(hwpt);
        assertCache(table, CACHED, CACHED, CACHED, CACHED);
        assertErrno(Errno.EINVAL, () -> invalidate(parent, 0, new byte[0]));
        assertEquals(Outcome.done(0), invalidate(hwpt, 0, new byte[0]));
        byte[] two = entries(0, 0, 0, 1);
        assertErrno(Errno.EINVAL, () -> context.hwpt().invalidate(hwpt, 0x1234, ENTRY, 1, two));
        assertErrno(Errno.EINVAL, () -> context.hwpt().invalidate(hwpt, 0x1234, ENTRY, 0, new byte[0]));
        for (int length : new int[] {0, 1, ENTRY + 1, (int) PAGE + 1}) {
            assertErrno(Errno.EINVAL, () -> context.hwpt().invalidate(hwpt, INVALIDATION_TYPE, length, 1, two));
        }
        assertErrno(Errno.EINVAL, () -> invalidate(hwpt, HwptCalls.MAX_ENTRIES + 1, two));
        assertCache(table, CACHED, CACHED, CACHED, CACHED);
        assertEquals(Errno.EOPNOTSUPP, invalidate(hwpt, 1, entries(0xffff, 0)).error());
        assertEquals(Errno.EINVAL, invalidate(hwpt, 1, entries(0, MockNested.CACHED)).error());
        // An error in the second of two leaves the first done and the others untouched.
        Outcome flags = invalidate(hwpt, 2, entries(0, 0, 0xffff, 1));
        assertEquals(1, flags.done());
        assertEquals(Errno.EOPNOTSUPP, flags.error());
        assertCache(table, 0, CACHED, CACHED, CACHED);
        Outcome number = invalidate(hwpt, 2, entries(0, 1, 0, 4));
        assertEquals(1, number.done());
        assertEquals(Errno.EINVAL, number.error());
        assertCache(table, 0, 0, CACHED, CACHED);
        assertEquals(Outcome.done(1), invalidate(hwpt, 1, entries(0, 2)));
        assertCache(table, 0, 0, 0, CACHED);
        MockNested fresh = table(nested(0, parent, 0));
        int id = context.devices().attached(device, Rig.NO_PASID);
        assertEquals(Outcome.done(2), invalidate(id, 2, entries(0, 2, 0, 3)));
        assertCache(fresh, CACHED, CACHED, 0, 0);
        assertEquals(Outcome.done(1), invalidate(id, 1, entries(MockNested.INVALIDATE_ALL, 0)));
        assertCache(fresh, 0, 0, 0, 0);
    }

    @Test
    public void invalidationByStructure() {
        int hwpt = nested(0, parent, 0);
        MockNested table = table(hwpt);
        byte[] entries = entries(0, 0, 0xffff, 1);
        rig.process.write(BUFFER, entries, 0, entries.length);
        Arguments call = invalidateCommand(hwpt, 2, ENTRY, BUFFER);
        assertEquals(-Errno.EOPNOTSUPP.number(), call.run());
        assertEquals(1, call.getU32(24));
        assertCache(table, 0, CACHED, CACHED, CACHED);
        Arguments none = invalidateCommand(hwpt, 2, ENTRY, 0);
        assertEquals(-Errno.EINVAL.number(), none.run());
        assertEquals(0, none.getU32(24));
        assertEquals(-Errno.EINVAL.number(), invalidateCommand(hwpt, HwptCalls.MAX_ENTRIES + 1, ENTRY, BUFFER).run());
        assertEquals(-Errno.EINVAL.number(), invalidateCommand(hwpt, 1, (int) PAGE + 8, BUFFER).run());
        assertEquals(0, invalidateCommand(hwpt, 0, ENTRY, 0).run());
    }

    private Arguments invalidateCommand(int hwpt, int count, int length, long pointer) {
        return rig.arguments(Command.HWPT_INVALIDATE).u32(4, hwpt).u64(8, pointer).u32(16, INVALIDATION_TYPE).u32(20, length).u32(24, count);
    }

    @Test
    public void alloc_hwpt_nested_attach() {
        long iova = context.ioas().map(ioas, Rig.WRITE_READ, rig.process, BUFFER, PAGE, 0);
        int faults = context.faults().alloc();
        int[] stops = {nested(0, parent, 0), nested(0, parent, 0), nested(HwptCalls.FAULT_ID_VALID, parent, faults)};
        assertErrno(Errno.EBUSY, () -> context.destroy(faults));
        for (int i = 0; i < stops.length; i++) {
            int now = stops[i];
            context.devices().replace(device, now);
            rig.verify(rig.device(0), iova, BUFFER, PAGE);
            assertErrno(Errno.EBUSY, () -> context.destroy(now));
            if (i == 1) {
                context.destroy(stops[0]);
            }
        }
        AtomicReference<Boolean> answer = new AtomicReference<>();
        rig.port.request(rig.device(0), Rig.NO_PASID, 5, true, 2, 0x1000, answer::set);
        int cookie = context.faults().read(faults, 10).get(0).cookie();
        assertEquals(null, answer.get());
        context.faults().respond(faults, cookie, true);
        assertEquals(true, answer.get());
        assertErrno(Errno.EINVAL, () -> context.faults().respond(faults, cookie, true));
        // A fault that waits when the device leaves is answered as invalid.
        rig.port.request(rig.device(0), Rig.NO_PASID, 6, true, 2, 0x1000, answer::set);
        context.devices().replace(device, parent);
        assertEquals(false, answer.get());
        context.destroy(stops[1]);
        context.destroy(stops[2]);
        context.destroy(faults);
        rig.verify(rig.device(0), iova, BUFFER, PAGE);
        context.devices().replace(device, ioas);
        rig.verify(rig.device(0), iova, BUFFER, PAGE);
        context.destroy(parent);
    }

    /** NST-17: a user of parents and nested tables needs no virtual machine, and no virtual unit. */
    @Test
    public void aUserOfNestedTablesNeedsNoVirtualMachine() {
        int table = nested(0, parent, 0);
        context.devices().replace(device, table);
        assertEquals(0, rig.port.liveViommus());
        assertEquals(table, context.devices().attached(device, Rig.NO_PASID));
    }

    /** NST-09: each bit of each vendor's data that is the host's is refused, by itself; all others are taken. */
    @Test
    public void vendorDataIsCheckedBitByBit() {
        for (DataFormat format : VendorFormats.ALL) {
            for (int bit = 0; bit < format.length() * Byte.SIZE; bit++) {
                byte[] bytes = new byte[format.length()];
                bytes[bit / Byte.SIZE] = (byte) (1 << bit % Byte.SIZE);
                TypedData one = new TypedData(format.type(), bytes);
                if ((format.allowed().get(bit / Long.SIZE) >>> bit % Long.SIZE & 1) != 0) {
                    context.destroy(context.hwpt().alloc(0, device, parent, one, 0));
                } else {
                    assertErrno(format.reserved(), () -> context.hwpt().alloc(0, device, parent, one, 0));
                }
            }
            assertErrno(Errno.EINVAL, () -> context.hwpt().alloc(0, device, parent, new TypedData(format.type(), new byte[format.length() - 1]), 0));
            byte[] longer = new byte[format.length() + 1];
            context.destroy(context.hwpt().alloc(0, device, parent, new TypedData(format.type(), longer), 0));
            longer[format.length()] = 1;
            assertErrno(Errno.E2BIG, () -> context.hwpt().alloc(0, device, parent, new TypedData(format.type(), longer), 0));
        }
    }

    /** The same, by the sheets: which bits a user of each vendor may set. */
    @Test
    public void vendorDataAsTheSheetsHaveIt() {
        accepted(VendorFormats.VTD_STAGE_1, 0x7L, 0x1234_5000L, 48L);
        refused(VendorFormats.VTD_STAGE_1, 0x8L, 0x1234_5000L, 48L);
        refused(VendorFormats.VTD_STAGE_1, 0x1L, 0x1234_5001L, 48L);
        refused(VendorFormats.VTD_STAGE_1, 0x1L, 0x1234_5000L, 1L << 32 | 48L);
        // V=1, Config=101, S1Fmt=1, S1ContextPtr, S1CDMax=3; S1DSS=2, S1STALLD, EATS=1. SHCFG (word 1, 45:44) and STRW (31:30) are the host's.
        accepted(VendorFormats.SMMUV3_STE, 3L << 59 | 0x8765_4000L | 1L << 4 | 5L << 1 | 1L, 1L << 28 | 1L << 27 | 2L);
        refused(VendorFormats.SMMUV3_STE, 5L << 1 | 1L, 1L << 44);
        refused(VendorFormats.SMMUV3_STE, 5L << 1 | 1L, 1L << 30);
        refused(VendorFormats.SMMUV3_STE, 5L << 1 | 1L | 1L << 52, 0L);
        // V, TV, GV, GIoV, GLX=1, GCR3 root; Mode, host table, DomainID and interrupt bits are the host's.
        accepted(VendorFormats.AMD_DTE, 1L << 56 | 1L << 55 | 1L << 54 | 5L << 58 | 3L, 0x5aL << 16 | 3L << 43, 0L, 0L);
        refused(VendorFormats.AMD_DTE, 1L << 9 | 3L, 0L, 0L, 0L);
        refused(VendorFormats.AMD_DTE, 3L | 0x1000L, 0L, 0L, 0L);
        refused(VendorFormats.AMD_DTE, 3L, 7L, 0L, 0L);
        refused(VendorFormats.AMD_DTE, 3L, 0L, 1L, 0L);
        // The anchor that Linux writes for a region-third table (zpci.md, section 3), and with bits that mean nothing.
        accepted(VendorFormats.ZPCI_IOTA, 0x8f00_0804L & ~0x3fffL | 0x804L);
        refused(VendorFormats.ZPCI_IOTA, 0x8f00_0804L | 0x400L);
        refused(VendorFormats.ZPCI_IOTA, 0x8f00_0804L | 0x1000L);
    }

    private TypedData words(DataFormat format, long... words) {
        ByteBuffer out = ByteBuffer.allocate(words.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        Arrays.stream(words).forEach(out::putLong);
        return new TypedData(format.type(), out.array());
    }

    private void accepted(DataFormat format, long... words) {
        context.destroy(context.hwpt().alloc(0, device, parent, words(format, words), 0));
    }

    private void refused(DataFormat format, long... words) {
        assertErrno(format.reserved(), () -> context.hwpt().alloc(0, device, parent, words(format, words), 0));
    }
}
