// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.conformance;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;
import static org.sluice.vfio.conformance.Rig.BUFFER;
import static org.sluice.vfio.conformance.Rig.PAGE;
import static org.sluice.vfio.conformance.Rig.assertErrno;

import java.util.ArrayList;
import java.util.List;
import org.junit.Test;
import org.sluice.machine.AddressRange;
import org.sluice.vfio.Errno;
import org.sluice.vfio.iommufd.OptionCalls;

/** Section 2.2 of the conformance list: areas, addresses, alignment. */
public class IoasAreaTest extends IoasCase {
    public IoasAreaTest(Rigs.Kind kind, Variant variant) {
        super(kind, variant);
    }

    @Test
    public void ioas_auto_destroy() {
        // Closing the context frees: the rig checks it after each case.
        assertEquals(0, context.ioas().unmapAll(ioas));
    }

    @Test
    public void ioas_destroy() {
        if (hasDevice()) {
            assertErrno(Errno.EBUSY, () -> context.destroy(ioas));
        } else {
            context.destroy(ioas);
            assertErrno(Errno.ENOENT, () -> context.destroy(ioas));
        }
    }

    @Test
    public void hwpt_attach() {
        int device = context.devices().bind(rig.device(spare()), true);
        if (hasDevice()) {
            assertEquals(hwpt, context.devices().attach(device, hwpt));
        }
        context.devices().detach(device);
        assertErrno(Errno.ENOENT, () -> context.devices().attach(device, 9999));
    }

    @Test
    public void ioas_area_destroy() {
        mapAt(BUFFER, PAGE, base);
        if (hasDevice()) {
            assertErrno(Errno.EBUSY, () -> context.destroy(ioas));
            verify(base, BUFFER, PAGE);
        } else {
            context.destroy(ioas);
        }
    }

    @Test
    public void ioas_area_auto_destroy() {
        for (int i = 0; i < 10; i++) {
            mapAt(BUFFER, PAGE, base + i * PAGE);
            verify(base + i * PAGE, BUFFER, PAGE);
        }
    }

    @Test
    public void area() {
        assertErrno(Errno.ENOENT, () -> unmap(base, PAGE));
        for (int i = 0; i < 10; i++) {
            mapAt(BUFFER, PAGE, base + i * PAGE);
        }
        for (int i = 0; i < 10; i++) {
            assertEquals(PAGE, unmap(base + i * PAGE, PAGE));
            verifyAbsent(base + i * PAGE, PAGE);
        }
        mapAt(BUFFER, PAGE * 2, base);
        assertErrno(Errno.ENOENT, () -> unmap(base, PAGE));
        assertErrno(Errno.ENOENT, () -> unmap(base + PAGE, PAGE));
        verify(base, BUFFER, PAGE * 2);
        unmap(base, PAGE * 2);
        mapAt(BUFFER, PAGE * 3, base + PAGE * 16);
        long[][] overlaps = {{16, 3}, {16, 1}, {18, 1}, {15, 2}, {15, 5}, {17, 1}, {18, 3}};
        for (long[] each : overlaps) {
            assertErrno(Errno.EEXIST, () -> mapAt(BUFFER, PAGE * each[1], base + PAGE * each[0]));
        }
        assertEquals(PAGE * 3, context.ioas().unmapAll(ioas));
        assertEquals(0, context.ioas().unmapAll(ioas));
    }

    @Test
    public void unmap_fully_contained_areas() {
        for (int i = 0; i < 4; i++) {
            mapAt(BUFFER, PAGE * 8, base + i * 16 * PAGE);
        }
        // Cutting the first or the last one removes nothing.
        assertErrno(Errno.ENOENT, () -> unmap(base + PAGE, PAGE * 64));
        assertErrno(Errno.ENOENT, () -> unmap(base, PAGE * (48 + 7)));
        for (int i = 0; i < 4; i++) {
            verify(base + i * 16 * PAGE, BUFFER, PAGE * 8);
        }
        assertEquals(PAGE * 32, unmap(base, PAGE * 64));
        verifyAbsent(base, PAGE * 64);
    }

    @Test
    public void area_auto_iova() {
        List<Long> iovas = new ArrayList<>();
        mapAll(iovas);
        iovas.clear();
        AddressRange reserved = AddressRange.ofSize(base + PAGE, PAGE * 16);
        context.ioas().reserve(ioas, reserved, "test");
        mapAll(iovas);
        assertTrue(iovas.stream().noneMatch(iova -> reserved.contains(iova)));
        // An allow-list may not meet what is reserved.
        assertErrno(Errno.EADDRINUSE, () -> context.ioas().allow(ioas, List.of(reserved)));
        AddressRange allowed = AddressRange.ofSize(base + PAGE * 256, PAGE * 1024);
        context.ioas().allow(ioas, List.of(allowed));
        iovas.clear();
        for (int i = 0; i < 10; i++) {
            long length = PAGE * (i + 1);
            long iova = map(BUFFER, length);
            assertTrue(allowed.contains(AddressRange.ofSize(iova, length)));
            iovas.add(iova);
        }
        for (int i = 0; i < 10; i++) {
            unmap(iovas.get(i), PAGE * (i + 1));
        }
    }

    private void mapAll(List<Long> iovas) {
        for (int i = 0; i < 10; i++) {
            long length = PAGE * (i + 1);
            long iova = map(BUFFER, length);
            assertEquals(0, iova % Long.lowestOneBit(length));
            verify(iova, BUFFER, length);
            iovas.add(iova);
        }
        for (int i = 0; i < 10; i++) {
            assertEquals(PAGE * (i + 1), unmap(iovas.get(i), PAGE * (i + 1)));
        }
    }

