// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.virtio.driver;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import org.sluice.backend.virtio.layout.Mmio;
import org.sluice.backend.virtio.layout.RequestLayouts;
import org.sluice.backend.virtio.layout.Virtio;
import org.sluice.backend.virtio.ring.DriverQueue;
import org.sluice.backend.virtio.ring.DriverQueue.Part;
import org.sluice.backend.virtio.ring.GuestMemory;
import org.sluice.backend.virtio.state.Request;
import org.sluice.backend.virtio.state.RequestReplay;
import org.sluice.machine.IommuException;
import org.sluice.machine.RegisterPort;

/**
 * The request queue as the driver uses it: a request goes out, its answer comes back. Many may be under way at once. What the device
 * gives back is checked, since it may be anyone's. Not thread-safe.
 */
final class Channel {
    private static final long TIMEOUT = TimeUnit.SECONDS.toNanos(2);
    private static final long PAUSE = TimeUnit.MICROSECONDS.toNanos(50);
    private static final int PARTS = 2;
    private static final int READABLE_BYTES = 128;
    private static final int TABLE_BYTES = 32;

    private final RegisterPort registers;
    private final GuestMemory memory;
    private final DriverQueue queue;
    private final long slots;
    private final int slotCount;
    private final int slotBytes;
    private final boolean indirect;
    private boolean stuck;

    /** An answer: what the device wrote, from the start of the writable part. */
    record Answer(byte[] bytes, int written) {
        /** The status, or -1 if the device gave the buffer back untouched. */
        int status() {
            return written < RequestLayouts.TAIL_BYTES ? -1 : bytes[written - RequestLayouts.TAIL_BYTES] & 0xff;
        }
    }

    /** @param slots memory for {@link #bytes} of as many requests as the queue can hold */
    Channel(RegisterPort registers, GuestMemory memory, DriverQueue queue, int size, long slots, int probeSize, boolean indirect) {
        this.registers = registers;
        this.memory = memory;
        this.queue = queue;
        this.slots = slots;
        this.indirect = indirect;
        slotCount = count(size);
        slotBytes = slotBytes(probeSize);
    }

    private static int count(int size) {
        return size / PARTS;
    }

    private static int slotBytes(int probeSize) {
        return READABLE_BYTES + TABLE_BYTES + (probeSize + RequestLayouts.TAIL_BYTES + TABLE_BYTES - 1 & -TABLE_BYTES);
    }

    /** Memory for the requests of a queue of that size. */
    static long bytes(int size, int probeSize) {
        return (long) count(size) * slotBytes(probeSize);
    }

    /** Sends one request. */
    Answer send(Request request, int room) {
        return sendAll(List.of(request), room).get(0);
    }

    /**
     * Sends requests, as many at once as there is room for.
     *
     * @param room bytes that the device may write for each
     * @return the answers in the order of the requests
     */
    List<Answer> sendAll(List<Request> requests, int room) {
        List<Answer> answers = new ArrayList<>(requests.size());
        for (int from = 0; from < requests.size(); from += slotCount) {
            List<Request> some = requests.subList(from, Math.min(requests.size(), from + slotCount));
            for (int slot = 0; slot < some.size(); slot++) {
                offer(slot, RequestReplay.encode(some.get(slot)), room);
            }
            registers.write32(Mmio.QUEUE_NOTIFY, Virtio.REQUEST_QUEUE);
            answers.addAll(await(some.size(), room));
        }
        return answers;
    }

    private void offer(int slot, byte[] request, int room) {
        if (stuck) {
            throw new IommuException(IommuException.Reason.IO, "the device still holds a request; start the unit again");
        }
        long at = slots + (long) slot * slotBytes;
        long reply = at + READABLE_BYTES + TABLE_BYTES;
        memory.write(at, request, 0, request.length);
        byte[] blank = new byte[room];
        Arrays.fill(blank, (byte) -1);
        memory.write(reply, blank, 0, room);
        queue.offer(slot, List.of(new Part(at, request.length, false), new Part(reply, room, true)), indirect ? at + READABLE_BYTES : 0);
    }

    private List<Answer> await(int count, int room) {
        Answer[] answers = new Answer[count];
        long deadline = System.nanoTime() + TIMEOUT;
        for (int left = count; left > 0;) {
            long back = queue.collect();
            if (back == DriverQueue.NOTHING) {
                if (System.nanoTime() - deadline > 0) {
                    stuck = true;
                    throw new IommuException(IommuException.Reason.IO, "the device did not answer a request; is it running?");
                }
                LockSupport.parkNanos(PAUSE);
                continue;
            }
            int slot = (int) (back >>> Integer.SIZE);
            int written = (int) back;
            if (slot >= count || answers[slot] != null || written < 0 || written > room) {
                stuck = true;
                throw new IommuException(IommuException.Reason.IO, "the device gave back a request that it did not hold");
            }
            byte[] bytes = new byte[written];
            memory.read(slots + (long) slot * slotBytes + READABLE_BYTES + TABLE_BYTES, bytes, 0, written);
            answers[slot] = new Answer(bytes, written);
            left--;
        }
        return List.of(answers);
    }
}
