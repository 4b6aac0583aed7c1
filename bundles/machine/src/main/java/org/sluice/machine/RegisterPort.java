// SPDX-License-Identifier: Apache-2.0
package org.sluice.machine;

/**
 * The register page of one unit, however it is reached: a snapshot, a model, or a running machine. Offsets are bytes from
 * the unit's base, naturally aligned; values are little-endian words as software sees them. Implementations say in their
 * own documentation whether they are thread-safe.
 */
public interface RegisterPort {
    /** Whether the {@code bytes} (4 or 8) at {@code offset} can be read; a dump of a kernel holds only some registers. */
    boolean isKnown(int offset, int bytes);

    /**
     * Reads 32 bits.
     *
     * @throws IommuException {@code UNKNOWN_REGISTER} if the register is not known
     */
    int read32(int offset);

    /** Writes 32 bits; {@code UNSUPPORTED} on a snapshot. */
    void write32(int offset, int value);

    /** Reads 64 bits as two halves, low half first. */
    default long read64(int offset) {
        return read32(offset) & 0xffff_ffffL | (long) read32(offset + 4) << 32;
    }

    /** Writes 64 bits as two halves, low half first. */
    default void write64(int offset, long value) {
        write32(offset, (int) value);
        write32(offset + 4, (int) (value >>> 32));
    }
}
