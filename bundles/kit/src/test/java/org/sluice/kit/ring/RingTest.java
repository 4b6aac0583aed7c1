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
        Ring ring = Ring.withOneFree(memory, 0x1000, 8, 16, 4);
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
        Ring ring = Ring.withWrapBit(memory, 0x1000, 3, 16);
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
        Ring ring = Ring.withOneFree(memory, 0x2000, 7, 32, 5);
        ring.put(0x60, 1, 2, 3, 4);
        assertEquals(3, ring.index(0x60));
        assertEquals(0x2060, ring.address(0x60));
        assertEquals(4, memory.readLong(0x2078));
        assertEquals(2, ring.word(0x60, 1));
    }

    @Test
    public void entriesAreWrittenAlikeHoweverTheyAreGiven() {
        Ring ring = Ring.withOneFree(memory, 0x2000, 7, 32, 5);
        ring.put(0x20, 1, 2, 3, 4);
        ring.put(0x40, 5, 6);
        ring.put(0x60, new long[] {7, 8, 9});
        long[] expected = {0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 0, 0, 7, 8, 9, 0};
        for (int i = 0; i < expected.length; i++) {
            assertEquals("word " + i, expected[i], memory.readLong(0x2000 + 8L * i));
        }
    }

    @Test
    public void aRingThatMemoryHoldsInPiecesOrInPart() {
        PhysicalMemory pieces = PhysicalMemory.allocate(new AddressRange(0x1000, 0x1fff), new AddressRange(0x2000, 0x2fff));
        Ring across = Ring.withOneFree(pieces, 0x1800, 8, 16, 4);
        across.put(0x7f0, 1, 2);
        across.put(0x800, 3, 4);
        assertEquals(2, pieces.readLong(0x1ff8));
        assertEquals(3, pieces.readLong(0x2000));
        assertEquals(4, across.word(0x800, 1));
        Ring cut = Ring.withOneFree(pieces, 0x2800, 8, 16, 4);
        assertTrue(cut.isPresent(0x7f0));
        assertFalse(cut.isPresent(0x800));
    }

    @Test
    public void visitsWhatWaitsAndWhatIsLeftFromTheIndexGiven() {
        Ring ring = Ring.withOneFree(memory, 0x3000, 2, 8, 3);
        ring.put(0x00, 10);
        ring.put(0x18, 13);
        StringBuilder seen = new StringBuilder();
        ring.visit(1, 0x10, 0x00, (index, address, pending, words) -> seen.append(index).append(pending ? " waits " : " left ").append(words[0])
                .append("; "));
        assertEquals("an entry that waits is told even if it is zero", "2 waits 0; 3 waits 13; 0 left 10; ", seen.toString());
    }

    @Test
    public void anEntryThatWaitsOutsideMemoryIsToldWithoutWords() {
        Ring ring = Ring.withOneFree(memory, 0x20_0000, 2, 8, 3);
        StringBuilder seen = new StringBuilder();
        ring.visit(0, 0, 8, (index, address, pending, words) -> seen.append(index).append(words == null ? " absent" : " there"));
        assertEquals("0 absent", seen.toString());
        ring.visit(0, -1, 8, (index, address, pending, words) -> seen.append("nothing waits where the head is not known"));
        assertEquals("0 absent", seen.toString());
    }
}
