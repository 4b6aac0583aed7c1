// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.virtio;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.nio.ByteBuffer;
import java.util.Arrays;

import org.junit.Test;
import org.sluice.backend.virtio.ring.GuestMemory;
import org.sluice.machine.AddressRange;
import org.sluice.machine.PhysicalMemory;

/** Reads and writes of any alignment, and what is memory at all. */
public class MemoryAccessTest {
    private static final long BASE = 0x10_0000;
    private static final long BYTES = 0x1000;
    private final PhysicalMemory machine = PhysicalMemory.allocate(AddressRange.ofSize(BASE, BYTES), AddressRange.ofSize(BASE + BYTES, BYTES),
            AddressRange.ofSize(BASE + 4 * BYTES, BYTES));
    private final GuestMemory memory = GuestMemory.of(machine);

    @Test
    public void onlyWhatIsWhollyThereIsMemory() {
        assertTrue(memory.isReadable(BASE, 1));
        assertTrue(memory.isReadable(BASE, BYTES));
        assertTrue("over the border of two ranges", memory.isReadable(BASE + BYTES - 1, 2));
        assertTrue(memory.isWritable(BASE, 2 * BYTES));
        assertFalse(memory.isReadable(BASE, 2 * BYTES + 1));
        assertFalse(memory.isWritable(BASE, 2 * BYTES + 1));
        assertFalse(memory.isReadable(BASE - 1, 2));
        assertFalse(memory.isReadable(BASE + BYTES, 4 * BYTES));
        assertFalse("around the end of all addresses", memory.isReadable(-1, 2 + BASE));
        assertFalse(memory.isReadable(BASE + 3 * BYTES, 1));
    }

    @Test
    public void memoryThatIsOnlyReadIsNotWritable() {
        PhysicalMemory image = PhysicalMemory.builder().data(BASE, ByteBuffer.allocateDirect((int) BYTES).asReadOnlyBuffer(), false).build();
        assertTrue(GuestMemory.of(image).isReadable(BASE, BYTES));
        assertFalse(GuestMemory.of(image).isWritable(BASE, 1));
    }

    @Test
    public void readsOfAnyAlignment() {
        for (int i = 0; i < 24; i++) {
            memory.write(BASE + i, new byte[] {(byte) (i + 1)}, 0, 1);
        }
        assertEquals(0x0201, memory.read16(BASE));
        assertEquals(0x0403, memory.read16(BASE + 2));
        assertEquals(0x0605, memory.read16(BASE + 4));
        assertEquals(0x0807060504030201L, memory.read64(BASE));
        assertEquals(0x0908070605040302L, memory.read64(BASE + 1));
        assertEquals(0x0f0e0d0c0b0a0908L, memory.read64(BASE + 7));
        assertEquals(0x100f0e0d0c0b0a09L, memory.read64(BASE + 8));
        byte[] read = {9, 9, 9, 9};
        memory.read(BASE + 6, read, 1, 2);
        assertArrayEquals(new byte[] {9, 7, 8, 9}, read);
    }

    @Test
    public void writesLeaveTheirNeighboursAlone() {
        for (int from = 0; from < 9; from++) {
            for (int count = 0; count < 20; count++) {
                byte[] before = new byte[40];
                Arrays.fill(before, (byte) 0x55);
                memory.write(BASE, before, 0, 40);
                byte[] written = new byte[count + 2];
                for (int i = 0; i < written.length; i++) {
                    written[i] = (byte) (0x80 + i);
                }
                memory.write(BASE + 8 + from, written, 1, count);
                byte[] now = new byte[40];
                memory.read(BASE, now, 0, 40);
                System.arraycopy(written, 1, before, 8 + from, count);
                assertArrayEquals("from " + from + " count " + count, before, now);
            }
        }
        memory.write32(BASE + 4, 0x01020304);
        memory.write64(BASE + 8, 0x1112131415161718L);
        assertEquals(0x01020304, machine.readInt(BASE + 4));
        assertEquals(0x1112131415161718L, machine.readLong(BASE + 8));
    }
}
