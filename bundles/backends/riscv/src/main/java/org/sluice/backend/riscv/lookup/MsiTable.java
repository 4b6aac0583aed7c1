// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.riscv.lookup;

import org.sluice.backend.riscv.layout.Riscv;

/**
 * Which guest pages are interrupt files, and the table that tells where they are (section 2.3.3).
 *
 * @param mask bits of the page number that number the file
 * @param pattern the other bits of it
 */
public record MsiTable(long table, long mask, long pattern) {
    private static final int ENTRY_BYTES = 16;

    public boolean covers(long guestAddress) {
        return (guestAddress >>> Riscv.PAGE_SHIFT & ~mask) == (pattern & ~mask);
    }

    /** Number of the interrupt file: the bits of the page number under the mask, pushed together. */
    public long file(long guestAddress) {
        long page = guestAddress >>> Riscv.PAGE_SHIFT;
        long number = 0;
        int to = 0;
        for (long left = mask; left != 0; left &= left - 1) {
            number |= (page >>> Long.numberOfTrailingZeros(left) & 1) << to++;
        }
        return number;
    }

    public long entryAddress(long guestAddress) {
        return table | file(guestAddress) * ENTRY_BYTES;
    }
}
