// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.virtio;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotNull;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;

import java.util.List;

import org.junit.Test;
import org.sluice.backend.virtio.ring.Chain;
import org.sluice.backend.virtio.ring.DeviceQueue;
import org.sluice.backend.virtio.ring.DriverQueue;
import org.sluice.backend.virtio.ring.DriverQueue.Part;
import org.sluice.backend.virtio.ring.GuestMemory;
import org.sluice.backend.virtio.ring.QueueMemory;
import org.sluice.machine.PhysicalMemory;

/** Both ends of both kinds of rings, by the rules of OASIS virtio, Split virtqueues and Packed virtqueues. */
public class RingTest {
    private static final int SIZE = 4;
    private static final long DESCRIPTORS = 0x10_0000;
    private static final long DRIVER = 0x10_1000;
    private static final long DEVICE = 0x10_2000;
    private static final long BUFFER = 0x10_3000;
    private static final long REPLY = 0x10_4000;
    private static final long TABLE = 0x10_5000;
    private static final long OUTSIDE = 0x4000_0000L;
    private static final int WRITE = 2;
    private static final int INDIRECT = 4;
    private static final int NEXT = 1;
    /** AVAIL of a packed descriptor, in the first round. */
    private static final int AVAILABLE = 0x80;

    private final PhysicalMemory machine = PhysicalMemory.allocate(Rig.RAM);
    private final GuestMemory memory = GuestMemory.of(machine);
    private final QueueMemory at = new QueueMemory(SIZE, DESCRIPTORS, DRIVER, DEVICE);

    private static QueueMemory at(int size, long descriptors, long driver, long device) {
        return new QueueMemory(size, descriptors, driver, device);
    }

    private void packed(long table, int index, long address, long length, int id, int flags) {
        machine.writeLong(table + 16L * index, address);
        machine.writeLong(table + 16L * index + 8, length | (long) id << 32 | (long) flags << 48);
    }

    /** 16 for descriptors, 2 for the available ring, 4 for the used ring; packed rings: 16, 4, 4 (Virtqueues, alignment). */
    @Test
    public void areasAreAlignedAsTheirKindOfRingDemands() {
        assertNotNull(at.open(memory, false, true));
        assertNotNull(at.open(memory, true, true));
        for (boolean packed : new boolean[] {false, true}) {
            assertNull(at(SIZE, DESCRIPTORS + 8, DRIVER, DEVICE).open(memory, packed, true));
            assertNotNull(at(SIZE, DESCRIPTORS + 16, DRIVER, DEVICE).open(memory, packed, true));
            assertNull(at(SIZE, DESCRIPTORS, DRIVER + 1, DEVICE).open(memory, packed, true));
            assertNotNull(at(SIZE, DESCRIPTORS, DRIVER + 4, DEVICE).open(memory, packed, true));
            assertNull(at(SIZE, DESCRIPTORS, DRIVER, DEVICE + 2).open(memory, packed, true));
            assertNotNull(at(SIZE, DESCRIPTORS, DRIVER, DEVICE + 4).open(memory, packed, true));
        }
        assertNotNull("two bytes for the available ring", at(SIZE, DESCRIPTORS, DRIVER + 2, DEVICE).open(memory, false, true));
        assertNull("four for event suppression", at(SIZE, DESCRIPTORS, DRIVER + 2, DEVICE).open(memory, true, true));
    }

    @Test
    public void onlySplitRingsHaveAPowerOfTwoOfEntries() {
        assertNull(at(6, DESCRIPTORS, DRIVER, DEVICE).open(memory, false, true));
        assertNotNull(at(6, DESCRIPTORS, DRIVER, DEVICE).open(memory, true, true));
        for (boolean packed : new boolean[] {false, true}) {
            assertNull(at(0, DESCRIPTORS, DRIVER, DEVICE).open(memory, packed, true));
            assertNotNull(at(1, DESCRIPTORS, DRIVER, DEVICE).open(memory, packed, true));
        }
    }

