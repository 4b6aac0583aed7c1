// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.conformance;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;
import static org.sluice.vfio.conformance.Rig.BUFFER;
import static org.sluice.vfio.conformance.Rig.BUFFER_SIZE;
import static org.sluice.vfio.conformance.Rig.PAGE;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.After;
import org.junit.Test;
import org.sluice.testkit.Seed;
import org.sluice.vfio.Errno;
import org.sluice.vfio.iommufd.OptionCalls;
import org.sluice.vfio.type1.Type1Container;
import org.sluice.vfio.type1.Type1Group;
import org.sluice.vfio.uapi.Command;

/** Section 2.5 of the conformance list: the older interface, in both of its versions. */
public class VfioCompatTest {
    private static final long ARGUMENT = BUFFER + BUFFER_SIZE - PAGE;
    private static final int INFO_FULL = 24 + 8 + 8 + 16 + 16;
    private static final byte UNTOUCHED = 0x5a;

    private final MockRig rig = new MockRig();
    private final Type1Container container = new Type1Container(rig.context());
    private int ioas;

    @After
    public void close() {
        rig.close();
    }

    /** A container with one group in it, of a version. */
    private void open(int version) {
        new Type1Group(List.of(rig.device(0)), true).setContainer(container);
        ioas = rig.context().ioas().compatible();
        assertEquals(0, container.run(rig.process, Type1Container.SET_IOMMU, version));
    }

