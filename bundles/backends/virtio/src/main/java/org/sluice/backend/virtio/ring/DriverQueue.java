// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.virtio.ring;

import java.util.List;

/** The driver's end of a virtqueue whose places are all its own. Not thread-safe. */
public interface DriverQueue {
    /** No buffer was given back. */
    long NOTHING = -1;

    /** A part of a buffer; of a table of descriptors both the place and its entries are given. */
    record Part(long address, int bytes, boolean write) {
    }

    /**
     * Makes a buffer available.
     *
     * @param id number of the buffer, one that the device does not hold: below the size, and with other buffers of {@code parts.size()}
     *        parts at most at its multiples
     * @param table 16-aligned memory for a table of descriptors, or 0 to chain them in the ring
     */
    void offer(int id, List<Part> parts, long table);

    /** A buffer that the device gave back: {@code id << 32 | bytes written}; {@link #NOTHING} if there is none. */
    long collect();
}
