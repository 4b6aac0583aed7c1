// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.memory;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * Memory in pages that can be held in place: of a process, or of a file. Addresses are virtual addresses or offsets.
 * {@link org.sluice.vfio.VfioException} {@code EFAULT} where there is nothing, {@code EINVAL} beyond a file, {@code ENODEV} if it was taken away.
 */
@ConsumerType
public interface PinSource {
    /** Bytes of a page, of processor and machine. */
    int PAGE = 4096;

    /**
     * Holds a page in place until {@link #unpin}: it stays where it is, whatever becomes of the mapping that led to it.
     *
     * @param address multiple of {@link #PAGE}
     * @return physical address
     */
    long pin(long address, boolean write);

    void unpin(long physical);

    /** Reads as the owner would, without pins. */
    void read(long address, byte[] into, int offset, int length);

    /** Writes as the owner would, without pins. */
    void write(long address, byte[] from, int offset, int length);

    /** Reads a pinned page. */
    void readPinned(long physical, byte[] into, int offset, int length);

    /** Writes a pinned page. */
    void writePinned(long physical, byte[] from, int offset, int length);
}
