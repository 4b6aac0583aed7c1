// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.virtio.driver;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import org.sluice.backend.virtio.layout.Mmio;
import org.sluice.backend.virtio.layout.RequestLayouts;
import org.sluice.backend.virtio.layout.Status;
import org.sluice.backend.virtio.layout.Virtio;
import org.sluice.backend.virtio.ring.DriverQueue;
import org.sluice.backend.virtio.ring.GuestMemory;
import org.sluice.backend.virtio.state.Request;
import org.sluice.backend.virtio.state.RequestReplay;
import org.sluice.machine.IommuException;
import org.sluice.machine.RegisterPort;

/**
 * The request queue as the driver uses it: a request goes out, its answer comes back. MAP and UNMAP, of which there are many, go out
 * together and are written where they lie, without objects: {@link #begin}, {@link #map} and {@link #unmap} as often as wanted,
 * {@link #finish}. What the device gives back is checked, since it may be anyone's. Not thread-safe.
 */
final class Channel {
    private static final long TIMEOUT = TimeUnit.SECONDS.toNanos(2);
    private static final long PAUSE = TimeUnit.MICROSECONDS.toNanos(50);
    private static final int PARTS = 2;
    private static final int READABLE_BYTES = 128;
    private static final int TABLE_BYTES = 32;
    private static final int MAP_BYTES = RequestLayouts.MAP.bytes();
    private static final int UNMAP_BYTES = RequestLayouts.UNMAP.bytes();
    private static final int MAP_WORDS = (MAP_BYTES + Long.BYTES - 1) / Long.BYTES;
    /** The answer to a change comes into the word behind the longest one, so that the driver writes both at once. */
    private static final int ANSWER = MAP_WORDS * Long.BYTES;