    /** Every area has to be there to its last byte: 6 + 2 and 6 + 8 for each entry but the field of EVENT_IDX, which is not offered. */
    @Test
    public void areasEndWithinMemory() {
        long end = Rig.RAM.last() + 1;
        assertNotNull(at(SIZE, end - 64, DRIVER, DEVICE).open(memory, false, true));
        assertNull(at(SIZE, end - 48, DRIVER, DEVICE).open(memory, false, true));
        assertNotNull(at(SIZE, end - 64, DRIVER, DEVICE).open(memory, true, true));
        assertNull(at(SIZE, end - 48, DRIVER, DEVICE).open(memory, true, true));
        assertNotNull(at(SIZE, DESCRIPTORS, end - 12, DEVICE).open(memory, false, true));
        assertNull(at(SIZE, DESCRIPTORS, end - 10, DEVICE).open(memory, false, true));
        assertNotNull(at(SIZE, DESCRIPTORS, DRIVER, end - 36).open(memory, false, true));
        assertNull(at(SIZE, DESCRIPTORS, DRIVER, end - 32).open(memory, false, true));
        assertNotNull(at(SIZE, DESCRIPTORS, end - 4, DEVICE).open(memory, true, true));
        assertNotNull(at(SIZE, DESCRIPTORS, DRIVER, end - 4).open(memory, true, true));
        assertNull(at(SIZE, DESCRIPTORS, OUTSIDE, DEVICE).open(memory, true, true));
        assertNull(at(SIZE, DESCRIPTORS, DRIVER, OUTSIDE).open(memory, true, true));
    }

    /** avail.flags NO_INTERRUPT; driver event suppression: enable 0, disable 1, descriptor 2. */
    @Test
    public void theDriverSaysWhetherItWantsInterrupts() {
        DeviceQueue split = at.open(memory, false, true);
        assertTrue(split.wantsInterrupt());
        memory.write(DRIVER, new byte[] {1, 0}, 0, 2);
        assertFalse(split.wantsInterrupt());
        memory.write(DRIVER, new byte[] {2, 0}, 0, 2);
        assertTrue("other bits say nothing", split.wantsInterrupt());
        memory.write(DRIVER, new byte[4], 0, 4);
        DeviceQueue packed = at.open(memory, true, true);
        assertTrue(packed.wantsInterrupt());
        memory.write(DRIVER + 2, new byte[] {1, 0}, 0, 2);
        assertFalse(packed.wantsInterrupt());
        memory.write(DRIVER + 2, new byte[] {2, 0}, 0, 2);
        assertTrue(packed.wantsInterrupt());
        memory.write(DRIVER, new byte[] {1, 0, 0, 0}, 0, 4);
        assertTrue("the first half is a place, not the flags", packed.wantsInterrupt());
    }

    /** Longer than the index's 16 bits, in every form: nothing gets lost, doubled or mixed up. */
    @Test
    public void buffersGoRoundAndRound() {
        for (boolean packed : new boolean[] {false, true}) {
            for (long table : new long[] {0, TABLE}) {
                memory.write(DESCRIPTORS, new byte[0x3000], 0, 0x3000);
                DriverQueue driver = at.drive(memory, packed);
                DeviceQueue device = at.open(memory, packed, true);
                for (int i = 0; i < 66_000; i++) {
                    int id = i % 2;
                    byte[] sent = {(byte) i, (byte) (i >>> 8), (byte) (i >>> 16)};
                    memory.write(BUFFER + 8 * id, sent, 0, 3);
                    driver.offer(id, List.of(new Part(BUFFER + 8 * id, 3, false), new Part(REPLY + 8 * id, 5, true)), table == 0 ? 0 : TABLE + 64L * id);
                    assertTrue(device.waiting() > 0);
                    Chain chain = device.take();
                    assertArrayEquals(sent, chain.read(memory, 100));
                    assertEquals(5, chain.room());
                    device.giveBack(chain, i % 6);
                    assertEquals((long) id << 32 | i % 6, driver.collect());
                    assertEquals(DriverQueue.NOTHING, driver.collect());
                    assertEquals(0, device.waiting());
                    assertNull(device.take());
                }
                assertFalse(device.isBroken());
            }
        }
    }

