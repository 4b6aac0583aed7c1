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
     * Begins a buffer, whose parts follow one by one; it is available after {@link #publish}.
     *
     * @param id number of the buffer, one that the device does not hold: below the size, and with other buffers of as many parts at most at
     *        its multiples
     * @param table 16-aligned memory for a table of descriptors, or 0 to chain them in the ring
     */
    void begin(int id, int parts, long table);

    /** The next part of the buffer begun. */
    void add(long address, int bytes, boolean write);

    /** Makes the buffer available, all of whose parts have been added. */
    void publish();

    /**
     * Makes a buffer available again whose parts, and place for descriptors, are as they were when it was begun last.
     *
     * @return false, and nothing happens, if the ring has not kept its descriptors
     */
    boolean repeat(int id, int parts, long table);

    /** Makes a buffer available: all of the above at once. */
    default void offer(int id, List<Part> parts, long table) {
        begin(id, parts.size(), table);
        for (Part part : parts) {
            add(part.address(), part.bytes(), part.write());
        }
        publish();
    }

    /** A buffer that the device gave back: {@code id << 32 | bytes written}; {@link #NOTHING} if there is none. */
    long collect();
}
