// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.space;

import java.util.Arrays;

/**
 * Neighbouring ranges of a {@link RangeMap}, copied out of one leaf: who goes through all of a map takes them by the dozen. Arrays of
 * starts, outputs and sizes are as {@link org.sluice.spi.DomainTable#mapEach} takes them. One thread's; filled anew by each call.
 */
final class RangeRun {
    private static final long TOP = Long.MIN_VALUE;

    final long[] starts;
    final long[] outputs;
    /** Bytes; 0 is all there are. */
    final long[] sizes;
    private final byte[] flags;
    private int count;

    RangeRun() {
        starts = new long[RangeLeaf.CAPACITY];
        outputs = new long[RangeLeaf.CAPACITY];
        sizes = new long[RangeLeaf.CAPACITY];
        flags = new byte[RangeLeaf.CAPACITY];
    }

    /** Some ranges of another run. */
    RangeRun(RangeRun other, int from, int to) {
        starts = Arrays.copyOfRange(other.starts, from, to);
        outputs = Arrays.copyOfRange(other.outputs, from, to);
        sizes = Arrays.copyOfRange(other.sizes, from, to);
        flags = Arrays.copyOfRange(other.flags, from, to);
        count = to - from;
    }

    int count() {
        return count;
    }

    long last(int at) {
        return starts[at] + (sizes[at] - 1);
    }

    int flags(int at) {
        return flags[at] & RangeLeaf.FLAGS;
    }

    /** Index of the first range behind {@code at} with other flags, or the number of ranges. */
    int alike(int at) {
        int end = at + 1;
        while (end < count && flags[end] == flags[at]) {
            end++;
        }
        return end;
    }

    /** Takes ranges of a leaf. */
    void take(long[] leaf, int from, int many) {
        count = many;
        for (int i = 0; i < many; i++) {
            starts[i] = leaf[RangeLeaf.START + from + i] ^ TOP;
        }
        System.arraycopy(leaf, RangeLeaf.OUTPUT + from, outputs, 0, many);
        // A loop for each, because the compiler does several at once of the first then.
        for (int i = 0; i < many; i++) {
            sizes[i] = leaf[RangeLeaf.SIZE + from + i] & ~RangeLeaf.FLAGS;
        }
        for (int i = 0; i < many; i++) {
            flags[i] = (byte) leaf[RangeLeaf.SIZE + from + i];
        }
    }
}
