// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.virtio.ring;

import static org.sluice.backend.virtio.ring.QueueMemory.DESCRIPTOR_BYTES;

import java.util.List;

import org.sluice.backend.virtio.layout.RingLayouts;

/** The driver's end of a packed virtqueue. Not thread-safe. */
final class PackedDriverQueue implements DriverQueue {
    private final GuestMemory memory;
    private final QueueMemory at;
    private final int[] placesOf;
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
    public void offer(int id, List<Part> parts, long table) {
        int first = next;
        long firstWord = 0;
        int places = table == 0 ? parts.size() : 1;
        if (table != 0) {
            for (int i = 0; i < parts.size(); i++) {
                put(table, i, parts.get(i).address(), word(parts.get(i), 0));
            }
        }
        for (int i = 0; i < places; i++) {
            Part part = table == 0 ? parts.get(i) : new Part(table, parts.size() * DESCRIPTOR_BYTES, false);
            long flags = RingLayouts.PACKED_ID.put(id) | (wrap ? RingLayouts.PACKED_AVAIL.put(1) : RingLayouts.PACKED_USED.put(1))
                    | RingLayouts.PACKED_NEXT.put(i + 1 < places ? 1 : 0) | RingLayouts.PACKED_INDIRECT.put(table == 0 ? 0 : 1);
            if (i == 0) {
                firstWord = word(part, flags);
                memory.write64(at.descriptors() + (long) next * DESCRIPTOR_BYTES, part.address());
            } else {
                put(at.descriptors(), next, part.address(), word(part, flags));
            }
            step();
        }
        placesOf[id] = places;
        // The first descriptor's flags last: they publish the chain.
        memory.write64(at.descriptors() + (long) first * DESCRIPTOR_BYTES + Long.BYTES, firstWord);
    }

    private void step() {
        next++;
        if (next == at.size()) {
            next = 0;
            wrap = !wrap;
        }
    }

    private static long word(Part part, long flags) {
        return RingLayouts.LENGTH.put(part.bytes()) | RingLayouts.PACKED_WRITE.put(part.write() ? 1 : 0) | flags;
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
        int id = (int) RingLayouts.PACKED_ID.get(word) % at.size();
        used += Math.max(placesOf[id], 1);
        if (used >= at.size()) {
            used -= at.size();
            usedWrap = !usedWrap;
        }
        return (long) id << Integer.SIZE | RingLayouts.LENGTH.get(word);
    }
}
