// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.virtio;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.util.ArrayList;
import java.util.List;

import org.junit.Test;
import org.sluice.backend.virtio.ring.Chain;
import org.sluice.backend.virtio.ring.DeviceQueue;
import org.sluice.backend.virtio.ring.DriverQueue;
import org.sluice.backend.virtio.ring.DriverQueue.Part;
import org.sluice.backend.virtio.ring.GuestMemory;
import org.sluice.backend.virtio.ring.QueueMemory;
import org.sluice.machine.PhysicalMemory;

/** What publishes a buffer is written last, by either end. */
public class PublicationTest {
    private static final int SIZE = 4;
    private static final long DESCRIPTORS = 0x10_0000;
    private static final long DRIVER = 0x10_1000;
    private static final long DEVICE = 0x10_2000;
    private static final long BUFFER = 0x10_3000;
    private static final long REPLY = 0x10_4000;
    private static final long TABLE = 0x10_5000;
    private static final long PAGE = 0xfff;

    /** Where each write went, in order. */
    private final List<Long> writes = new ArrayList<>();
    private final GuestMemory memory = recording(GuestMemory.of(PhysicalMemory.allocate(Rig.RAM)));
    private final QueueMemory at = new QueueMemory(SIZE, DESCRIPTORS, DRIVER, DEVICE);

    private GuestMemory recording(GuestMemory real) {
        return new GuestMemory() {
            @Override
            public boolean isReadable(long address, long bytes) {
                return real.isReadable(address, bytes);
            }

            @Override
            public boolean isWritable(long address, long bytes) {
                return real.isWritable(address, bytes);
            }

            @Override
            public int read16(long address) {
                return real.read16(address);
            }

            @Override
            public long read64(long address) {
                return real.read64(address);
            }

            @Override
            public void read(long address, byte[] into, int from, int count) {
                real.read(address, into, from, count);
            }

            @Override
            public void write(long address, byte[] from, int start, int count) {
                writes.add(address);
                real.write(address, from, start, count);
            }

            @Override
            public void write32(long address, int value) {
                writes.add(address);
                real.write32(address, value);
            }

            @Override
            public void write64(long address, long value) {
                writes.add(address);
                real.write64(address, value);
            }
        };
    }

    private static List<Part> parts() {
        return List.of(new Part(BUFFER, 20, false), new Part(REPLY, 4, true));
    }

    private List<Long> taken() {
        List<Long> taken = List.copyOf(writes);
        writes.clear();
        return taken;
    }

    @Test
    public void theAvailableIndexFollowsTheRingAndTheRingTheDescriptors() {
        for (long table : new long[] {0, TABLE}) {
            DriverQueue driver = at.drive(memory, false);
            for (int round = 0; round < 3 * SIZE; round++) {
                driver.offer(round % 2, parts(), table);
                List<Long> order = taken();
                int last = order.size() - 1;
                assertEquals("index", DRIVER, (long) order.get(last));
                assertTrue("place", order.get(last - 1) > DRIVER && (order.get(last - 1) & ~PAGE) == DRIVER);
                order.subList(0, last - 1).forEach(w -> assertTrue("descriptors", (w & ~PAGE) == DESCRIPTORS || (w & ~PAGE) == TABLE));
            }
        }
    }

    @Test
    public void theUsedIndexFollowsTheElementAndTheElementTheReply() {
        DriverQueue driver = at.drive(memory, false);
        DeviceQueue device = at.open(memory, false, true);
        for (int round = 0; round < 3 * SIZE; round++) {
            driver.offer(round % 2, parts(), 0);
            Chain chain = device.take();
            taken();
            assertTrue(chain.write(memory, new byte[4]));
            device.giveBack(chain, 4);
            long element = DEVICE + 4 + 8L * (round % SIZE);
            assertEquals(List.of(REPLY, element, element + 4, DEVICE), taken());
            assertEquals((long) (round % 2) << 32 | 4, driver.collect());
            assertEquals(DriverQueue.NOTHING, driver.collect());
        }
    }

    @Test
    public void aPackedChainIsPublishedByItsFirstDescriptorsFlags() {
        for (long table : new long[] {0, TABLE}) {
            DriverQueue driver = at.drive(memory, true);
            int places = table == 0 ? 2 : 1;
            for (int round = 0; round < 3 * SIZE; round++) {
                driver.offer(round % 2, parts(), table);
                List<Long> order = taken();
                long first = DESCRIPTORS + 16L * (round * places % SIZE) + 8;
                int last = order.size() - 1;
                assertEquals("flags", first, (long) order.get(last));
                assertFalse("only once", order.subList(0, last).contains(first));
            }
        }
    }

    @Test
    public void aPackedUsedDescriptorIsOneWordAfterTheReply() {
        for (long table : new long[] {0, TABLE}) {
            memory.write(DESCRIPTORS, new byte[16 * SIZE], 0, 16 * SIZE);
            DriverQueue driver = at.drive(memory, true);
            DeviceQueue device = at.open(memory, true, true);
            int places = table == 0 ? 2 : 1;
            for (int round = 0; round < 5 * SIZE; round++) {
                assertEquals(0, device.waiting());
                driver.offer(round % 2, parts(), table);
                Chain chain = device.take();
                taken();
                assertTrue(chain.write(memory, new byte[4]));
                device.giveBack(chain, 4);
                assertEquals(List.of(REPLY, DESCRIPTORS + 16L * (round * places % SIZE) + 8), taken());
                assertEquals((long) (round % 2) << 32 | 4, driver.collect());
                assertEquals(DriverQueue.NOTHING, driver.collect());
            }
        }
    }
}
