// SPDX-License-Identifier: Apache-2.0
package org.sluice.testkit.nesting;

import java.util.Arrays;
import java.util.function.LongUnaryOperator;

import org.sluice.api.space.UserEntries;
import org.sluice.api.space.UserTable;
import org.sluice.machine.PhysicalMemory;

/** First-stage tables of four levels; sheets vtd.md, sections 4.2 and 5, and iommufd-conformance.md, data type 1 and entries of type 0. */
final class VtdTables extends X86Tables {
    private static final int WORDS = 3;

    VtdTables(PhysicalMemory memory, LongUnaryOperator physical, long first) {
        super(memory, physical, first);
    }

    /** Flags, root, width of 32 bits; the half word behind it is no part. */
    @Override
    public UserTable anchor() {
        return new UserTable(UserTable.VTD, bytes(0, root(), 48));
    }

    @Override
    public UserEntries everything() {
        return entries(UserEntries.VTD, WORDS, null, 0, -1L, 0);
    }

    @Override
    public UserEntries pages(long... iovas) {
        return entries(UserEntries.VTD, WORDS, null, words(iovas));
    }

    @Override
    public UserEntries pagesAndBad(long... iovas) {
        long[] words = Arrays.copyOf(words(iovas), WORDS * (iovas.length + 1));
        // No page begins there.
        words[words.length - 3] = 8;
        words[words.length - 2] = 1;
        return entries(UserEntries.VTD, WORDS, null, words);
    }

    private static long[] words(long... iovas) {
        long[] words = new long[WORDS * iovas.length];
        for (int i = 0; i < iovas.length; i++) {
            words[WORDS * i] = iovas[i];
            words[WORDS * i + 1] = 1;
            words[WORDS * i + 2] = 1;
        }
        return words;
    }
}
