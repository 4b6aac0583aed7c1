// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.virtio.ring;

import static org.sluice.backend.virtio.ring.QueueMemory.DESCRIPTOR_BYTES;

import org.sluice.backend.virtio.layout.RingLayouts;

/** The driver's end of a packed virtqueue. Not thread-safe. */
final class PackedDriverQueue implements DriverQueue {
    private final GuestMemory memory;
    private final QueueMemory at;
    private final int[] placesOf;
    private int id;
    private long table;
    private int parts;
    private int added;
    private int first;
    private long firstWord;
    private int next;
    private boolean wrap = true;
    private int used;
    private boolean usedWrap = true;

    PackedDriverQueue(GuestMemory memory, QueueMemory at) {
        this.memory = memory;
        this.at = at;
        placesOf = new int[at.size()];
    }

    @Override
    public void begin(int buffer, int count, long ofDescriptors) {
        id = buffer;
        table = ofDescriptors;
        parts = count;
        added = 0;
        first = next;
    }

    @Override
    public void add(long address, int bytes, boolean write) {
        if (table != 0) {
            put(table, added++, address, word(bytes, write, 0));
        } else {
            place(address, word(bytes, write, RingLayouts.PACKED_NEXT.put(added + 1 < parts ? 1 : 0)));
            added++;
        }
    }

    @Override
    public void publish() {
        if (table != 0) {
            place(table, word(parts * DESCRIPTOR_BYTES, false, RingLayouts.PACKED_INDIRECT.put(1)));
        }
        placesOf[id] = table == 0 ? parts : 1;
        // The first descriptor's flags last: they publish the chain.
        memory.write64(at.descriptors() + (long) first * DESCRIPTOR_BYTES + Long.BYTES, firstWord);
    }

    /** The device writes over the ring, but not over a table. */
    @Override
    public boolean repeat(int buffer, int count, long ofDescriptors) {
        if (ofDescriptors == 0) {
            return false;
        }
        begin(buffer, count, ofDescriptors);
        publish();
        return true;
    }

    /** Takes the next place of the ring; what makes the first one available is held back. */
    private void place(long address, long word) {
        long whole = word | RingLayouts.PACKED_ID.put(id) | (wrap ? RingLayouts.PACKED_AVAIL.put(1) : RingLayouts.PACKED_USED.put(1));
        if (next == first) {
            firstWord = whole;
            memory.write64(at.descriptors() + (long) next * DESCRIPTOR_BYTES, address);
        } else {
            put(at.descriptors(), next, address, whole);
        }
        step();
    }

    private void step() {
        next++;
        if (next == at.size()) {
            next = 0;
            wrap = !wrap;
        }
    }

    private static long word(int bytes, boolean write, long flags) {
        return RingLayouts.LENGTH.put(bytes) | RingLayouts.PACKED_WRITE.put(write ? 1 : 0) | flags;
    }

    private void put(long table, int index, long address, long word) {
        memory.write64(table + (long) index * DESCRIPTOR_BYTES, address);
        memory.write64(table + (long) index * DESCRIPTOR_BYTES + Long.BYTES, word);
    }

    @Override
    public long collect() {
        long word = memory.read64(at.descriptors() + (long) used * DESCRIPTOR_BYTES + Long.BYTES);
        boolean available = RingLayouts.PACKED_AVAIL.get(word) != 0;
        if (available != usedWrap || RingLayouts.PACKED_USED.get(word) != 0 != usedWrap) {
            return NOTHING;
        }
        int id = (int) RingLayouts.PACKED_ID.get(word);
        int[] places = placesOf;
        // Of a buffer that was never offered no one knows how many places it takes.
        used += id < places.length ? Math.max(places[id], 1) : 1;
        if (used >= places.length) {
            used -= places.length;
            usedWrap = !usedWrap;
        }
        return (long) id << Integer.SIZE | RingLayouts.LENGTH.get(word);
    }
}
