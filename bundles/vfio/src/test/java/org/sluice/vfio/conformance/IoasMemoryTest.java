// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.conformance;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;
import static org.sluice.vfio.conformance.Rig.BUFFER;
import static org.sluice.vfio.conformance.Rig.BUFFER_PAGES;
import static org.sluice.vfio.conformance.Rig.BUFFER_SIZE;
import static org.sluice.vfio.conformance.Rig.PAGE;
import static org.sluice.vfio.conformance.Rig.assertErrno;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.Test;
import org.sluice.vfio.Errno;
import org.sluice.vfio.iommufd.AccessObject;
import org.sluice.vfio.iommufd.AccessObject.Pin;
import org.sluice.vfio.memory.MemoryAccount;
import org.sluice.vfio.memory.ProcessMemory;
import org.sluice.vfio.memory.SharedFile;

/** Section 2.2 of the conformance list: accesses without a table, memory of processes that end, files that are taken away. */
public class IoasMemoryTest extends IoasCase {
    private static final int LENGTHS = 64;
    private static final int REACH = 50;
    private static final long BIG = 0x7f10_0000_0000L;
    private static final long BIG_SIZE = 2 << 20;

    public IoasMemoryTest(Rigs.Kind kind, Variant variant) {
        super(kind, variant);
    }

    private AccessObject access() {
        AccessObject[] self = new AccessObject[1];
        self[0] = context.createAccess((iova, length) -> self[0].unpin(iova, length), true);
        self[0].attach(ioas);
        return self[0];
    }

    @Test
    public void access_domain_destroy() {
        int spare = spare();
        rig.process.map(BIG, BIG_SIZE, true);
        mapAt(BIG, BIG_SIZE, base);
        AccessObject access = access();
        long inside = BIG_SIZE / 2;
        Pin pin = access.pin(base + inside, PAGE, true);
        int device = rig.attach(spare, ioas);
        rig.verify(rig.device(spare), base, BIG, BIG_SIZE);
        context.devices().unbind(device);
        assertEquals(rig.physical(rig.process, BIG + inside), pin.frames()[0]);
        rig.process.unmap(BIG, BIG_SIZE);
        assertTrue("the frame is held though its owner let go", rig.pool.pins(pin.frames()[0]) > 0);
        access.unpin(pin);
        access.close();
    }

    @Test
    public void access_pin() {
        int spare = spare();
        AccessObject access = access();
        for (int pages = 1; pages < BUFFER_PAGES; pages++) {
            mapAt(BUFFER, BUFFER_SIZE, base);
            Pin first = access.pin(base, pages * PAGE, true);
            Pin second = access.pin(base, pages * PAGE, true);
            assertEquals(pages, first.frames().length);
            assertArrayEquals(first.frames(), second.frames());
            for (int page = 0; page < pages; page++) {
                assertEquals(rig.physical(rig.process, BUFFER + page * PAGE), first.frames()[page]);
            }
            // A device comes and goes while the pages are held: its table has them too.
            int device = rig.attach(spare, ioas);
            rig.verify(rig.device(spare), base, BUFFER, BUFFER_SIZE);
            context.devices().unbind(device);
            access.unpin(first);
            access.unpin(second);
            assertErrno(Errno.ENOENT, () -> access.unpin(first));
            unmap(base, BUFFER_SIZE);
        }
        access.close();
    }

    @Test
    public void access_pin_unmap() {
        AccessObject access = access();
        mapAt(BUFFER, BUFFER_SIZE, base);
        Pin pin = access.pin(base, PAGE, true);
        assertEquals(BUFFER_SIZE, unmap(base, BUFFER_SIZE));
        assertErrno(Errno.ENOENT, () -> access.unpin(pin));
        assertErrno(Errno.ENOENT, () -> access.pin(base, PAGE, true));
        access.close();
    }

