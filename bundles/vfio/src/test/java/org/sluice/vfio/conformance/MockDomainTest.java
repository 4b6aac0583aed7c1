// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.conformance;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNotEquals;
import static org.sluice.vfio.conformance.Rig.BUFFER;
import static org.sluice.vfio.conformance.Rig.BUFFER_SIZE;
import static org.sluice.vfio.conformance.Rig.PAGE;
import static org.sluice.vfio.conformance.Rig.assertErrno;

import java.util.List;
import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.junit.runners.Parameterized;
import org.junit.runners.Parameterized.Parameters;
import org.sluice.vfio.Errno;
import org.sluice.vfio.iommufd.AccessObject;
import org.sluice.vfio.iommufd.AccessObject.Pin;
import org.sluice.vfio.iommufd.IoasCalls;
import org.sluice.vfio.iommufd.IommufdContext;
import org.sluice.vfio.memory.SharedFile;

/** Section 2.3 of the conformance list: paging tables. */
@RunWith(Parameterized.class)
public class MockDomainTest {
    private final Rigs.Kind kind;
    private Rig rig;
    private IommufdContext context;
    private int ioas;
    private int device;
    private long base;

    public MockDomainTest(Rigs.Kind kind) {
        this.kind = kind;
    }

    @Parameters(name = "{0}")
    public static List<Rigs.Kind> parameters() {
        return Rigs.all();
    }

    @Before
    public void open() {
        rig = kind.make().get();
        context = rig.context();
        ioas = context.ioas().alloc();
        device = rig.attach(0, ioas);
        base = rig.base();
    }

    @After
    public void close() {
        rig.close();
    }

    private long map(long address, long length) {
        return context.ioas().map(ioas, Rig.WRITE_READ, rig.process, address, length, 0);
    }

    @Test
    public void basic() {
        long iova = map(BUFFER, PAGE);
        rig.verify(rig.device(0), iova, BUFFER, PAGE);
        context.ioas().unmap(ioas, iova, PAGE);
        List<String> before = context.describe();
        long pinned = rig.pool.pinned();
        for (long hole = 0; hole < BUFFER_SIZE; hole += PAGE) {
            rig.process.unmap(BUFFER + hole, PAGE);
            assertErrno(Errno.EFAULT, () -> map(BUFFER, BUFFER_SIZE));
            assertEquals(before, context.describe());
            assertEquals(pinned, rig.pool.pinned());
            rig.verifyAbsent(rig.device(0), base, BUFFER_SIZE);
            rig.process.map(BUFFER + hole, PAGE, true);
        }
        SharedFile file = rig.file(PAGE * 2);
        assertErrno(Errno.EINVAL, () -> mapFile(file, PAGE * 3));
        mapFile(file, PAGE * 2);
        file.truncate(PAGE);
        assertErrno(Errno.EINVAL, () -> mapFile(file, PAGE * 2));
    }

    private long mapFile(SharedFile file, long length) {
        return context.ioas().mapFile(ioas, Rig.WRITE_READ, rig.process, file, 0, length, 0);
    }

    @Test
    public void ro_unshare() {
        // A private page that is the file's until the process writes to it.
        SharedFile file = rig.file(PAGE);
        file.write(0, new byte[] {9}, 0, 1);
        long address = 0x7f20_0000_0000L;
        rig.process.mapPrivate(address, PAGE, file, 0);
        long iova = context.ioas().map(ioas, IoasCalls.READABLE, rig.process, address, PAGE, 0);
        long before = rig.translate(rig.device(0), Rig.NO_PASID, iova, 1);
        assertEquals(9, rig.memory.readByte(before));
        assertEquals("no writes", -1, rig.translate(rig.device(0), Rig.NO_PASID, iova, 2));
        rig.process.write(address, new byte[] {10}, 0, 1);
        assertEquals(before, rig.physical(rig.process, address));
        assertEquals(10, rig.memory.readByte(before));
    }

    @Test
    public void all_aligns() {
        allAligns(false);
    }

    @Test
    public void all_aligns_copy() {
        allAligns(true);
    }

