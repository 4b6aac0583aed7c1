// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.virtio.ring;

import static org.sluice.backend.virtio.ring.QueueMemory.DESCRIPTOR_BYTES;

import org.sluice.backend.virtio.layout.RingLayouts;

/** The driver's end of a split virtqueue: buffer {@code id} has the descriptors from {@code id} times its parts on. Not thread-safe. */
final class SplitDriverQueue implements DriverQueue {
    private static final int INDEX = 2;
    private static final int RING = 4;
    private static final int USED_BYTES = 8;
    private static final int INDEX_MASK = 0xffff;

    private final GuestMemory memory;
    private final QueueMemory at;
    private final int[] idOfHead;
    /** What stands in the available ring, of which two entries share a word. */
    private final short[] heads;
    private int id;
    private long table;
    private int head;
    private int parts;
    private int added;
    private int available;
    private int used;

    SplitDriverQueue(GuestMemory memory, QueueMemory at) {
        this.memory = memory;
        this.at = at;
        idOfHead = new int[at.size()];
        heads = new short[at.size() + 1];
    }

    @Override
    public void begin(int buffer, int count, long ofDescriptors) {
        id = buffer;
        table = ofDescriptors;
        head = table == 0 ? buffer * count : buffer;
        parts = count;
        added = 0;
    }

    @Override
    public void add(long address, int bytes, boolean write) {
        int index = (table == 0 ? head : 0) + added++;
        long flags = RingLayouts.WRITE.put(write ? 1 : 0);
        if (added < parts) {
            flags |= RingLayouts.NEXT.put(1) | RingLayouts.NEXT_INDEX.put(index + 1);
        }
        descriptor(table == 0 ? at.descriptors() : table, index, address, bytes, flags);
    }

    @Override
    public void publish() {
        if (table != 0) {
            descriptor(at.descriptors(), head, table, (long) parts * DESCRIPTOR_BYTES, RingLayouts.INDIRECT.put(1));
        }
        idOfHead[head] = id;
        makeAvailable();
    }

    private void makeAvailable() {
        // Entries are 16 bits, two in a word; the neighbour is the driver's too.
        int place = available & at.size() - 1;
        heads[place] = (short) head;
        int even = place & -2;
        memory.write32(at.driver() + RING + 2L * even, heads[even] & INDEX_MASK | heads[even + 1] << Short.SIZE);
        available = available + 1 & INDEX_MASK;
        // Flags (0: interrupts are welcome) and index share a word. The index last: it publishes the rest.
        memory.write32(at.driver(), available << Short.SIZE);
    }

    /** What the device reads it does not write, so descriptors are still there. */
    @Override
    public boolean repeat(int buffer, int count, long ofDescriptors) {
        begin(buffer, count, ofDescriptors);
        makeAvailable();
        return true;
    }

    private void descriptor(long table, int index, long address, long bytes, long flags) {
        memory.write64(table + (long) index * DESCRIPTOR_BYTES, address);
        memory.write64(table + (long) index * DESCRIPTOR_BYTES + Long.BYTES, RingLayouts.LENGTH.put(bytes) | flags);
    }

    @Override
    public long collect() {
        if (memory.read16(at.device() + INDEX) == used) {
            return NOTHING;
        }
        long element = at.device() + RING + (long) USED_BYTES * (used & at.size() - 1);
        long value = memory.read64(element);
        used = used + 1 & INDEX_MASK;
        int head = (int) value & at.size() - 1;
        return (long) idOfHead[head] << Integer.SIZE | value >>> Integer.SIZE;
    }
}
