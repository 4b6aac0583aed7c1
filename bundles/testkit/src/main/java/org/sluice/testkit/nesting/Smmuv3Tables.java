// SPDX-License-Identifier: Apache-2.0
package org.sluice.testkit.nesting;

import java.util.Arrays;
import java.util.function.LongUnaryOperator;

import org.sluice.api.space.UserEntries;
import org.sluice.api.space.UserTable;
import org.sluice.machine.PhysicalMemory;

/** Stage 1 of VMSAv8-64 with 4 KiB pages and 48 bits, behind one context descriptor; sheet smmuv3.md, sections 3 to 6. */
final class Smmuv3Tables extends UserTables {
    private static final long LINUX_MAIR = 0xf404_ff44L;
    private static final long ASID = 7;
    private static final int TLBI_NH_ALL = 0x10;
    private static final int TLBI_NH_VA = 0x12;
    /** A user has no stage 2 to speak of. */
    private static final int TLBI_S2_IPA = 0x2a;

    private final long context;

    Smmuv3Tables(PhysicalMemory memory, LongUnaryOperator physical, long first) {
        super(memory, physical, first);
        context = page();
        // T0SZ 16, TG0 4K, EPD1, V, IPS 44 bits, AA64, R, A, ASET, ASID.
        write(context, 16 | 1L << 30 | 1L << 31 | 4L << 32 | 1L << 41 | 1L << 45 | 1L << 46 | 1L << 47 | ASID << 48);
        write(context + 8, root());
        write(context + 24, LINUX_MAIR);
    }

    @Override
    long link() {
        return 3;
    }

    /** Page, MAIR index 1, AP, inner shareable, AF, nG. */
    @Override
    long leaf(boolean writable) {
        return 3 | 1 << 2 | (writable ? 1 : 3) << 6 | 3 << 8 | 1 << 10 | 1 << 11;
    }

    /** V, Config 101, S1ContextPtr. */
    @Override
    public UserTable anchor() {
        return new UserTable(UserTable.SMMUV3, bytes(1 | 5 << 1 | context, 0));
    }

    @Override
    public UserEntries everything() {
        return entries(UserEntries.SMMUV3, 2, null, TLBI_NH_ALL, 0);
    }

    @Override
    public UserEntries pages(long... iovas) {
        return entries(UserEntries.SMMUV3, 2, null, commands(iovas));
    }

    @Override
    public UserEntries pagesAndBad(long... iovas) {
        long[] words = Arrays.copyOf(commands(iovas), 2 * iovas.length + 2);
        words[2 * iovas.length] = TLBI_S2_IPA;
        return entries(UserEntries.SMMUV3, 2, null, words);
    }

    /** The VMID is none that a user would have to know. */
    private static long[] commands(long... iovas) {
        long[] words = new long[2 * iovas.length];
        for (int i = 0; i < iovas.length; i++) {
            words[2 * i] = TLBI_NH_VA | 0x1234L << 32 | ASID << 48;
            words[2 * i + 1] = 1 | iovas[i];
        }
        return words;
    }
}
