// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.virtio.ring;

/**
 * The device's end of a virtqueue. A buffer taken is given back before the next one is taken, so buffers are used in order. What the
 * driver writes is never trusted: every walk ends. Not thread-safe.
 */
public interface DeviceQueue {
    /** The next buffer, or null if there is none or the ring is broken. */
    Chain take();

    /** Gives back the buffer taken last, after its content is written. */
    void giveBack(Chain chain, int written);

    /** Buffers that the driver has made available at this moment, at most as many as the ring has entries. */
    int waiting();

    /** Whether the driver broke the ring itself, so that no buffer can be told from another any more. */
    boolean isBroken();

    /** Whether the driver wants to be told of used buffers. */
    boolean wantsInterrupt();
}
