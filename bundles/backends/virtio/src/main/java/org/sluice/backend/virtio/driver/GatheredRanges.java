// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.virtio.driver;

/** A few ranges to be told together; one that follows the last one, upwards or downwards, is told with it. Not thread-safe. */
final class GatheredRanges {
    private static final int MOST = 32;

    private final long[] starts = new long[MOST];
    private final long[] lasts = new long[MOST];
    private int count;

    /** False, and nothing happens, if there is no room. */
    boolean add(long start, long last) {
        if (count > 0 && start != 0 && lasts[count - 1] == start - 1) {
            lasts[count - 1] = last;
            return true;
        }
        if (count > 0 && last != -1L && starts[count - 1] == last + 1) {
            starts[count - 1] = start;
            return true;
        }
        if (count == MOST) {
            return false;
        }
        starts[count] = start;
        lasts[count++] = last;
        return true;
    }

    boolean touch(long start, long last) {
        for (int i = 0; i < count; i++) {
            if (Long.compareUnsigned(starts[i], last) <= 0 && Long.compareUnsigned(start, lasts[i]) <= 0) {
                return true;
            }
        }
        return false;
    }

    boolean isEmpty() {
        return count == 0;
    }

    int count() {
        return count;
    }

    long start(int i) {
        return starts[i];
    }

    long last(int i) {
        return lasts[i];
    }

    void clear() {
        count = 0;
    }
}
