// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.synthetic.device;

import static org.sluice.api.Permissions.READ_WRITE;

import org.sluice.api.dma.DmaPort;
import org.sluice.machine.MemoryWindow;

/**
 * A NIC-like device: a ring of descriptors (buffer's IOVA, length, owner) in memory. Software maps a buffer for each frame and offers it;
 * the device reads the descriptor, writes the frame, gives the descriptor back and raises its vector; software checks the frame and, some
 * frames later, unmaps the buffer, as a driver with a window of outstanding buffers does.
 */
final class RingNic implements Exercise {
    private static final int SLOTS = 128;
    private static final int DESCRIPTOR = 16;
    private static final int OUTSTANDING = 32;
    private static final int MOST = 2048;
    private static final long OWN = 1L << 63;
    /** Page of the ring; buffers follow it. */
    private static final int RING = 0;

    private final Bench bench;
    private final byte[] frame = new byte[MOST];
    private final byte[] descriptor = new byte[DESCRIPTOR];
    private final long[] mapped = new long[SLOTS];
    private final boolean[] isMapped = new boolean[SLOTS];
    private long ring;
    /** Whether the frame being sent has its buffer and descriptor: kept while it is tried again. */
    private boolean offered;

    RingNic(Bench bench) {
        this.bench = bench;
    }

    @Override
    public void prepare() {
        bench.guard(SLOTS + 1);
        ring = bench.space.place(bench.page(RING), Bench.PAGE, READ_WRITE, Bench.WINDOW);
    }

    private static int buffer(int slot) {
        return 1 + slot;
    }

    @Override
    public boolean step(long number) {
        int slot = (int) (number % SLOTS);
        int length = 64 + (int) (Payload.mix(number) >>> 40) % (MOST - 64) & -Long.BYTES;
        if (!offered) {
            offer(slot, length);
            offered = true;
        }
        int result = receive(slot, length, number);
        if (result == DmaPort.BLOCKED) {
            bench.counters.blocked.increment();
            return false;
        }
        offered = false;
        if (result < 0 || result == DmaPort.NO_MEMORY) {
            bench.counters.faults.increment();
        } else {
            check(slot, length, number);
        }
        retire((int) ((number + SLOTS - OUTSTANDING) % SLOTS));
        return true;
    }

    /** Software: a buffer for the next frame. */
    private void offer(int slot, int length) {
        retire(slot);
        Payload.fillWith(bench.memory, bench.page(buffer(slot)), Bench.PAGE, Payload.CANARY);
        mapped[slot] = bench.space.place(bench.page(buffer(slot)), Bench.PAGE, READ_WRITE, Bench.WINDOW);
        isMapped[slot] = true;
        MemoryWindow memory = bench.memory.window(bench.page(RING));
        memory.setLongPlain(bench.page(RING) + (long) slot * DESCRIPTOR, mapped[slot]);
        memory.setLong(bench.page(RING) + (long) slot * DESCRIPTOR + Long.BYTES, OWN | length);
    }

    /** The device: descriptor, frame, descriptor back, vector. */
    private int receive(int slot, int length, long number) {
        long at = ring + (long) slot * DESCRIPTOR;
        int result = bench.port.read(at, descriptor, 0, DESCRIPTOR);
        if (result != DmaPort.OK) {
            return result;
        }
        Payload.fill(frame, length, number);
        result = bench.port.write(word(0), frame, 0, length);
        if (result != DmaPort.OK) {
            return result;
        }
        descriptor[DESCRIPTOR - 1] = 0;
        result = bench.port.write(at + Long.BYTES, descriptor, Long.BYTES, Long.BYTES);
        return result != DmaPort.OK ? result : bench.raise(0);
    }

    private long word(int offset) {
        long value = 0;
        for (int i = Long.BYTES - 1; i >= 0; i--) {
            value = value << Byte.SIZE | descriptor[offset + i] & 0xff;
        }
        return value;
    }

    /** Software, after the interrupt: the frame is where it should be, whole, and nothing beside it. */
    private void check(int slot, int length, long number) {
        long page = bench.page(buffer(slot));
        boolean right = Payload.isAt(bench.memory, page, length, number)
                && Payload.isFilledWith(bench.memory, page + length, Bench.PAGE - length, Payload.CANARY)
                && bench.isGuarded(buffer(slot))
                && bench.memory.readLong(bench.page(RING) + (long) slot * DESCRIPTOR + Long.BYTES) == length;
        if (!right) {
            bench.counters.wrong.increment();
        }
        bench.counters.operations.increment();
        bench.counters.bytes.add(length);
    }

    private void retire(int slot) {
        if (isMapped[slot]) {
            bench.space.unmap(mapped[slot], Bench.PAGE);
            isMapped[slot] = false;
        }
    }

    @Override
    public void finish() {
        for (int slot = 0; slot < SLOTS; slot++) {
            retire(slot);
        }
        bench.space.unmap(ring, Bench.PAGE);
    }
}
