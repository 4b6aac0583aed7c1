// SPDX-License-Identifier: Apache-2.0
package org.sluice.api.dma;

import org.osgi.annotation.versioning.ProviderType;

/**
 * A device's way to memory. Translation and access are one step: a swap or detach that has returned is seen by every access that begins
 * afterwards, and waits for those that have begun. Not thread-safe: each thread of a device has a port of its own. No method allocates
 * or throws.
 *
 * <p>Results: 0 or positive is one of the constants, negative is {@code -1 - code} with the vendor's fault code, recorded by the unit.
 */
@ProviderType
public interface DmaPort {
    int OK = 0;
    /** A write that raised an interrupt, and reached no memory. */
    int INTERRUPT = 1;
    /** No backend serves the unit, or it is held: nothing passed. */
    int BLOCKED = 2;
    /** Translated, but there is no memory. */
    int NO_MEMORY = 3;
    /** Instead of an address: no backend serves the unit, or the one that did broke, so nothing passes. */
    long NO_TRANSLATION = Long.MIN_VALUE;

    /** Reads {@code length} bytes; on another result than {@link #OK} the bytes that could be read before are there. */
    int read(long iova, byte[] into, int offset, int length);

    /** Writes {@code length} bytes; on another result than {@link #OK} the bytes before the first that could not are written. */
    int write(long iova, byte[] from, int offset, int length);

    /** Writes a 4-byte message, as a device raises an interrupt. */
    int message(long address, int data);

    /**
     * Raises one of the device's vectors, as it is programmed at that moment ({@link org.sluice.api.space.InterruptService}). A device that
     * reads its message first and writes it with {@link #message} may find that the backend was swapped in between, and the address is a
     * doorbell no more; here both are one step.
     *
     * @return {@link #NO_MEMORY} if the device has no such vector
     */
    int raise(int index);

    /**
     * Translates only.
     *
     * @param permission one bit of {@link org.sluice.api.Permissions}
     * @return output address; negative for a fault as above; or {@link #NO_TRANSLATION}
     */
    long translate(long iova, int permission);
}
