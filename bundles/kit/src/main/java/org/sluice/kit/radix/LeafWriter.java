// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.radix;

import java.lang.invoke.VarHandle;

import org.sluice.machine.MemoryWindow;

/**
 * Puts pages of the smallest size into one leaf table, as many as come for it in a row. What the loop needs of the format stands in
 * fields here: the compiler reads them once for all, and the format's arrays for each page. Not thread-safe.
 */
final class LeafWriter {
    /** Whether addresses and words are in the entry as they are; other formats are left to the caller. */
    private final boolean plain;
    private final int tableShift;
    private final int shift;
    private final long pageSize;
    private final long indexMask;
    private final long leafBits;
    private final long addressMask;
    private final long fixedMask;
    private final long fixedValue;
    /** What stands in an entry of a new table; others that map nothing are the caller's to find out about. */
    private final long empty;
    private MemoryWindow window;
    private long table;

    /**
     * @param tableShift log2 of what a leaf table covers
     * @param pageSize of the smallest pages, or 0 if none may be used
     */
    LeafWriter(RadixFormat format, int tableShift, long pageSize) {
        this.plain = format.pieceMask == 0 && !format.bigEndian && pageSize != 0;
        this.tableShift = tableShift;
        this.shift = format.shift[0];
        this.pageSize = pageSize;
        this.indexMask = format.indexMask[0];
        this.leafBits = format.leafBits[0];
        this.addressMask = format.leafAddressMask;
        // A fixed bit is violated by one of two words that have no bit alike.
        this.fixedValue = format.violations(0, true, 0);
        this.fixedMask = fixedValue | format.violations(0, true, -1);
        this.empty = format.emptyEntry[0];
    }

    LeafWriter at(MemoryWindow newWindow, long newTable) {
        window = newWindow;
        table = newTable;
        return this;
    }

    /**
     * Maps ranges from {@code from} on, of which the first lies in the table, as long as each is one free page of it.
     *
     * @return index of the first range that was not mapped
     */
    int write(long[] iovas, long[] outputs, long[] sizes, int from, int to, long attributes) {
        MemoryWindow words = window;
        long place = table;
        long base = iovas[from] >>> tableShift;
        long leaf = attributes | leafBits;
        int at = from;
        while (plain && at < to) {
            long iova = iovas[at];
            long output = outputs[at];
            long entry = output | leaf;
            if (sizes[at] != pageSize || iova >>> tableShift != base || ((iova | output) & pageSize - 1) != 0
                    || (output & ~addressMask) != 0 || ((entry ^ fixedValue) & fixedMask) != 0) {
                break;
            }
            long address = place + ((iova >>> shift & indexMask) << 3);
            if (words.getLong(address) != empty) {
                break;
            }
            words.setLongPlain(address, entry);
            at++;
        }
        // Plain stores and one fence behind them, as for a range of many pages.
        VarHandle.releaseFence();
        return at;
    }
}
