// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.virtio.driver;

import static org.junit.Assert.assertEquals;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

import org.junit.Test;
import org.junit.runner.RunWith;
import org.junit.runners.Parameterized;
import org.junit.runners.Parameterized.Parameters;
import org.sluice.backend.virtio.ring.Chain;
import org.sluice.backend.virtio.ring.DeviceQueue;
import org.sluice.backend.virtio.ring.GuestMemory;
import org.sluice.backend.virtio.ring.QueueMemory;
import org.sluice.kit.register.RegisterFile;
import org.sluice.machine.AddressRange;
import org.sluice.machine.PhysicalMemory;

/** The event queue of the driver against a device's end of the same ring (IOMMU device: Fault reporting; Virtqueues). */
@RunWith(Parameterized.class)
public class EventBuffersTest {
    private static final int SIZE = 4;
    private static final int NOTIFY = 0x50;
    private static final int EVENT_QUEUE = 1;
    private static final int EVENT_BYTES = 24;
    private static final long BUFFERS = 0x10_3000;

    @Parameters(name = "packed {0}")
    public static List<Boolean> packed() {
        return List.of(false, true);
    }

    private final GuestMemory memory = GuestMemory.of(PhysicalMemory.allocate(AddressRange.ofSize(0x10_0000, 0x1_0000)));
    private final RegisterFile registers = new RegisterFile(0x200);
    private final List<Integer> notified = new ArrayList<>();
    private final DeviceQueue device;
    private final EventBuffers events;

    public EventBuffersTest(boolean packed) {
        QueueMemory at = new QueueMemory(SIZE, 0x10_0000, 0x10_1000, 0x10_2000);
        device = at.open(memory, packed, true);
        registers.onWrite(NOTIFY, (before, queue) -> notified.add(queue));
        events = new EventBuffers(registers, memory, at.drive(memory, packed), SIZE, BUFFERS);
        events.fill();
    }

    /** An event whose address tells its number. */
    private void report(int number, int written) {
        Chain chain = device.take();
        byte[] event = ByteBuffer.allocate(EVENT_BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(2).putLong(0x18).putLong(number).array();
        assertEquals("a buffer for one event", EVENT_BYTES, chain.room());
        assertEquals(true, chain.write(memory, event));
        device.giveBack(chain, written);
    }

    private List<Long> drained() {
        List<Long> numbers = new ArrayList<>();
        events.drain(bytes -> {
            ByteBuffer b = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
            assertEquals("reason", 2, b.getLong());
            assertEquals("endpoint", 0x18, b.getLong());
            numbers.add(b.getLong());
        });
        return numbers;
    }

    @Test
    public void everyBufferIsOfferedOnceAndTheDeviceIsTold() {
        assertEquals(List.of(EVENT_QUEUE), notified);
        for (int i = 0; i < SIZE; i++) {
            report(i, EVENT_BYTES);
        }
        assertEquals("no more than there are", null, device.take());
    }

    @Test
    public void eventsComeInOrderForAsManyRoundsAsOneLikes() {
        int sent = 0;
        for (int round = 0; round < 20; round++) {
            List<Long> expected = new ArrayList<>();
            for (int i = 0; i < 1 + round % SIZE; i++) {
                expected.add((long) sent);
                report(sent++, EVENT_BYTES);
            }
            assertEquals(expected, drained());
        }
    }

    /** The device may wait for buffers, so it is told of those that it has again, and not disturbed for nothing. */
    @Test
    public void theDeviceIsToldOfBuffersThatItHasAgain() {
        notified.clear();
        assertEquals(List.of(), drained());
        assertEquals(List.of(), notified);
        report(7, EVENT_BYTES);
        assertEquals(List.of(7L), drained());
        assertEquals(List.of(EVENT_QUEUE), notified);
    }

    @Test
    public void buffersCutShortTellNothingAndAreOfferedAgain() {
        for (int round = 0; round < 3; round++) {
            report(1, 23);
            report(2, 0);
            report(3, EVENT_BYTES);
            report(4, EVENT_BYTES);
            assertEquals(List.of(3L, 4L), drained());
        }
    }

    /** A device that reports as fast as it is drained does not hold the driver for ever: one round at most. */
    @Test
    public void oneRoundIsTheMost() {
        for (int i = 0; i < SIZE; i++) {
            report(i, EVENT_BYTES);
        }
        List<Long> seen = new ArrayList<>();
        events.drain(bytes -> {
            seen.add(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong(16));
            report(100 + seen.size(), EVENT_BYTES);
        });
        assertEquals(List.of(0L, 1L, 2L, 3L), seen);
        assertEquals(List.of(101L, 102L, 103L, 104L), drained());
    }
}