    @Test
    public void reserved_overflow() {
        // All but the first gap is reserved, up to the last address.
        long start = hasDevice() ? rig.aperture().start() : 0;
        context.ioas().reserve(ioas, new AddressRange(start + PAGE, -1L), "test");
        assertErrno(Errno.ENOSPC, () -> map(BUFFER, PAGE * 2));
    }

    @Test
    public void area_allowed() {
        AddressRange allowed = AddressRange.ofSize(base, PAGE * 16);
        context.ioas().allow(ioas, List.of(allowed));
        assertErrno(Errno.EADDRINUSE, () -> context.ioas().reserve(ioas, AddressRange.ofSize(base + PAGE, PAGE), "test"));
        context.ioas().allow(ioas, List.of());
        context.ioas().reserve(ioas, AddressRange.ofSize(base + PAGE, PAGE), "test");
        assertErrno(Errno.EADDRINUSE, () -> context.ioas().allow(ioas, List.of(allowed)));
        context.ioas().unreserve(ioas, "test");
        context.ioas().allow(ioas, List.of(allowed));
        assertErrno(Errno.EINVAL, () -> context.ioas().allow(ioas, List.of(allowed, AddressRange.ofSize(base + PAGE, PAGE * 99))));
    }

    @Test
    public void copy_area() {
        mapAt(BUFFER, PAGE, base);
        context.ioas().copy(ioas, ioas, Rig.FIXED, PAGE, base + PAGE, base);
        verify(base + PAGE, BUFFER, PAGE);
        int other = context.ioas().alloc();
        long copied = context.ioas().copy(other, ioas, Rig.WRITE_READ, PAGE, 0, base + PAGE);
        unmap(base, PAGE);
        verify(base + PAGE, BUFFER, PAGE);
        assertEquals(PAGE, context.ioas().unmap(other, copied, PAGE));
        context.destroy(other);
    }

    @Test
    public void copy_sweep() {
        long dest = base + PAGE * 128;
        mapAt(BUFFER, PAGE * 2, base);
        long step = hasDevice() ? rig.granule() : 1024;
        for (long source = base - PAGE; source < base + PAGE * 3; source += 511) {
            long from = source;
            boolean inside = source >= base && source + step <= base + PAGE * 2;
            if (!inside) {
                assertErrno(Errno.ENOENT, () -> context.ioas().copy(ioas, ioas, Rig.FIXED, step, dest, from));
            } else if (hasDevice() && (source - base) % rig.granule() != 0) {
                assertErrno(Errno.EINVAL, () -> context.ioas().copy(ioas, ioas, Rig.FIXED, step, dest, from));
            } else {
                context.ioas().copy(ioas, ioas, Rig.FIXED, step, dest, from);
                verify(dest, BUFFER + (source - base), hasDevice() ? step : 0);
                unmap(dest, step);
            }
        }
    }

    @Test
    public void ioas_option_huge_pages() {
        assertEquals(1, context.options().get(OptionCalls.HUGE_PAGES, ioas));
        context.options().set(OptionCalls.HUGE_PAGES, ioas, 0);
        assertEquals(0, context.options().get(OptionCalls.HUGE_PAGES, ioas));
        assertErrno(Errno.EINVAL, () -> context.options().set(OptionCalls.HUGE_PAGES, ioas, 2));
        context.options().set(OptionCalls.HUGE_PAGES, ioas, 1);
        assertEquals(1, context.options().get(OptionCalls.HUGE_PAGES, ioas));
    }

    @Test
    public void ioas_iova_alloc() {
        for (long length = 1; length <= PAGE * 2; length++) {
            long bytes = length;
            if (length % granule != 0) {
                assertErrno(Errno.EINVAL, () -> map(BUFFER, bytes));
            } else {
                long iova = map(BUFFER, length);
                verify(iova, BUFFER, length);
                assertEquals(length, unmap(iova, length));
            }
        }
    }

    @Test
    public void ioas_align_change() {
        long step = Math.max(granule, 2048);
        boolean small = step < PAGE;
        context.options().set(OptionCalls.HUGE_PAGES, ioas, 0);
        context.options().set(OptionCalls.HUGE_PAGES, ioas, 1);
        mapAt(BUFFER, PAGE, base);
        context.options().set(OptionCalls.HUGE_PAGES, ioas, 0);
        assertErrno(Errno.EINVAL, () -> mapAt(BUFFER, PAGE / 2, base + PAGE));
        assertErrno(Errno.EINVAL, () -> mapAt(BUFFER + PAGE / 2, PAGE, base + PAGE));
        context.options().set(OptionCalls.HUGE_PAGES, ioas, 1);
        if (small) {
            mapAt(BUFFER + PAGE / 2, PAGE / 2, base + PAGE * 8);
            assertErrno(Errno.EADDRINUSE, () -> context.options().set(OptionCalls.HUGE_PAGES, ioas, 0));
            assertEquals(1, context.options().get(OptionCalls.HUGE_PAGES, ioas));
            unmap(base + PAGE * 8, PAGE / 2);
            context.options().set(OptionCalls.HUGE_PAGES, ioas, 0);
        }
    }

    /** Section 3.3: the last page of all. */
    @Test
    public void last_page_of_64_bits() {
        if (!hasDevice() || rig.aperture().last() == -1L) {
            mapAt(BUFFER, PAGE, -PAGE);
            verify(-PAGE, BUFFER, PAGE);
            assertErrno(Errno.EEXIST, () -> mapAt(BUFFER, PAGE, -PAGE));
            assertErrno(Errno.EOVERFLOW, () -> mapAt(BUFFER, PAGE * 2, -PAGE));
            assertEquals(PAGE, unmap(-PAGE, PAGE));
        } else {
            assertErrno(Errno.EADDRINUSE, () -> mapAt(BUFFER, PAGE, -PAGE));
        }
    }
}