    /** Two under way at once: the ring is full, and they come back in order. */
    @Test
    public void severalBuffersAreUnderWayAtOnce() {
        for (boolean packed : new boolean[] {false, true}) {
            memory.write(DESCRIPTORS, new byte[0x3000], 0, 0x3000);
            DriverQueue driver = at.drive(memory, packed);
            DeviceQueue device = at.open(memory, packed, false);
            for (int round = 0; round < 50; round++) {
                driver.offer(0, List.of(new Part(BUFFER, 1, false), new Part(REPLY, 2, true)), 0);
                driver.offer(1, List.of(new Part(BUFFER, 3, false), new Part(REPLY, 4, true)), 0);
                for (int room : new int[] {2, 4}) {
                    Chain chain = device.take();
                    assertEquals(room, chain.room());
                    device.giveBack(chain, room);
                }
                assertEquals(2, driver.collect());
                assertEquals(1L << 32 | 4, driver.collect());
            }
        }
    }

    @Test
    public void limitsOfReadingAndWriting() {
        DriverQueue driver = at.drive(memory, false);
        DeviceQueue device = at.open(memory, false, true);
        memory.write(BUFFER, new byte[] {1, 2, 3, 4, 5}, 0, 5);
        memory.write(REPLY - 1, new byte[] {9, 9, 9, 9, 9, 9, 9}, 0, 7);
        driver.offer(0, List.of(new Part(BUFFER, 2, false), new Part(BUFFER + 2, 3, false), new Part(REPLY, 2, true), new Part(REPLY + 2, 3, true)), TABLE);
        Chain chain = device.take();
        assertArrayEquals(new byte[] {1, 2, 3, 4, 5}, chain.read(memory, 5));
        assertArrayEquals(new byte[] {1, 2, 3}, chain.read(memory, 3));
        assertArrayEquals(new byte[] {1}, chain.read(memory, 1));
        assertEquals(5, chain.room());
        assertFalse("more than there is room for", chain.write(memory, new byte[6]));
        assertEquals("nothing was written", 9, machine.readByte(REPLY));
        assertTrue(chain.write(memory, new byte[] {6, 7, 8}));
        byte[] now = new byte[7];
        memory.read(REPLY - 1, now, 0, 7);
        assertArrayEquals(new byte[] {9, 6, 7, 8, 9, 9, 9}, now);
        assertTrue("to the last byte", chain.write(memory, new byte[] {1, 1, 1, 1, 1}));
        assertEquals(9, machine.readByte(REPLY + 5));
    }

    /** A piece outside memory spoils the reply before anything of it is written. */
    @Test
    public void repliesAreWrittenWhollyOrNotAtAll() {
        DriverQueue driver = at.drive(memory, false);
        DeviceQueue device = at.open(memory, false, true);
        driver.offer(0, List.of(new Part(REPLY, 2, true), new Part(OUTSIDE, 3, true)), TABLE);
        Chain chain = device.take();
        assertFalse(chain.write(memory, new byte[] {1, 1, 1}));
        assertEquals(0, machine.readByte(REPLY));
        assertTrue("what does not reach it is written", chain.write(memory, new byte[] {1, 1}));
        assertEquals(1, machine.readByte(REPLY + 1));
        memory.write(DESCRIPTORS, new byte[64], 0, 64);
        driver.offer(1, List.of(new Part(BUFFER, 2, false), new Part(OUTSIDE, 3, false)), TABLE);
        device.giveBack(chain, 0);
        assertNull("a request that is not all there", device.take().read(memory, 5));
    }