    /** One that does not let go keeps the mapping, and nothing has changed. */
    @Test
    public void accessThatKeepsItsPagesKeepsTheMapping() {
        AtomicInteger told = new AtomicInteger();
        AccessObject access = context.createAccess((iova, length) -> told.incrementAndGet(), true);
        access.attach(ioas);
        mapAt(BUFFER, BUFFER_SIZE, base);
        Pin pin = access.pin(base, PAGE, true);
        assertErrno(Errno.EBUSY, () -> unmap(base, BUFFER_SIZE));
        assertTrue(told.get() > 0);
        verify(base, BUFFER, BUFFER_SIZE);
        access.unpin(pin);
        assertEquals(BUFFER_SIZE, unmap(base, BUFFER_SIZE));
        access.close();
    }

    @Test
    public void access_rw() {
        mapAt(BUFFER, BUFFER_SIZE, base);
        AccessObject access = context.createAccess((iova, length) -> { }, false);
        access.attach(ioas);
        for (long offset = PAGE - REACH; offset < PAGE + REACH; offset++) {
            for (int length = 1; length < LENGTHS; length++) {
                readAndWrite(access, base, offset, length, false);
                readAndWrite(access, base, offset, length, true);
            }
        }
        readAndWrite(access, base, 0, (int) BUFFER_SIZE, false);
        readAndWrite(access, base, 0, (int) BUFFER_SIZE, true);
        assertErrno(Errno.ENOENT, () -> access.read(base + BUFFER_SIZE - 1, new byte[2]));
        access.close();
    }

    @Test
    public void access_rw_unaligned() {
        // The place in the page differs between memory and IOVA, as far as the table's pages let it.
        long shift = hasDevice() ? rig.granule() % PAGE : 1024;
        mapAt(BUFFER, BUFFER_SIZE, base + shift);
        AccessObject access = context.createAccess((iova, length) -> { }, false);
        access.attach(ioas);
        for (long offset = PAGE - REACH; offset < PAGE + REACH; offset++) {
            for (int length = 1; length < LENGTHS; length++) {
                readAndWrite(access, base + shift, offset, length, false);
                readAndWrite(access, base + shift, offset, length, true);
            }
        }
        access.close();
    }

    private void readAndWrite(AccessObject access, long iova, long offset, int length, boolean byPins) {
        byte[] pattern = pattern(offset, length);
        byte[] seen = new byte[length];
        if (byPins) {
            access.writePinned(iova + offset, pattern);
        } else {
            access.write(iova + offset, pattern);
        }
        rig.process.read(BUFFER + offset, seen, 0, length);
        assertArrayEquals(pattern, seen);
        byte[] other = pattern(offset + 7, length);
        rig.process.write(BUFFER + offset, other, 0, length);
        if (byPins) {
            access.readPinned(iova + offset, seen);
        } else {
            access.read(iova + offset, seen);
        }
        assertArrayEquals(other, seen);
    }

