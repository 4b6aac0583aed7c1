// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.virtio.queue;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;

import org.sluice.backend.virtio.layout.RingLayouts;
import org.sluice.machine.Attributes;
import org.sluice.machine.Hex;
import org.sluice.machine.PhysicalMemory;

/**
 * One split virtqueue as it lies in memory. Chains are followed for as many descriptors as the queue has, so a loop ends. Indexes are
 * 16 bits and run freely; a slot is the index modulo the size. Not thread-safe.
 */
final class SplitQueue {
    private static final int DESCRIPTOR_BYTES = 16;
    private static final int RING_HEAD_BYTES = 4;
    private static final int INDEX_OFFSET = 2;
    private static final int USED_BYTES = 8;
    private static final int INDEX_MASK = 0xffff;
    private static final int MAX_SIZE = 1 << 15;
    /** No request or event is longer; a longer buffer is read that far. */
    private static final int MAX_BYTES = 4096;

    private final PhysicalMemory memory;
    private final int index;
    private final int size;
    private final long descriptors;
    private final long available;
    private final long used;

    /** @param size a power of two in the specification; only its bounds matter here */
    private SplitQueue(PhysicalMemory memory, int index, int size, long descriptors, long available, long used) {
        this.memory = memory;
        this.index = index;
        this.size = size;
        this.descriptors = descriptors;
        this.available = available;
        this.used = used;
    }

    /** Reads an element of {@code virtqueues}; null if it is not complete. */
    static SplitQueue of(PhysicalMemory memory, Attributes queue) {
        long size = queue.number("size").orElse(0L);
        if (size < 1 || size > MAX_SIZE || !queue.has("index") || !queue.has("desc") || !queue.has("avail") || !queue.has("used")) {
            return null;
        }
        return new SplitQueue(memory, queue.number("index").orElseThrow().intValue(), (int) size, queue.number("desc").orElseThrow(),
                queue.number("avail").orElseThrow(), queue.number("used").orElseThrow());
    }

    /**
     * A chain of descriptors.
     *
     * @param head its first descriptor
     * @param address of the first piece of the buffer; of the descriptor if there is none
     * @param readable what the device may read, or null if that is not in the image
     * @param writableAt where the device may write, or -1
     * @param trouble what is wrong with the chain, or null
     */
    record Chain(int head, long address, byte[] readable, long writableAt, String trouble) {
    }

    int index() {
        return index;
    }

    int size() {
        return size;
    }

    /** The driver's index, or {@link GuestBytes#ABSENT}. */
    int availableIndex() {
        return GuestBytes.u16(memory, available + INDEX_OFFSET);
    }

    /** The device's index, or {@link GuestBytes#ABSENT}. */
    int usedIndex() {
        return GuestBytes.u16(memory, used + INDEX_OFFSET);
    }

    /** Memory of the rings, as address and bytes. */
    List<long[]> rings() {
        return List.of(new long[] {descriptors, (long) DESCRIPTOR_BYTES * size},
                new long[] {available, RING_HEAD_BYTES + 2L * size + Short.BYTES},
                new long[] {used, RING_HEAD_BYTES + (long) USED_BYTES * size + Short.BYTES});
    }

    static int distance(int from, int to) {
        return to - from & INDEX_MASK;
    }

    /** The chain that the driver made available at {@code ringIndex}; null if the ring cannot be read there. */
    Chain availableAt(int ringIndex) {
        int head = GuestBytes.u16(memory, available + RING_HEAD_BYTES + 2L * ((ringIndex & INDEX_MASK) % size));
        return head == GuestBytes.ABSENT ? null : chain(head);
    }

    /** The chain that the device gave back at {@code ringIndex}; null if the ring cannot be read there. */
    Chain usedAt(int ringIndex) {
        byte[] element = GuestBytes.read(memory, used + RING_HEAD_BYTES + (long) USED_BYTES * ((ringIndex & INDEX_MASK) % size), USED_BYTES);
        return element == null ? null : chain((int) GuestBytes.words(element)[0]);
    }

    private Chain chain(int head) {
        Walk walk = new Walk();
        String trouble = walk.run(descriptors, size, head & 0xffff_ffffL, true);
        return new Chain(head, walk.first == -1 ? descriptors + (long) DESCRIPTOR_BYTES * (head & INDEX_MASK) : walk.first,
                walk.missing ? null : walk.readable.toByteArray(), walk.writable, trouble);
    }

    /** One walk along a chain. */
    private final class Walk {
        private final ByteArrayOutputStream readable = new ByteArrayOutputStream();
        private final List<String> troubles = new ArrayList<>();
        private long first = -1;
        private long writable = -1;
        private boolean missing;

        String run(long table, long entries, long head, boolean outer) {
            long at = head;
            for (long steps = 0; steps < entries; steps++) {
                if (Long.compareUnsigned(at, entries) >= 0) {
                    return "descriptor " + Hex.of(at) + " is beyond the table of " + entries;
                }
                byte[] bytes = GuestBytes.read(memory, table + at * DESCRIPTOR_BYTES, DESCRIPTOR_BYTES);
                if (bytes == null) {
                    missing = true;
                    return "descriptor at " + Hex.of(table + at * DESCRIPTOR_BYTES) + " is not in the image";
                }
                long[] words = GuestBytes.words(bytes);
                long length = RingLayouts.LENGTH.get(words[1]);
                if (outer && RingLayouts.INDIRECT.get(words[1]) != 0) {
                    // An indirect descriptor ends the chain: NEXT beside it is forbidden.
                    return run(words[0], Math.min(length / DESCRIPTOR_BYTES, MAX_SIZE), 0, false);
                }
                piece(words[0], length, RingLayouts.WRITE.get(words[1]) != 0);
                if (RingLayouts.NEXT.get(words[1]) == 0) {
                    return troubles.isEmpty() ? null : troubles.get(0);
                }
                at = RingLayouts.NEXT_INDEX.get(words[1]);
            }
            return "the chain has more descriptors than the table, or none";
        }

        private void piece(long address, long length, boolean write) {
            if (first == -1) {
                first = address;
            }
            if (write) {
                writable = writable == -1 ? address : writable;
                return;
            }
            if (writable != -1) {
                troubles.add("a readable piece follows a writable one");
            }
            byte[] bytes = GuestBytes.read(memory, address, (int) Math.min(length, MAX_BYTES - readable.size()));
            if (bytes == null) {
                missing = true;
                troubles.add("the buffer at " + Hex.of(address) + " is not in the image");
            } else {
                readable.writeBytes(bytes);
            }
        }
    }
}