    /** Packed virtqueues: a table holds no table, is of whole descriptors, and stands alone. */
    @Test
    public void tablesOfPackedRings() {
        DeviceQueue device = at.open(memory, true, true);
        packed(TABLE, 0, BUFFER, 3, 0, 0);
        packed(TABLE, 1, REPLY, 5, 0, WRITE);
        packed(DESCRIPTORS, 0, TABLE, 32, 7, INDIRECT | AVAILABLE);
        Chain good = device.take();
        assertFalse(good.isBroken());
        assertEquals(3, good.read(memory, 100).length);
        assertEquals(5, good.room());
        for (long length : new long[] {0, 8, 17, 24, 33, 16L << 15 | 16}) {
            packed(DESCRIPTORS, 0, TABLE, length, 7, INDIRECT | AVAILABLE);
            Chain bad = at.open(memory, true, true).take();
            assertTrue("length " + length, bad.isBroken());
            assertNull(bad.read(memory, 100));
            assertEquals(0, bad.room());
            assertFalse(bad.write(memory, new byte[1]));
        }
        packed(DESCRIPTORS, 0, OUTSIDE, 32, 7, INDIRECT | AVAILABLE);
        assertTrue("not in memory", at.open(memory, true, true).take().isBroken());
        packed(DESCRIPTORS, 0, TABLE, 32, 7, INDIRECT | AVAILABLE);
        assertTrue("not negotiated", at.open(memory, true, false).take().isBroken());
        packed(TABLE, 1, TABLE, 32, 0, INDIRECT);
        assertTrue("a table in a table", at.open(memory, true, true).take().isBroken());
        packed(TABLE, 1, REPLY, 5, 0, WRITE);
        packed(DESCRIPTORS, 0, TABLE, 32, 7, INDIRECT | AVAILABLE | NEXT);
        packed(DESCRIPTORS, 1, REPLY, 5, 7, WRITE | AVAILABLE);
        assertTrue("not alone", at.open(memory, true, true).take().isBroken());
        packed(TABLE, 0, REPLY, 5, 0, WRITE);
        packed(TABLE, 1, BUFFER, 3, 0, 0);
        packed(DESCRIPTORS, 0, TABLE, 32, 7, INDIRECT | AVAILABLE);
        assertTrue("a readable piece after a writable one", at.open(memory, true, true).take().isBroken());
    }

    @Test
    public void tablesOfSplitRings() {
        memory.write32(DRIVER, 1 << 16);
        for (int length : new int[] {0, 8, 17, 33}) {
            machine.writeLong(DESCRIPTORS, TABLE);
            machine.writeLong(DESCRIPTORS + 8, length | (long) INDIRECT << 32);
            Chain bad = at.open(memory, false, true).take();
            assertTrue("length " + length, bad.isBroken());
        }
        machine.writeLong(DESCRIPTORS + 8, 32 | (long) INDIRECT << 32);
        machine.writeLong(TABLE, BUFFER);
        machine.writeLong(TABLE + 8, 3 | (long) NEXT << 32 | 1L << 48);
        machine.writeLong(TABLE + 16, REPLY);
        machine.writeLong(TABLE + 24, 5 | (long) WRITE << 32);
        Chain good = at.open(memory, false, true).take();
        assertFalse(good.isBroken());
        assertEquals(5, good.room());
        assertTrue("not negotiated", at.open(memory, false, false).take().isBroken());
        machine.writeLong(TABLE + 8, 3 | (long) NEXT << 32 | 2L << 48);
        assertTrue("beyond the table", at.open(memory, false, true).take().isBroken());
    }

    /** A packed ring without the end of a buffer can never be told apart again. */
    @Test
    public void aPackedBufferWithoutEndBreaksTheRing() {
        for (int i = 0; i < SIZE; i++) {
            packed(DESCRIPTORS, i, BUFFER, 1, 1, NEXT | AVAILABLE);
        }
        DeviceQueue device = at.open(memory, true, true);
        assertEquals(SIZE, device.waiting());
        assertNull(device.take());
        assertTrue(device.isBroken());
        assertEquals(0, device.waiting());
        packed(DESCRIPTORS, SIZE - 1, BUFFER, 1, 1, AVAILABLE);
        assertNotNull("the last place may be the end", at.open(memory, true, true).take());
    }

    @Test
    public void splitIndexesThatJumpBreakTheRing() {
        DeviceQueue device = at.open(memory, false, true);
        memory.write32(DRIVER, SIZE << 16);
        assertEquals("as many as there are places", SIZE, device.waiting());
        assertFalse(device.isBroken());
        memory.write32(DRIVER, SIZE + 1 << 16);
        assertEquals(0, device.waiting());
        assertTrue(device.isBroken());
        memory.write32(DRIVER, 1 << 16);
        memory.write32(DRIVER + 4, SIZE);
        DeviceQueue fresh = at.open(memory, false, true);
        assertNull("a head beyond the table", fresh.take());
        assertTrue(fresh.isBroken());
        memory.write32(DRIVER + 4, SIZE - 1);
        assertNotNull(at.open(memory, false, true).take());
    }
}
