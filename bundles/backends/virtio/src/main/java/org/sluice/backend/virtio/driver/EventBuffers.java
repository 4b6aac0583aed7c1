// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.virtio.driver;

import java.util.List;
import java.util.function.Consumer;

import org.sluice.backend.virtio.layout.Events;
import org.sluice.backend.virtio.layout.Mmio;
import org.sluice.backend.virtio.layout.Virtio;
import org.sluice.backend.virtio.ring.DriverQueue;
import org.sluice.backend.virtio.ring.DriverQueue.Part;
import org.sluice.backend.virtio.ring.GuestMemory;
import org.sluice.machine.RegisterPort;

/** The event queue as the driver uses it: every buffer is with the device but while it is read. Not thread-safe. */
final class EventBuffers {
    private final RegisterPort registers;
    private final GuestMemory memory;
    private final DriverQueue queue;
    private final long buffers;
    private final int count;

    EventBuffers(RegisterPort registers, GuestMemory memory, DriverQueue queue, int size, long buffers) {
        this.registers = registers;
        this.memory = memory;
        this.queue = queue;
        this.buffers = buffers;
        count = size;
    }

    static long bytes(int size) {
        return (long) size * Events.BYTES;
    }

    /** Offers all buffers; the device may already be running. */
    void fill() {
        for (int i = 0; i < count; i++) {
            offer(i);
        }
        registers.write32(Mmio.QUEUE_NOTIFY, Virtio.EVENT_QUEUE);
    }

    private void offer(int buffer) {
        queue.offer(buffer, List.of(new Part(buffers + (long) buffer * Events.BYTES, Events.BYTES, true)), 0);
    }

    /** Takes what the device wrote, oldest first, at most one round; buffers cut short tell nothing. */
    void drain(Consumer<byte[]> out) {
        int taken = 0;
        for (; taken < count; taken++) {
            long back = queue.collect();
            if (back == DriverQueue.NOTHING) {
                break;
            }
            int buffer = (int) (back >>> Integer.SIZE) % count;
            byte[] event = new byte[Events.BYTES];
            memory.read(buffers + (long) buffer * Events.BYTES, event, 0, event.length);
            offer(buffer);
            if ((int) back >= Events.BYTES) {
                out.accept(event);
            }
        }
        if (taken > 0) {
            registers.write32(Mmio.QUEUE_NOTIFY, Virtio.EVENT_QUEUE);
        }
    }
}
