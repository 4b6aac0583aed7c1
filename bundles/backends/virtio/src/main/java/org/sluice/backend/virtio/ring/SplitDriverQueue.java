// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.virtio.ring;

import static org.sluice.backend.virtio.ring.QueueMemory.DESCRIPTOR_BYTES;

import java.util.List;

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
    private int available;
    private int used;

    SplitDriverQueue(GuestMemory memory, QueueMemory at) {
        this.memory = memory;
        this.at = at;
        idOfHead = new int[at.size()];
    }

    @Override
    public void offer(int id, List<Part> parts, long table) {
        int head = table == 0 ? id * parts.size() : id;
        chain(table == 0 ? at.descriptors() : table, table == 0 ? head : 0, parts);
        if (table != 0) {
            descriptor(at.descriptors(), head, table, (long) parts.size() * DESCRIPTOR_BYTES, RingLayouts.INDIRECT.put(1));
        }
        idOfHead[head] = id;
        // Entries are 16 bits, two in a word; the neighbour is the driver's too.
        long place = at.driver() + RING + 2L * (available & at.size() - 1);
        int shift = (int) (place & 2) * Byte.SIZE;
        int other = memory.read16(place ^ 2) << Short.SIZE - shift;
        memory.write32(place & -Integer.BYTES, head << shift | other);
        available = available + 1 & INDEX_MASK;
        // Flags (0: interrupts are welcome) and index share a word. The index last: it publishes the rest.
        memory.write32(at.driver(), available << Short.SIZE);
    }

    private void chain(long table, int first, List<Part> parts) {
        for (int i = 0; i < parts.size(); i++) {
            Part part = parts.get(i);
            long flags = RingLayouts.WRITE.put(part.write() ? 1 : 0);
            if (i + 1 < parts.size()) {
                flags |= RingLayouts.NEXT.put(1) | RingLayouts.NEXT_INDEX.put(first + i + 1);
            }
            descriptor(table, first + i, part.address(), part.bytes(), flags);
        }
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
