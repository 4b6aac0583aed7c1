// SPDX-License-Identifier: Apache-2.0
package org.sluice.machine;

/**
 * Addresses {@code start} to {@code last}, both inclusive, compared unsigned. Inclusive ends let a range reach the last
 * byte below 2<sup>64</sup>.
 *
 * @throws IllegalArgumentException if {@code start} is above {@code last}
 */
public record AddressRange(long start, long last) implements Comparable<AddressRange> {
    public AddressRange {
        if (Long.compareUnsigned(start, last) > 0) {
            throw new IllegalArgumentException("range starts at " + Hex.of(start) + " after its end " + Hex.of(last));
        }
    }

    /** The range of {@code size} bytes from {@code start}; {@code size} is unsigned and not 0. */
    public static AddressRange ofSize(long start, long size) {
        return new AddressRange(start, start + (size - 1));
    }

    /** Bytes in the range; 0 stands for 2<sup>64</sup>. */
    public long size() {
        return last - start + 1;
    }

    public boolean contains(long address) {
        return Long.compareUnsigned(address, start) >= 0 && Long.compareUnsigned(address, last) <= 0;
    }

    public boolean contains(AddressRange other) {
        return contains(other.start) && contains(other.last);
    }

    public boolean overlaps(AddressRange other) {
        return Long.compareUnsigned(start, other.last) <= 0 && Long.compareUnsigned(other.start, last) <= 0;
    }

    /** The part that both ranges share, or null if there is none. */
    public AddressRange intersection(AddressRange other) {
        if (!overlaps(other)) {
            return null;
        }
        long from = Long.compareUnsigned(start, other.start) >= 0 ? start : other.start;
        long to = Long.compareUnsigned(last, other.last) <= 0 ? last : other.last;
        return new AddressRange(from, to);
    }

    @Override
    public int compareTo(AddressRange other) {
        int byStart = Long.compareUnsigned(start, other.start);
        return byStart != 0 ? byStart : Long.compareUnsigned(last, other.last);
    }

    @Override
    public String toString() {
        return Hex.of(start) + "-" + Hex.of(last);
    }
}
