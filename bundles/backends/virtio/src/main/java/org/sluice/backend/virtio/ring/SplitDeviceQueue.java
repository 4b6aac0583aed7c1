// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.virtio.ring;

/** The device's end of a split virtqueue. Not thread-safe. */
final class SplitDeviceQueue implements DeviceQueue {
    private static final int INDEX = 2;
    private static final int RING = 4;
    private static final int USED_BYTES = 8;
    private static final int INDEX_MASK = 0xffff;
    private static final int NO_INTERRUPT = 1;

    private final GuestMemory memory;
    private final QueueMemory at;
    private final boolean indirect;
    private final Chain chain = new Chain();
    private int taken;
    private int used;
    private boolean broken;

    SplitDeviceQueue(GuestMemory memory, QueueMemory at, boolean indirect) {
        this.memory = memory;
        this.at = at;
        this.indirect = indirect;
    }

    @Override
    public int waiting() {
        int count = memory.read16(at.driver() + INDEX) - taken & INDEX_MASK;
        // The index has jumped: no driver offers more buffers than the ring has places.
        broken |= count > at.size();
        return broken ? 0 : count;
    }

    @Override
    public Chain take() {
        if (waiting() == 0) {
            return null;
        }
        int head = memory.read16(at.driver() + RING + 2L * (taken & at.size() - 1));
        if (head >= at.size()) {
            broken = true;
            return null;
        }
        taken = taken + 1 & INDEX_MASK;
        DescriptorTable.follow(memory, at.descriptors(), at.size(), head, indirect, chain.begin(head));
        return chain;
    }

    @Override
    public void giveBack(Chain buffer, int written) {
        long element = at.device() + RING + (long) USED_BYTES * (used & at.size() - 1);
        memory.write32(element, buffer.id());
        memory.write32(element + Integer.BYTES, written);
        used = used + 1 & INDEX_MASK;
        // Flags (0: the driver shall notify) and index share a word, and both are the device's. The index last: it publishes the rest.
        memory.write32(at.device(), used << Short.SIZE);
    }

    @Override
    public boolean isBroken() {
        return broken;
    }

    @Override
    public boolean wantsInterrupt() {
        return (memory.read16(at.driver()) & NO_INTERRUPT) == 0;
    }
}
