// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.radix;

/** What a builder collects of one level of a {@link RadixFormat}. Not thread-safe. */
final class FormatLevel {
    final int shift;
    final int indexBits;
    final String entryLayout;
    long tableFixedMask;
    long tableFixedValue;
    long leafFixedMask;
    long leafFixedValue;
    long tableUnchecked;
    long leafUnchecked;
    long leafBits;
    long emptyEntry;
    Long tableBits;

    FormatLevel(int shift, int indexBits, String entryLayout) {
        this.shift = shift;
        this.indexBits = indexBits;
        this.entryLayout = entryLayout;
    }
}
