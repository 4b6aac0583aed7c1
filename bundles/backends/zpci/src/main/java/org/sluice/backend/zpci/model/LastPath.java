// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci.model;

import org.sluice.backend.zpci.layout.ZpciFormats;
import org.sluice.backend.zpci.lookup.ZpciFunction;
import org.sluice.kit.radix.RadixWalker;
import org.sluice.machine.MemoryWindow;

/**
 * The way of the last walk to a page, for the next one: within the same segment table it is the same as far as that, if the entries above are
 * found as they were, and goes on alike over a segment entry that differs in nothing but its address. Entries are read anew each time, so it
 * leads where a walk would, or says that one is needed. Not thread-safe.
 */
final class LastPath {
    /** No address of an entry. */
    static final long ELSEWHERE = -1;

    private static final int SEGMENT_SHIFT = 20;
    private static final int PAGE_SHIFT = 12;
    private static final int REGION_SHIFT = 31;
    private static final long SEGMENT_INDEX = 0x7ff;
    private static final long PAGE_INDEX = 0xff;
    private static final long PAGE_TABLE_MASK = 0x7ff;
    private static final int MOST_ABOVE = 3;

    private final long[] addresses = new long[MOST_ABOVE];
    private final long[] entries = new long[MOST_ABOVE];
    private ZpciFunction function;
    private long region;
    private int above;
    private long segmentTable;
    private long segment;
    private long page;
    private long tail;
    private MemoryWindow window;

    /**
     * Keeps a walk that ended at a valid page entry.
     *
     * @param walker has kept its path
     * @param in where the page table is
     * @param low of the words of such pages
     */
    void remember(ZpciFunction source, long iova, RadixWalker walker, MemoryWindow in, long low) {
        above = walker.depth() - 2;
        function = null;
        for (int i = 0; i < above; i++) {
            addresses[i] = walker.pathAddress(i);
            entries[i] = walker.pathEntry(i);
            if (!in.contains(addresses[i])) {
                return;
            }
        }
        segmentTable = walker.pathAddress(above) - (iova >>> SEGMENT_SHIFT & SEGMENT_INDEX) * Long.BYTES;
        if (!in.contains(segmentTable) || !in.contains(segmentTable + SEGMENT_INDEX * Long.BYTES)) {
            return;
        }
        function = source;
        region = iova >>> REGION_SHIFT;
        segment = walker.pathEntry(above);
        page = walker.entry();
        tail = low;
        window = in;
    }

    /** Address of the page entry of an address, in a page table that lies in the {@link #window}; or {@link #ELSEWHERE} if it takes a walk to tell. */
    long pageEntry(ZpciFunction source, long iova) {
        if (function != source || iova >>> REGION_SHIFT != region) {
            return ELSEWHERE;
        }
        for (int i = 0; i < above; i++) {
            if (Long.reverseBytes(window.getLong(addresses[i])) != entries[i]) {
                return ELSEWHERE;
            }
        }
        long entry = Long.reverseBytes(window.getLong(segmentTable + (iova >>> SEGMENT_SHIFT & SEGMENT_INDEX) * Long.BYTES));
        long table = entry & ZpciFormats.TABLE_ADDRESS;
        if (entry == 0 || ((entry ^ segment) & ~ZpciFormats.TABLE_ADDRESS) != 0 || !window.contains(table) || !window.contains(table | PAGE_TABLE_MASK)) {
            return ELSEWHERE;
        }
        return table + (iova >>> PAGE_SHIFT & PAGE_INDEX) * Long.BYTES;
    }

    MemoryWindow window() {
        return window;
    }

    /** A valid page entry, from which others differ in their frame alone. */
    long page() {
        return page;
    }

    /** What the words of such pages have beside their frame. */
    long tail() {
        return tail;
    }
}
