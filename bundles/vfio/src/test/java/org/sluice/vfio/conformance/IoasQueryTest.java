// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.conformance;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;
import static org.sluice.vfio.conformance.Rig.BUFFER;
import static org.sluice.vfio.conformance.Rig.PAGE;
import static org.sluice.vfio.conformance.Rig.assertErrno;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.Test;
import org.sluice.machine.AddressRange;
import org.sluice.vfio.Errno;
import org.sluice.vfio.mock.MockPort;
import org.sluice.vfio.port.DeviceFacts;
import org.sluice.vfio.uapi.Command;

/** Section 2.2 of the conformance list: what can be asked, by structures. */
public class IoasQueryTest extends IoasCase {
    private static final int RANGE = 16;
    private static final byte UNTOUCHED = 0x5a;

    public IoasQueryTest(Rigs.Kind kind, Variant variant) {
        super(kind, variant);
    }

    @Test
    public void get_hw_info() {
        if (!hasDevice()) {
            assertEquals(-Errno.ENOENT.number(), info(0, 0, 0).run());
            return;
        }
        int device = devices.get(0);
        DeviceFacts facts = context.devices().facts(device);
        byte[] expected = facts.hardware() == null ? new byte[0] : facts.hardware().bytes();
        int type = facts.hardware() == null ? 0 : facts.hardware().type();
        Arguments asked = info(device, 0, 0);
        assertEquals(0, asked.run());
        assertEquals(expected.length, asked.getU32(12));
        assertEquals(type, asked.getU32(24));
        assertEquals(facts.pasidBits(), asked.getU8(28));
        assertArrayEquals(expected, filled(device, expected.length, expected.length));
        byte[] larger = filled(device, expected.length + 8, expected.length + 16);
        assertArrayEquals(Arrays.copyOf(expected, expected.length + 8), Arrays.copyOf(larger, expected.length + 8));
        assertEquals(UNTOUCHED, larger[expected.length + 8]);
        if (expected.length > 4) {
            byte[] smaller = filled(device, 4, expected.length);
            assertArrayEquals(Arrays.copyOf(expected, 4), Arrays.copyOf(smaller, 4));
            assertEquals(UNTOUCHED, smaller[4]);
        }
        assertEquals(-Errno.EOPNOTSUPP.number(), info(device, 1, 0).u32(24, 0x7777).run());
        assertEquals(0, info(device, 1, 0).u32(24, type).run());
        if (rig instanceof MockRig) {
            assertEquals(MockPort.HARDWARE_TYPE, type);
            assertEquals(8, expected.length);
            Arguments pasid = info(context.devices().bind(rig.device(MockRig.PASID_DEVICE), true), 0, 0);
            assertEquals(0, pasid.run());
            assertEquals(MockRig.PASID_BITS, pasid.getU8(28));
        }
    }

    private Arguments info(int device, int flags, int room) {
        return rig.arguments(Command.GET_HW_INFO).u32(4, flags).u32(8, device).u32(12, room).u64(16, BUFFER);
    }

    /** A buffer of {@code bytes} after the command was told that {@code room} of them may be used. */
    private byte[] filled(int device, int room, int bytes) {
        byte[] buffer = new byte[bytes];
        Arrays.fill(buffer, UNTOUCHED);
        rig.process.write(BUFFER, buffer, 0, bytes);
        assertEquals(0, info(device, 0, room).run());
        rig.process.read(BUFFER, buffer, 0, bytes);
        return buffer;
    }

    @Test
    public void iova_ranges() {
        List<AddressRange> expected = hasDevice() ? context.devices().usable(devices.get(0)) : List.of(new AddressRange(0, -1L));
        if (rig instanceof MockRig && hasDevice()) {
            assertEquals(List.of(rig.aperture()), expected);
        }
        Arguments none = ranges(0);
        assertEquals(-Errno.EMSGSIZE.number(), none.run());
        assertEquals(expected.size(), none.getU32(8));
        assertArrayEquals(new byte[RANGE], Arrays.copyOf(buffer(), RANGE));
        Arguments all = ranges(expected.size());
        assertEquals(0, all.run());
        assertEquals(expected, read(expected.size()));
        assertEquals(granule, all.getU64(24));
        AddressRange reserved = AddressRange.ofSize(PAGE, PAGE);
        if (rig.aperture().overlaps(reserved) && hasDevice()) {
            return;
        }
        context.ioas().reserve(ioas, reserved, "test");
        if (hasDevice()) {
            assertEquals(0, ranges(expected.size()).run());
            assertEquals(expected, read(expected.size()));
            return;
        }
        List<AddressRange> two = List.of(new AddressRange(0, PAGE - 1), new AddressRange(PAGE * 2, -1L));
        assertEquals(0, ranges(2).run());
        assertEquals(two, read(2));
        rig.process.write(BUFFER, new byte[2 * RANGE], 0, 2 * RANGE);
        Arguments one = ranges(1);
        assertEquals(-Errno.EMSGSIZE.number(), one.run());
        assertEquals(2, one.getU32(8));
        assertEquals(two.get(0), read(1).get(0));
        assertArrayEquals(new byte[RANGE], Arrays.copyOfRange(buffer(), RANGE, 2 * RANGE));
    }

    /** MSI-05: ranges are known before the first map, and maps in them are taken. */
    @Test
    public void placesInUsableRangesAreNeverRefused() {
        if (!hasDevice()) {
            assertErrno(Errno.ENOENT, () -> context.devices().usable(0));
            return;
        }
        for (AddressRange range : context.devices().usable(devices.get(0))) {
            mapAt(BUFFER, PAGE, range.start() + PAGE - 1 & -PAGE);
            mapAt(BUFFER, PAGE, (range.last() + 1 & -PAGE) - PAGE);
        }
        assertTrue(context.ioas().unmapAll(ioas) > 0);
    }

    private Arguments ranges(int room) {
        return rig.arguments(Command.IOAS_IOVA_RANGES).u32(4, ioas).u32(8, room).u64(16, BUFFER);
    }

    private byte[] buffer() {
        byte[] bytes = new byte[(int) PAGE];
        rig.process.read(BUFFER, bytes, 0, bytes.length);
        return bytes;
    }

    private List<AddressRange> read(int count) {
        ByteBuffer in = ByteBuffer.wrap(buffer()).order(ByteOrder.LITTLE_ENDIAN);
        return IntStream.range(0, count).mapToObj(i -> new AddressRange(in.getLong(i * RANGE), in.getLong(i * RANGE + 8))).toList();
    }
}
