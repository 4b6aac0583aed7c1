// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.space;

import org.sluice.machine.Hex;

/**
 * Where addresses for a device may lie: 32-bit devices below 4 GiB, some in a window of their own.
 *
 * @param base first address
 * @param last last address
 * @param alignment a power of two; 0: the largest power of two that divides the length
 */
public record IovaWindow(long base, long last, long alignment) {
    /** Everywhere. */
    public static final IovaWindow ALL = new IovaWindow(0, -1L, 0);

    public IovaWindow {
        if (Long.compareUnsigned(base, last) > 0 || (alignment & alignment - 1) != 0) {
            throw new IllegalArgumentException(Hex.of(base) + " to " + Hex.of(last) + " aligned to " + Hex.of(alignment));
        }
    }

    /** What a device with so many address lines reaches, 1 to 64. */
    public static IovaWindow ofAddressBits(int bits) {
        if (bits < 1 || bits > Long.SIZE) {
            throw new IllegalArgumentException(bits + " address bits");
        }
        return new IovaWindow(0, -1L >>> Long.SIZE - bits, 0);
    }

    /** The same with another alignment. */
    public IovaWindow aligned(long newAlignment) {
        return new IovaWindow(base, last, newAlignment);
    }

    /** Whether a range lies inside: for what a caller maps at an address of its own. */
    public boolean contains(long start, long end) {
        return Long.compareUnsigned(base, start) <= 0 && Long.compareUnsigned(start, end) <= 0 && Long.compareUnsigned(end, last) <= 0;
    }
}
