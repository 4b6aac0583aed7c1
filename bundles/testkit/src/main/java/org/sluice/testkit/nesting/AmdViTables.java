// SPDX-License-Identifier: Apache-2.0
package org.sluice.testkit.nesting;

import java.util.Arrays;
import java.util.function.LongUnaryOperator;

import org.sluice.api.space.UserEntries;
import org.sluice.api.space.UserTable;
import org.sluice.machine.PhysicalMemory;

/** Guest tables of four levels for requests without PASID, behind a table of roots; sheet amdvi.md, sections 3, 5 and 6. */
final class AmdViTables extends X86Tables {
    private static final long INVALIDATE_PAGES = 3L << 60;
    private static final long INVALIDATE_DEVICE = 2L << 60;
    private static final long SIZED = 1;
    private static final long GUEST = 4;
    private static final long EVERYTHING = 0x7fff_ffff_ffff_f000L;

    private final long roots;

    AmdViTables(PhysicalMemory memory, LongUnaryOperator physical, long first) {
        super(memory, physical, first);
        roots = page();
        write(roots, PRESENT | root());
    }

    /** V, TV, GIoV, GV, GLX 0, and the root in its three pieces: bits 14:12 at 60:58, 30:15 at 95:80, 51:31 at 127:107. */
    @Override
    public UserTable anchor() {
        long first = 3 | 1L << 54 | 1L << 55 | (roots >>> 12 & 7) << 58;
        long second = (roots >>> 15 & 0xffff) << 16 | (roots >>> 31 & 0x1f_ffff) << 43;
        return new UserTable(UserTable.AMDVI, bytes(first, second, 0, 0));
    }

    @Override
    public UserEntries everything() {
        return entries(UserEntries.AMDVI, 2, null, INVALIDATE_PAGES, SIZED | GUEST | EVERYTHING);
    }

    @Override
    public UserEntries pages(long... iovas) {
        return entries(UserEntries.AMDVI, 2, null, commands(iovas));
    }

    /** A device table entry is the host's. */
    @Override
    public UserEntries pagesAndBad(long... iovas) {
        long[] words = Arrays.copyOf(commands(iovas), 2 * iovas.length + 2);
        words[2 * iovas.length] = INVALIDATE_DEVICE;
        return entries(UserEntries.AMDVI, 2, null, words);
    }

    /** The domain is none that a user would have to know. */
    private static long[] commands(long... iovas) {
        long[] words = new long[2 * iovas.length];
        for (int i = 0; i < iovas.length; i++) {
            words[2 * i] = INVALIDATE_PAGES | 0x1234L << 32;
            words[2 * i + 1] = GUEST | iovas[i];
        }
        return words;
    }
}