    private static byte[] pattern(long start, int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) ((start + i) * 31 + length);
        }
        return bytes;
    }

    @Test
    public void fork_gone() {
        int spare = spare();
        ProcessMemory child = rig.process.fork("child", new MemoryAccount("child", MemoryAccount.UNLIMITED));
        child.write(BUFFER, new byte[] {42}, 0, 1);
        context.ioas().map(ioas, Rig.FIXED, child, BUFFER, BUFFER_SIZE, base);
        child.exit();
        if (hasDevice()) {
            // What a device held in place is still there, for further devices too.
            rig.attach(spare, ioas);
            AccessObject access = access();
            byte[] seen = new byte[1];
            access.read(base, seen);
            assertEquals(42, seen[0]);
            access.close();
        } else {
            int device = context.devices().bind(rig.device(spare), true);
            assertErrno(Errno.EFAULT, () -> context.devices().attach(device, ioas));
            assertEquals(0, rig.pool.pinned());
        }
    }

    @Test
    public void fork_present() {
        int spare = spare();
        ProcessMemory child = rig.process.fork("child", new MemoryAccount("child", MemoryAccount.UNLIMITED));
        child.write(BUFFER, new byte[] {42}, 0, 1);
        context.ioas().map(ioas, Rig.FIXED, child, BUFFER, BUFFER_SIZE, base);
        rig.attach(spare, ioas);
        assertEquals(rig.physical(child, BUFFER), rig.translate(rig.device(spare), Rig.NO_PASID, base, 1));
        byte[] seen = new byte[1];
        AccessObject access = access();
        access.read(base, seen);
        assertEquals(42, seen[0]);
        access.close();
        child.exit();
    }

    @Test
    public void dmabuf_simple() {
        SharedFile file = rig.file(BUFFER_SIZE);
        assertErrno(Errno.EINVAL, () -> mapFile(file, 0, 0));
        assertErrno(Errno.EINVAL, () -> mapFile(file, BUFFER_SIZE, BUFFER_SIZE));
        assertErrno(Errno.EINVAL, () -> mapFile(file, 0, BUFFER_SIZE + 1));
        mapFile(file, 0, BUFFER_SIZE);
        for (int i = 0; i < devices.size(); i++) {
            for (long at = 0; at < BUFFER_SIZE; at += PAGE) {
                assertEquals(frame(file, at), rig.translate(rig.device(i), Rig.NO_PASID, base + at, 2));
            }
        }
        assertEquals(BUFFER_SIZE, unmap(base, BUFFER_SIZE));
    }

    @Test
    public void dmabuf_revoke() {
        SharedFile file = rig.file(BUFFER_SIZE);
        mapFile(file, 0, BUFFER_SIZE);
        file.revoke();
        verifyAbsent(base, BUFFER_SIZE);
        assertErrno(Errno.ENODEV, () -> context.ioas().mapFile(ioas, Rig.FIXED, rig.process, file, 0, PAGE, base + BUFFER_SIZE * 2));
        assertEquals(BUFFER_SIZE, unmap(base, BUFFER_SIZE));
        file.restore();
        mapFile(file, 0, BUFFER_SIZE);
        for (int i = 0; i < devices.size(); i++) {
            assertEquals(frame(file, 0), rig.translate(rig.device(i), Rig.NO_PASID, base, 2));
        }
        // While it is mapped: gone, and back.
        file.revoke();
        verifyAbsent(base, BUFFER_SIZE);
        assertEquals(0, rig.pool.pinned());
        file.restore();
        for (int i = 0; i < devices.size(); i++) {
            assertEquals(frame(file, PAGE), rig.translate(rig.device(i), Rig.NO_PASID, base + PAGE, 2));
        }
    }

    /** MEM-10: the tail of a file goes while devices use it; accesses to it fault, the rest stays, and a longer file is mapped again. */
    @Test
    public void truncatedFileFaultsAndComesBack() {
        int spare = spare();
        SharedFile file = rig.file(BUFFER_SIZE);
        mapFile(file, 0, BUFFER_SIZE);
        AccessObject access = access();
        Pin pin = access.pin(base + BUFFER_SIZE - PAGE, PAGE, true);
        byte[] content = new byte[(int) PAGE];
        Arrays.fill(content, (byte) 7);
        file.write(0, content, 0, content.length);
        file.truncate(PAGE * 3);
        assertErrno(Errno.ENOENT, () -> access.unpin(pin));
        // What is there is asked for first: zPCI stops a function at its first fault.
        for (int i = 0; i < devices.size(); i++) {
            assertEquals(frame(file, 0), rig.translate(rig.device(i), Rig.NO_PASID, base, 2));
        }
        verifyAbsent(base + PAGE * 3, BUFFER_SIZE - PAGE * 3);
        assertErrno(Errno.EFAULT, () -> access.read(base + PAGE * 3, new byte[1]));
        // A device that comes now gets what there is.
        rig.attach(spare, ioas);
        assertEquals(frame(file, PAGE), rig.translate(rig.device(spare), Rig.NO_PASID, base + PAGE, 2));
        rig.verifyAbsent(rig.device(spare), base + PAGE * 3, PAGE);
        file.truncate(BUFFER_SIZE);
        for (int i = 0; i < devices.size(); i++) {
            assertEquals(frame(file, PAGE * 9), rig.translate(rig.device(i), Rig.NO_PASID, base + PAGE * 9, 2));
        }
        byte[] seen = new byte[(int) PAGE];
        access.read(base, seen);
        assertArrayEquals(content, seen);
        access.close();
    }

    private void mapFile(SharedFile file, long start, long length) {
        context.ioas().mapFile(ioas, Rig.FIXED, rig.process, file, start, length, base);
    }

    private long frame(SharedFile file, long offset) {
        long frame = file.pin(offset, true);
        file.unpin(frame);
        return frame;
    }
}
