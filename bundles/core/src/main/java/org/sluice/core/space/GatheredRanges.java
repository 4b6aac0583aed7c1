// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.space;

import org.sluice.spi.DomainTable;
import org.sluice.spi.UnitDriver;

/** Ranges that a unit will be made to forget together. One that continues the one before it is one with it. Not thread-safe. */
final class GatheredRanges {
    private static final int MOST = 64;

    private final long[] ranges = new long[2 * MOST];
    private int count;

    boolean isEmpty() {
        return count == 0;
    }

    boolean isFull() {
        return count == MOST;
    }

    /** Not while this {@link #isFull}. */
    void add(long start, long last) {
        if (count > 0 && start != 0 && ranges[2 * count - 1] == start - 1) {
            ranges[2 * count - 1] = last;
            return;
        }
        ranges[2 * count] = start;
        ranges[2 * count++ + 1] = last;
    }

    void invalidate(UnitDriver driver, DomainTable table) {
        driver.invalidateAll(table, ranges, count);
    }

    void clear() {
        count = 0;
    }
}
