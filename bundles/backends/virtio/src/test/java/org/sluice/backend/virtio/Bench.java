// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.virtio;

import java.util.ArrayList;
import java.util.List;

import org.sluice.backend.virtio.layout.Mmio;
import org.sluice.backend.virtio.layout.Virtio;
import org.sluice.backend.virtio.model.VirtioModel;
import org.sluice.backend.virtio.ring.GuestMemory;
import org.sluice.machine.RegisterPort;

/** A device whose split rings are written by hand, byte by byte. */
final class Bench {
    static final int SIZE = 8;
    static final long DESCRIPTORS = 0x10_0000;
    static final long AVAILABLE = 0x10_1000;
    static final long USED = 0x10_2000;
    /** The event queue's areas lie so far above the request queue's. */
    static final long EVENTS = 0x8000;
    static final long BUFFER = 0x12_0000;
    static final long REPLY = 0x13_0000;
    static final long INDIRECT = 0x14_0000;
    static final long FEATURES = 0x1_1000_0077L;

    static final int NEXT = 1;
    static final int WRITE = 2;
    static final int TABLE = 4;

    final Rig rig;
    final VirtioModel model;
    final RegisterPort registers;
    private int offered;
    private int events;

    Bench(Rig rig) {
        this.rig = rig;
        model = new VirtioModel(rig.unit());
        registers = model.registers();
    }

    Bench start() {
        return start(FEATURES);
    }

    Bench start(long features) {
        registers.write32(Mmio.STATUS, 0);
        registers.write32(Mmio.STATUS, Mmio.ACKNOWLEDGE | Mmio.DRIVER);
        for (int half = 0; half < 2; half++) {
            registers.write32(Mmio.DRIVER_FEATURES_SELECT, half);
            registers.write32(Mmio.DRIVER_FEATURES, (int) (features >>> 32 * half));
        }
        registers.write32(Mmio.STATUS, Mmio.ACKNOWLEDGE | Mmio.DRIVER | Mmio.FEATURES_OK);
        queue(Virtio.REQUEST_QUEUE, SIZE, DESCRIPTORS, AVAILABLE, USED);
        queue(Virtio.EVENT_QUEUE, SIZE, DESCRIPTORS + EVENTS, AVAILABLE + EVENTS, USED + EVENTS);
        registers.write32(Mmio.STATUS, Mmio.ACKNOWLEDGE | Mmio.DRIVER | Mmio.FEATURES_OK | Mmio.DRIVER_OK);
        offered = 0;
        events = 0;
        return this;
    }

    boolean queue(int index, int size, long descriptors, long driver, long device) {
        registers.write32(Mmio.QUEUE_SELECT, index);
        registers.write32(Mmio.QUEUE_SIZE, size);
        registers.write64(Mmio.QUEUE_DESCRIPTORS, descriptors);
        registers.write64(Mmio.QUEUE_DRIVER, driver);
        registers.write64(Mmio.QUEUE_DEVICE, device);
        registers.write32(Mmio.QUEUE_READY, 1);
        return registers.read32(Mmio.QUEUE_READY) == 1;
    }

    void descriptor(long table, int index, long address, long length, int flags, int next) {
        rig.memory.writeLong(table + 16L * index, address);
        rig.memory.writeLong(table + 16L * index + 8, length & 0xffff_ffffL | (long) flags << 32 | (long) next << 48);
    }

    void bytes(long at, byte[] bytes) {
        GuestMemory.of(rig.memory).write(at, bytes, 0, bytes.length);
    }

    byte[] read(long at, int count) {
        byte[] bytes = new byte[count];
        GuestMemory.of(rig.memory).read(at, bytes, 0, count);
        return bytes;
    }

    int u16(long at) {
        return GuestMemory.of(rig.memory).read16(at);
    }

    /** Makes a chain available and notifies. */
    void offer(int... heads) {
        for (int head : heads) {
            bytes(AVAILABLE + 4 + 2L * (offered % SIZE), new byte[] {(byte) head, (byte) (head >>> 8)});
            offered++;
        }
        index(offered);
        registers.write32(Mmio.QUEUE_NOTIFY, Virtio.REQUEST_QUEUE);
    }

    void index(int value) {
        bytes(AVAILABLE + 2, new byte[] {(byte) value, (byte) (value >>> 8)});
    }

    /** Offers one event buffer. */
    void offerEvent(long address, int length) {
        int head = events % SIZE;
        descriptor(DESCRIPTORS + EVENTS, head, address, length, WRITE, 0);
        bytes(AVAILABLE + EVENTS + 4 + 2L * head, new byte[] {(byte) head, 0});
        events++;
        bytes(AVAILABLE + EVENTS + 2, new byte[] {(byte) events, (byte) (events >>> 8)});
    }

    /** Sends a request in two pieces; the status, or -1 if it came back untouched. */
    int send(byte[] request, int room) {
        bytes(BUFFER, request);
        descriptor(DESCRIPTORS, 0, BUFFER, request.length, room == 0 ? 0 : NEXT, 1);
        descriptor(DESCRIPTORS, 1, REPLY, room, WRITE, 0);
        offer(0);
        return status();
    }

    /** The status in the reply of the last chain, or -1. */
    int status() {
        int written = written();
        return written == 0 ? -1 : read(REPLY + written - 4, 1)[0];
    }

    /** Used length of the last chain. */
    int written() {
        return rig.memory.readInt(USED + 4 + 8L * (u16(USED + 2) - 1 & SIZE - 1) + 4);
    }

    /** Used length of the event queue's last buffer. */
    int eventWritten() {
        return rig.memory.readInt(USED + EVENTS + 4 + 8L * (u16(USED + EVENTS + 2) - 1 & SIZE - 1) + 4);
    }

    boolean needsReset() {
        return (registers.read32(Mmio.STATUS) & Mmio.NEEDS_RESET) != 0;
    }

    /** Every request with its status, as {@code send} tells it. */
    List<Integer> sendAll(List<byte[]> requests) {
        List<Integer> statuses = new ArrayList<>();
        requests.forEach(r -> statuses.add(send(r, 4)));
        return statuses;
    }
}
