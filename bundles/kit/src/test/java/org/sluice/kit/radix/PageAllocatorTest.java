// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.radix;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Set;

import org.junit.Test;
import org.sluice.machine.AddressRange;
import org.sluice.machine.PhysicalMemory;

public class PageAllocatorTest {
    private static final AddressRange RANGE = AddressRange.ofSize(0x1_0800, 0x1_0000);

    @Test
    public void pagesAreAlignedZeroedAndInside() {
        PhysicalMemory memory = PhysicalMemory.allocate(AddressRange.ofSize(0x1_0000, 0x2_0000));
        for (long at = 0x1_0000; at < 0x3_0000; at += 8) {
            memory.writeLong(at, -1);
        }
        PageAllocator pages = new PageAllocator(memory, RANGE);
        for (int shift : new int[] {14, 10, 12, 11, 14, 10}) {
            long page = pages.allocate(shift);
            assertEquals(0, page & (1L << shift) - 1);
            assertTrue(RANGE.contains(AddressRange.ofSize(page, 1L << shift)));
            for (long at = page; at < page + (1L << shift); at += 8) {
                assertEquals(0, memory.readLong(at));
            }
        }
        assertEquals(-1, memory.readLong(0x1_07f8));
        assertEquals(-1, memory.readLong(RANGE.last() + 1));
    }

    @Test
    public void whatAlignmentSkipsIsHandedOutLater() {
        PageAllocator pages = new PageAllocator(PhysicalMemory.allocate(RANGE), RANGE);
        assertEquals(0x1_4000, pages.allocate(14));
        Set<Long> small = new HashSet<>();
        while (pages.allocate(14) != PageAllocator.NONE) {
            continue;
        }
        for (long page = pages.allocate(11); page != PageAllocator.NONE; page = pages.allocate(11)) {
            assertTrue(small.add(page));
        }
        assertTrue(small.contains(0x1_0800L));
        assertTrue(pages.allocate(12) >= 0);
    }

    @Test
    public void exhaustedMemoryStaysExhaustedUntilAPageComesBack() {
        AddressRange top = AddressRange.ofSize((1L << 52) - 0x2000, 0x2000);
        PageAllocator pages = new PageAllocator(PhysicalMemory.allocate(top), top);
        long first = pages.allocate(12);
        assertEquals(top.start() + 0x1000, pages.allocate(12));
        assertEquals(PageAllocator.NONE, pages.allocate(12));
        assertEquals(0x2000, pages.inUse());
        pages.free(first, 12);
        assertEquals(0x1000, pages.inUse());
        assertEquals(first, pages.allocate(12));
        assertEquals(PageAllocator.NONE, pages.allocate(12));
    }

    /** A table is read through one window, so a page must not lie in two. */
    @Test
    public void noPageStraddlesWindows() {
        PhysicalMemory memory = PhysicalMemory.builder().data(0x1000, ByteBuffer.allocateDirect(0x4000), true)
                .data(0x5000, ByteBuffer.allocateDirect(0x7000), true).build();
        PageAllocator pages = new PageAllocator(memory, new AddressRange(0x1000, 0xbfff));
        assertEquals(0x8000, pages.allocate(14));
        assertEquals(PageAllocator.NONE, pages.allocate(14));
        for (long page = pages.allocate(13); page != PageAllocator.NONE; page = pages.allocate(13)) {
            assertTrue(memory.window(page).contains(page + 0x1fff));
        }
    }

    @Test
    public void memoryThatCannotHoldTablesIsRefused() {
        PhysicalMemory memory = PhysicalMemory.builder().zeros(new AddressRange(0, 0xffff)).build();
        assertThrows(IllegalArgumentException.class, () -> new PageAllocator(memory, new AddressRange(0, 0xfff)));
        assertThrows(IllegalArgumentException.class, () -> new PageAllocator(memory, new AddressRange(0x10000, 0x10fff)));
    }
}
