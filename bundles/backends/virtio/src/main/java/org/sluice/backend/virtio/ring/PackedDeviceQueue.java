// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.virtio.ring;

import static org.sluice.backend.virtio.ring.QueueMemory.DESCRIPTOR_BYTES;

import org.sluice.backend.virtio.layout.RingLayouts;

/**
 * The device's end of a packed virtqueue. Buffers are given back in order, so the place of a used descriptor is that of the buffer's
 * first one. Not thread-safe.
 */
final class PackedDeviceQueue implements DeviceQueue {
    private static final int EVENT_FLAGS = 2;
    private static final int DISABLE = 1;

    private final GuestMemory memory;
    private final QueueMemory at;
    private final boolean indirect;
    private final Chain chain = new Chain();
    private int next;
    private boolean wrap = true;
    private boolean broken;

    PackedDeviceQueue(GuestMemory memory, QueueMemory at, boolean indirect) {
        this.memory = memory;
        this.at = at;
        this.indirect = indirect;
    }

    private long word(int slot) {
        return memory.read64(at.descriptors() + (long) slot * DESCRIPTOR_BYTES + Long.BYTES);
    }

    private boolean isAvailable(long word) {
        return RingLayouts.PACKED_AVAIL.get(word) != 0 == wrap && RingLayouts.PACKED_USED.get(word) != 0 != wrap;
    }

    /** Only whether there is one: counting means walking. A buffer takes at least one place. */
    @Override
    public int waiting() {
        return !broken && isAvailable(word(next)) ? at.size() : 0;
    }

    @Override
    public Chain take() {
        if (broken) {
            return null;
        }
        long first = word(next);
        if (!isAvailable(first)) {
            return null;
        }
        if (RingLayouts.PACKED_NEXT.get(first) == 0) {
            chain.begin((int) RingLayouts.PACKED_ID.get(first));
            piece(next, first, true);
            return chain;
        }
        int last = last();
        if (last < 0) {
            broken = true;
            return null;
        }
        chain.begin((int) RingLayouts.PACKED_ID.get(word((next + last) % at.size())));
        chain.setSlots(last + 1);
        for (int i = 0; i <= last; i++) {
            int slot = (next + i) % at.size();
            piece(slot, word(slot), last == 0);
        }
        return chain;
    }

    /** Distance of the buffer's last descriptor from the first; -1 if the ring has no end of it. */
    private int last() {
        for (int i = 0; i < at.size(); i++) {
            if (RingLayouts.PACKED_NEXT.get(word((next + i) % at.size())) == 0) {
                return i;
            }
        }
        return -1;
    }

    private void piece(int slot, long word, boolean alone) {
        long address = memory.read64(at.descriptors() + (long) slot * DESCRIPTOR_BYTES);
        if (RingLayouts.PACKED_INDIRECT.get(word) == 0) {
            chain.add(address, RingLayouts.LENGTH.get(word), RingLayouts.PACKED_WRITE.get(word) != 0);
        } else if (alone && indirect) {
            DescriptorTable.all(memory, address, RingLayouts.LENGTH.get(word), chain);
        } else {
            chain.breakOff();
        }
    }

    @Override
    public void giveBack(Chain buffer, int written) {
        long round = wrap ? RingLayouts.PACKED_AVAIL.put(1) | RingLayouts.PACKED_USED.put(1) : 0;
        long word = RingLayouts.LENGTH.put(written) | RingLayouts.PACKED_ID.put(buffer.id()) | RingLayouts.PACKED_WRITE.put(written > 0 ? 1 : 0) | round;
        // Length, id and flags are one word: the driver sees all or nothing.
        memory.write64(at.descriptors() + (long) next * DESCRIPTOR_BYTES + Long.BYTES, word);
        next += buffer.slots();
        if (next >= at.size()) {
            next -= at.size();
            wrap = !wrap;
        }
    }

    @Override
    public boolean isBroken() {
        return broken;
    }

    @Override
    public boolean wantsInterrupt() {
        return (memory.read16(at.driver() + EVENT_FLAGS) & 3) != DISABLE;
    }
}