    private int call(int command, long... fields) {
        ByteBuffer out = ByteBuffer.allocate(fields.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        Arrays.stream(fields).forEach(out::putLong);
        rig.process.write(ARGUMENT, out.array(), 0, out.capacity());
        return container.run(rig.process, command, ARGUMENT);
    }

    private int map(int size, int flags, long address, long iova, long length) {
        return call(Type1Container.MAP_DMA, size | (long) flags << 32, address, iova, length);
    }

    private int unmap(int size, int flags, long iova, long length) {
        return call(Type1Container.UNMAP_DMA, size | (long) flags << 32, iova, length);
    }

    private long unmapped() {
        byte[] bytes = new byte[8];
        rig.process.read(ARGUMENT + 16, bytes, 0, 8);
        return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
    }

    @Test
    public void simple_ioctls() {
        assertEquals(0, container.run(rig.process, Type1Container.GET_API_VERSION, 0));
        assertEquals(1, container.run(rig.process, Type1Container.CHECK_EXTENSION, Type1Container.TYPE1_V2));
        assertEquals(1, container.run(rig.process, Type1Container.CHECK_EXTENSION, Type1Container.TYPE1));
        assertEquals(-Errno.ENOTTY.number(), container.run(rig.process, 99, 0));
    }

    /** NST-10: nobody is offered what never worked. */
    @Test
    public void nestingTypeIsNotOffered() {
        assertEquals(0, container.run(rig.process, Type1Container.CHECK_EXTENSION, Type1Container.NESTING));
        open(Type1Container.TYPE1_V2);
        assertEquals(-Errno.EINVAL.number(), container.run(rig.process, Type1Container.SET_IOMMU, Type1Container.NESTING));
    }

    @Test
    public void unmap_cmd() {
        assertEquals(-Errno.EINVAL.number(), unmap(23, 0, 0, 1));
        assertEquals(-Errno.EINVAL.number(), unmap(24, 1 << 30, 0, 1));
        assertEquals(-Errno.ENODEV.number(), unmap(24, 0, 0, 1));
    }

    @Test
    public void map_cmd() {
        assertEquals(-Errno.EINVAL.number(), map(31, 3, BUFFER, 0, 1));
        assertEquals(-Errno.EINVAL.number(), map(32, 1 << 30, BUFFER, 0, 1));
        assertEquals(-Errno.ENODEV.number(), map(32, 3, BUFFER, 0, 1));
    }

    @Test
    public void info_cmd() {
        assertEquals(-Errno.EINVAL.number(), call(Type1Container.GET_INFO, 15, 0));
        assertEquals(-Errno.ENODEV.number(), call(Type1Container.GET_INFO, 16, 0));
    }

    @Test
    public void set_iommu_cmd() {
        assertEquals(-Errno.ENODEV.number(), container.run(rig.process, Type1Container.SET_IOMMU, Type1Container.TYPE1_V2));
    }

    @Test
    public void vfio_ioas() {
        assertEquals(-Errno.ENODEV.number(), vfioIoas(0, 0).run());
        assertEquals(-Errno.ENOENT.number(), vfioIoas(1, 9999).run());
        int id = rig.context().ioas().alloc();
        assertEquals(0, vfioIoas(1, id).run());
        Arguments get = vfioIoas(0, 0);
        assertEquals(0, get.run());
        assertEquals(id, get.getU32(4));
        assertEquals(0, vfioIoas(2, 0).run());
        assertEquals(-Errno.ENODEV.number(), vfioIoas(0, 0).run());
    }

    private Arguments vfioIoas(int operation, int id) {
        return rig.arguments(Command.VFIO_IOAS).u32(4, id).u16(8, operation);
    }

    @Test
    public void vfio_compat_option_huge_pages() {
        open(Type1Container.TYPE1_V2);
        assertEquals(1, rig.context().options().get(OptionCalls.HUGE_PAGES, ioas));
        assertEquals(0, container.run(rig.process, Type1Container.SET_IOMMU, Type1Container.TYPE1));
        assertEquals(0, rig.context().options().get(OptionCalls.HUGE_PAGES, ioas));
    }

    @Test
    public void vfio_compat_get_info() {
        open(Type1Container.TYPE1_V2);
        for (int room = 16; room <= INFO_FULL + 16; room++) {
            byte[] bytes = new byte[INFO_FULL + 64];
            Arrays.fill(bytes, UNTOUCHED);
            ByteBuffer out = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(0, room);
            rig.process.write(ARGUMENT, bytes, 0, bytes.length);
            assertEquals(0, container.run(rig.process, Type1Container.GET_INFO, ARGUMENT));
            rig.process.read(ARGUMENT, bytes, 0, bytes.length);
            assertEquals("needed", INFO_FULL, out.getInt(0));
            assertEquals(3, out.getInt(4));
            assertEquals(-PAGE, out.getLong(8));
            for (int i = room; i < bytes.length; i++) {
                assertEquals("byte " + i + " with room " + room, UNTOUCHED, bytes[i]);
            }
            if (room >= 20) {
                checkChain(out, room);
            }
        }
    }

    /** Ids in the chain of capabilities; each lies within the room. */
    private void checkChain(ByteBuffer out, int room) {
        List<Integer> ids = new ArrayList<>();
        for (int at = out.getInt(16); at != 0; at = out.getInt(at + 4)) {
            assertTrue(at + 8 <= room && at % 8 == 0 && ids.size() < 3);
            ids.add((int) out.getShort(at));
            assertEquals(1, out.getShort(at + 2));
            if (out.getShort(at) == 1) {
                assertTrue(at + 32 <= room);
                assertEquals(1, out.getInt(at + 8));
                assertEquals(rig.aperture().start(), out.getLong(at + 16));
                assertEquals(rig.aperture().last(), out.getLong(at + 24));
            }
        }
        assertEquals(room >= INFO_FULL ? List.of(1, 3) : room >= 24 + 32 ? List.of(1) : List.of(), ids);
    }

    @Test
    public void vfio_compat_map() {
        for (int version : new int[] {Type1Container.TYPE1, Type1Container.TYPE1_V2}) {
            if (ioas == 0) {
                open(version);
            }
            mapAndUnmap(version);
        }
    }

    private void mapAndUnmap(int version) {
        assertEquals(0, container.run(rig.process, Type1Container.SET_IOMMU, version));
        long base = rig.base();
        assertEquals(0, map(32, 3, BUFFER, base, BUFFER_SIZE));
        rig.verify(rig.device(0), base, BUFFER, BUFFER_SIZE);
        assertEquals(0, unmap(24, 0, base, BUFFER_SIZE));
        assertEquals(BUFFER_SIZE, unmapped());
        // Nothing to unmap is no error here.
        assertEquals(0, unmap(24, 0, base, BUFFER_SIZE));
        assertEquals(0, unmapped());
        assertEquals(0, map(32, 3, BUFFER, base, BUFFER_SIZE));
        assertEquals(-Errno.EINVAL.number(), unmap(24, 2, base, 0));
        assertEquals(-Errno.EINVAL.number(), unmap(24, 2, 0, BUFFER_SIZE));
        assertEquals(0, unmap(24, 2, 0, 0));
        assertEquals(BUFFER_SIZE, unmapped());
        List<Long> pages = new ArrayList<>();
        for (long at = 0; at < BUFFER_SIZE; at += PAGE) {
            assertEquals(0, map(32, 3, BUFFER + at, base + at, PAGE));
            pages.add(at);
        }
        Random random = Seed.random();
        Collections.shuffle(pages, random);
        for (long at : pages) {
            assertEquals(0, unmap(24, 0, base + at, PAGE));
            assertEquals(PAGE, unmapped());
        }
        rig.verifyAbsent(rig.device(0), base, BUFFER_SIZE);
    }

    @Test
    public void vfio_compat_huge_map() {
        open(Type1Container.TYPE1_V2);
        long base = rig.base();
        assertEquals(0, map(32, 3, BUFFER, base, BUFFER_SIZE));
        for (long at = 0; at < BUFFER_SIZE; at += PAGE) {
            assertEquals(-Errno.ENOENT.number(), unmap(24, 0, base + at, PAGE));
        }
        assertEquals(0, unmap(24, 0, base, BUFFER_SIZE));
        assertEquals(0, container.run(rig.process, Type1Container.SET_IOMMU, Type1Container.TYPE1));
        assertEquals(0, map(32, 3, BUFFER, base, BUFFER_SIZE));
        List<Long> pages = new ArrayList<>();
        for (long at = 0; at < BUFFER_SIZE; at += PAGE) {
            pages.add(at);
        }
        Collections.shuffle(pages, Seed.random());
        for (long at : pages) {
            assertEquals(0, unmap(24, 0, base + at, PAGE));
            assertEquals(PAGE, unmapped());
            rig.verifyAbsent(rig.device(0), base + at, PAGE);
        }
        assertEquals(0, rig.pool.pinned());
    }

    /** A group comes whole or not at all. */
    @Test
    public void groupWithADeviceInOtherHandsStaysOut() {
        int taken = rig.context().devices().bind(rig.device(1), true);
        Type1Group group = new Type1Group(List.of(rig.device(0), rig.device(1)), true);
        Rig.assertErrno(Errno.EBUSY, () -> group.setContainer(container));
        assertEquals(List.of(), group.devices());
        assertEquals(false, rig.context().ioas().hasCompatible());
        rig.context().devices().unbind(taken);
        group.setContainer(container);
        assertEquals(2, group.devices().size());
        group.close();
    }
}
