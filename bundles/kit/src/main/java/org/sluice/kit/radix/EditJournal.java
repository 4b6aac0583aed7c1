// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.radix;

import java.util.Arrays;

/**
 * What one edit has changed so far, newest last, so that a failed edit can be taken back exactly. A record is a run of
 * entries of one table that all held the same word before. Not thread-safe.
 */
final class EditJournal {
    private static final int WORDS = 3;
    /** Records kept between edits; a large edit's journal is dropped after it. */
    private static final int KEPT = 1024;

    private long[] words = new long[WORDS * 16];
    private int size;

    /**
     * @param address of the first entry
     * @param level of the table it stands in
     * @param count entries in the run
     * @param before what each held
     */
    void add(long address, int level, long count, long before) {
        if (size * WORDS == words.length) {
            words = Arrays.copyOf(words, 2 * words.length);
        }
        int at = size++ * WORDS;
        words[at] = address;
        words[at + 1] = count << 3 | level;
        words[at + 2] = before;
    }

    int size() {
        return size;
    }

    long address(int record) {
        return words[record * WORDS];
    }

    int level(int record) {
        return (int) words[record * WORDS + 1] & 7;
    }

    long count(int record) {
        return words[record * WORDS + 1] >>> 3;
    }

    long before(int record) {
        return words[record * WORDS + 2];
    }

    void clear() {
        size = 0;
        if (words.length > KEPT * WORDS) {
            words = new long[WORDS * 16];
        }
    }
}