    /** Every start and length in steps of the unit's pages. */
    private void allAligns(boolean withCopy) {
        long step = rig.granule();
        for (long start = 0; start < BUFFER_SIZE - step; start += step) {
            for (long length = step; start + length <= BUFFER_SIZE; length += step) {
                long iova = map(BUFFER + start, length);
                rig.verify(rig.device(0), iova, BUFFER + start, length);
                if (withCopy) {
                    int other = rig.attach(1, ioas);
                    rig.verify(rig.device(1), iova, BUFFER + start, length);
                    context.devices().unbind(other);
                    rig.verify(rig.device(0), iova, BUFFER + start, length);
                }
                context.ioas().unmap(ioas, iova, length);
                assertEquals(0, rig.pool.pinned());
            }
        }
    }

    @Test
    public void user_copy() {
        int source = context.ioas().alloc();
        AccessObject[] self = new AccessObject[1];
        self[0] = context.createAccess((iova, length) -> self[0].unpin(iova, length), true);
        AccessObject access = self[0];
        access.attach(source);
        long at = context.ioas().map(source, Rig.WRITE_READ, rig.process, BUFFER, BUFFER_SIZE, 0);
        Pin pin = access.pin(at, BUFFER_SIZE, true);
        long copied = context.ioas().copy(ioas, source, Rig.WRITE_READ, BUFFER_SIZE, 0, at);
        rig.verify(rig.device(0), copied, BUFFER, BUFFER_SIZE);
        assertEquals(rig.physical(rig.process, BUFFER), pin.frames()[0]);
        // The access moves to the device's space: its pins go, and it goes on there.
        access.replace(ioas);
        assertErrno(Errno.ENOENT, () -> access.unpin(pin));
        Pin again = access.pin(copied, BUFFER_SIZE, true);
        context.destroy(source);
        rig.verify(rig.device(0), copied, BUFFER, BUFFER_SIZE);
        assertEquals(rig.physical(rig.process, BUFFER), again.frames()[0]);
        context.ioas().unmap(ioas, copied, BUFFER_SIZE);
        access.close();
    }

    @Test
    public void replace() {
        long iova = map(BUFFER, PAGE);
        int first = context.devices().attached(device, Rig.NO_PASID);
        int other = context.ioas().alloc();
        context.ioas().copy(other, ioas, Rig.FIXED, PAGE, iova, iova);
        int second = context.devices().replace(device, other);
        assertNotEquals(first, second);
        rig.verify(rig.device(0), iova, BUFFER, PAGE);
        assertErrno(Errno.ENOENT, () -> context.destroy(first));
        assertEquals(second, context.devices().replace(device, second));
        assertEquals(second, context.devices().replace(device, other));
        int a = context.hwpt().alloc(0, device, ioas, null, 0);
        int b = context.hwpt().alloc(0, device, other, null, 0);
        for (int i = 0; i < 2; i++) {
            assertEquals(a, context.devices().replace(device, a));
            rig.verify(rig.device(0), iova, BUFFER, PAGE);
            assertEquals(b, context.devices().replace(device, b));
            rig.verify(rig.device(0), iova, BUFFER, PAGE);
        }
        assertErrno(Errno.ENOENT, () -> context.destroy(second));
        assertErrno(Errno.EINVAL, () -> context.devices().replace(device, device));
        assertErrno(Errno.EBUSY, () -> context.devices().attach(device, b));
    }

    @Test
    public void alloc_hwpt() {
        long iova = map(BUFFER, PAGE);
        assertErrno(Errno.EOPNOTSUPP, () -> context.hwpt().alloc(1 << 20, device, ioas, null, 0));
        int[] tables = {context.hwpt().alloc(0, device, ioas, null, 0), context.hwpt().alloc(0, device, ioas, null, 0)};
        for (int i = 0; i < 4; i++) {
            int now = tables[i % 2];
            context.devices().replace(device, now);
            rig.verify(rig.device(0), iova, BUFFER, PAGE);
            assertErrno(Errno.EBUSY, () -> context.destroy(now));
        }
        context.devices().replace(device, ioas);
        context.destroy(tables[0]);
        context.destroy(tables[1]);
        rig.verify(rig.device(0), iova, BUFFER, PAGE);
    }
}
