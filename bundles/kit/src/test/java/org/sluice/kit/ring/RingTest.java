// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.ring;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import org.junit.Test;
import org.sluice.machine.AddressRange;
import org.sluice.machine.PhysicalMemory;

public class RingTest {
    private final PhysicalMemory memory = PhysicalMemory.allocate(new AddressRange(0, 0xffff));

    @Test
    public void withoutWrapBitOneEntryStaysFree() {
        Ring ring = new Ring(memory, 0x1000, 8, 16, 4, false);
        long tail = 0;
        for (int i = 0; i < 255; i++) {
            assertFalse(ring.isFull(0, tail));
            tail = ring.next(tail);
        }
        assertTrue(ring.isFull(0, tail));
        assertEquals(0xff0, tail);
        assertEquals("wraps to the start", 0, ring.next(tail));
    }

    @Test
    public void withWrapBitEveryEntryIsUsed() {
        Ring ring = new Ring(memory, 0x1000, 3, 16, 0, true);
        long prod = 0;
        for (int i = 0; i < 8; i++) {
            assertFalse(ring.isFull(0, prod));
            prod = ring.next(prod);
        }
        assertTrue(ring.isFull(0, prod));
        assertFalse(ring.isEmpty(0, prod));
        assertEquals("index 0, wrap bit set", 8, prod);
        assertEquals(0, ring.index(prod));
        assertTrue(ring.isEmpty(8, 8));
    }

    @Test
    public void entriesLieWhereTheirPointerSays() {
        Ring ring = new Ring(memory, 0x2000, 7, 32, 5, false);
        ring.put(0x60, 1, 2, 3, 4);
        assertEquals(3, ring.index(0x60));
        assertEquals(0x2060, ring.address(0x60));
        assertEquals(4, memory.readLong(0x2078));
        assertEquals(2, ring.word(0x60, 1));
    }
}
