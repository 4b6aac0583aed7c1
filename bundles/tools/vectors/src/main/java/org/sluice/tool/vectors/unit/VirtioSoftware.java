// SPDX-License-Identifier: Apache-2.0
package org.sluice.tool.vectors.unit;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.RegisterPort;

/** virtio-iommu on the MMIO transport by registers and split rings (OASIS virtio, 2.7 and 4.2.2; sheet sections 1 to 3 and 7). */
final class VirtioSoftware implements UnitSoftware {
    private static final int DEVICE_FEATURES = 0x010;
    private static final int DEVICE_FEATURES_SELECT = 0x014;
    private static final int DRIVER_FEATURES = 0x020;
    private static final int DRIVER_FEATURES_SELECT = 0x024;
    private static final int QUEUE_SELECT = 0x030;
    private static final int QUEUE_SIZE = 0x038;
    private static final int QUEUE_READY = 0x044;
    private static final int QUEUE_NOTIFY = 0x050;
    private static final int STATUS = 0x070;
    private static final int QUEUE_DESCRIPTORS = 0x080;
    private static final int QUEUE_DRIVER = 0x090;
    private static final int QUEUE_DEVICE = 0x0a0;
    private static final int BYPASS = 0x124;
    private static final int FEATURES_OK = 11;
    private static final int DRIVER_OK = 15;
    /** Of the features of the type all but BYPASS, under which nothing would be refused. */
    private static final int TYPE_FEATURES = 0x77;
    private static final int VERSION_1 = 1;

    private static final int PAGE = 4096;
    private static final int ENTRIES = 16;
    private static final int DESCRIPTOR = 16;
    private static final int USED = 8;
    private static final int RING = 4;
    private static final long NEXT = 1L << 32;
    private static final long WRITE = 2L << 32;
    private static final int EVENT = 24;
    private static final int TAIL = 4;
    private static final int UNTOUCHED = 0xff;

    private final RegisterPort registers;
    private final PhysicalMemory memory;
    private final Ring requests;
    private final Ring events;
    private final long buffers;

    /** Where one queue lies, and how far it has come. */
    private static final class Ring {
        private final long table;
        private final long avail;
        private final long used;
        private int offered;
        private int taken;

        Ring(long start) {
            table = start;
            avail = start + PAGE / 2;
            used = start + PAGE;
        }
    }

    VirtioSoftware(RegisterPort registers, PhysicalMemory memory, long space) {
        this.registers = registers;
        this.memory = memory;
        requests = new Ring(space);
        events = new Ring(space + 2 * PAGE);
        buffers = space + 4 * PAGE;
    }

    /** Resets the device, which detaches everything, and brings it up; {@code BYPASS} is the field of that name. */
    @Override
    public void use(Map<String, Long> structures) {
        registers.write32(STATUS, 0);
        registers.write32(STATUS, 1);
        registers.write32(STATUS, 3);
        registers.write32(DEVICE_FEATURES_SELECT, 0);
        registers.write32(DRIVER_FEATURES_SELECT, 0);
        registers.write32(DRIVER_FEATURES, registers.read32(DEVICE_FEATURES) & TYPE_FEATURES);
        registers.write32(DRIVER_FEATURES_SELECT, 1);
        registers.write32(DRIVER_FEATURES, VERSION_1);
        registers.write32(STATUS, FEATURES_OK);
        if (registers.read32(STATUS) != FEATURES_OK) {
            throw new IommuException(Reason.UNSUPPORTED, "the device does not take the features that it offers");
        }
        queue(0, requests);
        queue(1, events);
        registers.write32(BYPASS, (int) structures.getOrDefault("BYPASS", 0L).longValue());
        registers.write32(STATUS, DRIVER_OK);
        for (int i = 0; i < ENTRIES; i++) {
            descriptor(events, i, buffers + PAGE + (long) i * DESCRIPTOR * 2, EVENT | WRITE, 0);
            offer(events, i);
        }
        registers.write32(QUEUE_NOTIFY, 1);
    }