    private final RegisterPort registers;
    private final GuestMemory memory;
    private final DriverQueue queue;
    private final long slots;
    private final int slotCount;
    private final int slotBytes;
    private final boolean indirect;
    /** Lengths of both parts of each slot as they were offered last. */
    private final int[] offeredBytes;
    private final int[] offeredRoom;
    /** The change that is being written, and the word for its answer; of the last word before that the device is offered half. */
    private final long[] words = new long[MAP_WORDS + 1];
    private boolean stuck;
    /** Bytes that the device wrote into the slot collected last. */
    private int written;
    /** Requests in the ring that the device was not told of yet. */
    private int waiting;
    /** Requests answered since {@link #begin}; the first of them that was refused, or -1, and what the device said. */
    private int answered;
    private int refused;
    private long taken;
    private int status;

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
        offeredBytes = new int[slotCount];
        offeredRoom = new int[slotCount];
        words[MAP_WORDS] = -1L;
    }

    /** Slots of a queue, which a word has a bit for each of. */
    private static int count(int size) {
        return Math.min(size / PARTS, Long.SIZE);
    }

    private static int slotBytes(int probeSize) {
        return READABLE_BYTES + TABLE_BYTES + (probeSize + RequestLayouts.TAIL_BYTES + TABLE_BYTES - 1 & -TABLE_BYTES);
    }

    /** Memory for the requests of a queue of that size. */
    static long bytes(int size, int probeSize) {
        return (long) count(size) * slotBytes(probeSize);
    }

    private long request(int slot) {
        return slots + (long) slot * slotBytes;
    }

    private long reply(int slot) {
        return request(slot) + READABLE_BYTES + TABLE_BYTES;
    }

    /**
     * Sends one request and waits for its answer.
     *
     * @param room bytes that the device may write
     */
    Answer send(Request request, int room) {
        checkUsable();
        byte[] bytes = RequestReplay.encode(request);
        memory.write(request(0), bytes, 0, bytes.length);
        byte[] blank = new byte[room];
        Arrays.fill(blank, (byte) -1);
        memory.write(reply(0), blank, 0, room);
        offer(0, bytes.length, reply(0), room);
        notifyDevice();
        collect(1, room);
        byte[] answer = new byte[written];
        memory.read(reply(0), answer, 0, written);
        return new Answer(answer, written);
    }

    /** Begins changes that go out together. */
    void begin() {
        waiting = 0;
        answered = 0;
        refused = -1;
        status = Status.OK.code();
    }

    void map(long domain, long start, long last, long output, int flags) {
        int slot = nextSlot();
        words[0] = RequestLayouts.MAP_TYPE | domain << Integer.SIZE;
        words[1] = start;
        words[2] = last;
        words[3] = output;
        words[4] = flags;
        offerChange(slot, MAP_BYTES);
    }

    void unmap(long domain, long start, long last) {
        int slot = nextSlot();
        words[0] = RequestLayouts.UNMAP_TYPE | domain << Integer.SIZE;
        words[1] = start;
        words[2] = last;
        words[3] = 0;
        words[4] = 0;
        offerChange(slot, UNMAP_BYTES);
    }

    private int nextSlot() {
        checkUsable();
        if (waiting == slotCount) {
            serve();
        }
        return waiting;
    }

    private void offerChange(int slot, int bytes) {
        long at = request(slot);
        memory.write(at, words, MAP_WORDS + 1);
        offer(slot, bytes, at + ANSWER, RequestLayouts.TAIL_BYTES);
        waiting++;
    }

    /** Waits until all changes are answered; the status of the first in order that is not OK, or OK. */
    int finish() {
        if (waiting > 0) {
            serve();
        }
        return status;
    }

    /** Which change the status of {@link #finish} belongs to, counted from 0. */
    int refused() {
        return refused;
    }

    /** Changes that go out at once; more than these go out in parts. */
    int capacity() {
        return slotCount;
    }

    /** Whether the device carried out the i-th of at most {@link #capacity} changes. */
    boolean isTaken(int i) {
        return (taken >>> i & 1) != 0;
    }

    private void serve() {
        notifyDevice();
        long left = -1L >>> Long.SIZE - waiting;
        int first = answered;
        taken = 0;
        while (left != 0) {
            int slot = collect(left, RequestLayouts.TAIL_BYTES);
            left &= ~(1L << slot);
            int answer = written < RequestLayouts.TAIL_BYTES ? -1 : (int) memory.read64(request(slot) + ANSWER) & 0xff;
            if (answer == Status.OK.code()) {
                taken |= 1L << slot;
            } else if (refused < 0 || first + slot < refused) {
                refused = first + slot;
                status = answer;
            }
        }
        answered += waiting;
        waiting = 0;
    }

    private void checkUsable() {
        if (stuck) {
            throw new IommuException(IommuException.Reason.IO, "the device still holds a request; start the unit again");
        }
    }

    /** Requests of the same length have their answers at the same place. */
    private void offer(int slot, int bytes, long answer, int room) {
        long table = indirect ? request(slot) + READABLE_BYTES : 0;
        boolean same = offeredBytes[slot] == bytes && offeredRoom[slot] == room;
        if (same && queue.repeat(slot, PARTS, table)) {
            return;
        }
        offeredBytes[slot] = bytes;
        offeredRoom[slot] = room;
        queue.begin(slot, PARTS, table);
        queue.add(request(slot), bytes, false);
        queue.add(answer, room, true);
        queue.publish();
    }

    private void notifyDevice() {
        registers.write32(Mmio.QUEUE_NOTIFY, Virtio.REQUEST_QUEUE);
    }

    /** The next slot that comes back, of those that the device holds, a bit each. */
    private int collect(long held, int room) {
        long deadline = 0;
        while (true) {
            long back = queue.collect();
            if (back != DriverQueue.NOTHING) {
                long slot = back >>> Integer.SIZE;
                written = (int) back;
                if (slot >= Long.SIZE || (held >>> slot & 1) == 0 || written < 0 || written > room) {
                    stuck = true;
                    throw new IommuException(IommuException.Reason.IO, "the device gave back a request that it did not hold");
                }
                return (int) slot;
            }
            deadline = pause(deadline);
        }
    }

    /** @param deadline 0 if it has not been asked for yet: a device that answers at once needs no clock */
    private long pause(long deadline) {
        long now = System.nanoTime();
        if (deadline != 0 && now - deadline > 0) {
            stuck = true;
            throw new IommuException(IommuException.Reason.IO, "the device did not answer a request; is it running?");
        }
        LockSupport.parkNanos(PAUSE);
        return deadline != 0 ? deadline : now + TIMEOUT | 1;
    }
}