    private void queue(int number, Ring ring) {
        for (long at = ring.table; at < ring.table + 2 * PAGE; at += Long.BYTES) {
            memory.writeLong(at, 0);
        }
        ring.offered = 0;
        ring.taken = 0;
        registers.write32(QUEUE_SELECT, number);
        registers.write32(QUEUE_SIZE, ENTRIES);
        registers.write64(QUEUE_DESCRIPTORS, ring.table);
        registers.write64(QUEUE_DRIVER, ring.avail);
        registers.write64(QUEUE_DEVICE, ring.used);
        registers.write32(QUEUE_READY, 1);
    }

    private void descriptor(Ring ring, int index, long address, long lengthAndFlags, int next) {
        memory.writeLong(ring.table + (long) index * DESCRIPTOR, address);
        memory.writeLong(ring.table + (long) index * DESCRIPTOR + Long.BYTES, lengthAndFlags | (long) next << 48);
    }

    /** Writes 16 bits. */
    private void half(long address, int value) {
        int shift = (int) (address & Short.BYTES) * Byte.SIZE;
        int word = memory.readInt(address & -Integer.BYTES);
        memory.writeInt(address & -Integer.BYTES, word & ~(0xffff << shift) | (value & 0xffff) << shift);
    }

    private void offer(Ring ring, int head) {
        half(ring.avail + RING + (long) (ring.offered % ENTRIES) * Short.BYTES, head);
        ring.offered++;
        half(ring.avail + Short.BYTES, ring.offered);
    }

    /** Bytes that the device wrote into the next buffer that it gave back, or -1 if it has given back none. */
    private int takeBack(Ring ring) {
        if (memory.readInt(ring.used) >>> Short.SIZE == (ring.taken & 0xffff)) {
            return -1;
        }
        int written = memory.readInt(ring.used + RING + (long) (ring.taken % ENTRIES) * USED + Integer.BYTES);
        ring.taken++;
        return written;
    }

    @Override
    public int send(byte[] request) {
        ByteBuffer padded = ByteBuffer.wrap(Arrays.copyOf(request, request.length + Integer.BYTES - 1 & -Integer.BYTES)).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < padded.capacity(); i += Integer.BYTES) {
            memory.writeInt(buffers + i, padded.getInt(i));
        }
        long tail = buffers + PAGE / 2;
        memory.writeInt(tail, UNTOUCHED);
        descriptor(requests, 0, buffers, request.length | NEXT, 1);
        descriptor(requests, 1, tail, TAIL | WRITE, 0);
        offer(requests, 0);
        registers.write32(QUEUE_NOTIFY, 0);
        int written = takeBack(requests);
        if (written < 0) {
            throw new IommuException(Reason.UNSUPPORTED, "the device does not give a request back");
        }
        return written == 0 ? -1 : memory.readInt(tail) & 0xff;
    }

    @Override
    public void open() {
        throw new IommuException(Reason.UNSUPPORTED, "the device lets addresses out by its bypass field alone");
    }

    @Override
    public void forgetRequester(int requester, int domain) {
        throw new IommuException(Reason.UNSUPPORTED, "the device keeps nothing that requests do not change");
    }

    @Override
    public void forgetDomain(int domain) {
        forgetRequester(0, domain);
    }

    @Override
    public void forgetPages(int domain, long iova, int order) {
        forgetRequester(0, domain);
    }

    @Override
    public List<long[]> records() {
        List<long[]> found = new ArrayList<>();
        for (int head = headOf(events); takeBack(events) >= 0; head = headOf(events)) {
            long at = memory.readLong(events.table + (long) head * DESCRIPTOR);
            found.add(new long[] {memory.readLong(at), memory.readLong(at + Long.BYTES), memory.readLong(at + 2 * Long.BYTES)});
            offer(events, head);
        }
        return found;
    }

    private int headOf(Ring ring) {
        return memory.readInt(ring.used + RING + (long) (ring.taken % ENTRIES) * USED);
    }

    @Override
    public int code(long[] record) {
        return (int) record[0] & 0xff;
    }
}
