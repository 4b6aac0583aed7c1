// SPDX-License-Identifier: Apache-2.0
package org.sluice.tool.vectors.qemu;

import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;

/**
 * QEMU's teaching device: copies between its own 4 KiB and any I/O address. Its lower half takes what is read, its upper half holds what
 * is written, a word for each transfer. Not thread-safe.
 */
public final class EduDevice {
    /** Words in each half; the device does not reach its very last byte. */
    public static final int SLOTS = 511;
    /** Bytes of one access. */
    public static final int WORD = 4;

    private static final long IDENTITY = 0x11e8_1234L;
    private static final long X86_BAR = 0xe000_0000L;
    private static final long ARM_BAR = 0x1000_0000L;
    private static final long ARM_CONFIG = 0x40_1000_0000L + (1 << 15);
    private static final int X86_CONFIG = 0x8000_0000 | 0x30 << 8;
    private static final int CONFIG_BAR = 0x10;
    private static final int CONFIG_COMMAND = 4;
    private static final int MEMORY_AND_MASTER = 6;
    private static final int CONFIG_ADDRESS = 0xcf8;
    private static final int CONFIG_DATA = 0xcfc;

    private static final int SOURCE = 0x80;
    private static final int TARGET = 0x88;
    private static final int COUNT = 0x90;
    private static final int COMMAND = 0x98;
    private static final int RUN = 1;
    private static final int TO_MEMORY = 2;
    private static final long BUFFER = 0x4_0000;
    private static final long WRITTEN = BUFFER + (1 << 11);
    private static final long DEADLINE_NANOS = 10_000_000_000L;

    private final Qtest qtest;
    private final long bar;

    EduDevice(Qtest qtest, boolean arm) {
        this.qtest = qtest;
        bar = arm ? ARM_BAR : X86_BAR;
        if (arm) {
            qtest.tell("writel", ARM_CONFIG + CONFIG_BAR, bar);
            qtest.tell("writel", ARM_CONFIG + CONFIG_COMMAND, MEMORY_AND_MASTER);
            check(qtest.ask("readl", ARM_CONFIG));
        } else {
            config(CONFIG_BAR, bar);
            config(CONFIG_COMMAND, MEMORY_AND_MASTER);
            qtest.tell("outl", CONFIG_ADDRESS, X86_CONFIG & 0xffff_ffffL);
            check(qtest.ask("inl", CONFIG_DATA));
        }
    }

    private void config(int register, long value) {
        qtest.tell("outl", CONFIG_ADDRESS, (X86_CONFIG | register) & 0xffff_ffffL);
        qtest.tell("outl", CONFIG_DATA, value);
    }

    private static void check(long identity) {
        if (identity != IDENTITY) {
            throw new IommuException(Reason.IO, "the device at the probe's place is not QEMU's edu");
        }
    }

    /** Reads a word at {@code iova} into a slot. */
    public void read(long iova, int slot) {
        copy(iova, BUFFER + slot * WORD, WORD, RUN);
    }

    /** Writes the word of a slot to {@code iova}. */
    public void write(long iova, int slot) {
        copy(WRITTEN + slot * WORD, iova, WORD, RUN | TO_MEMORY);
    }

    /** Fills all slots to be written with the words at {@code iova}. */
    public void load(long iova) {
        copy(iova, WRITTEN, SLOTS * WORD, RUN);
    }

    /** Writes all slots that were read to {@code iova}. */
    public void unload(long iova) {
        copy(BUFFER, iova, SLOTS * WORD, RUN | TO_MEMORY);
    }

    private void copy(long source, long target, long bytes, int command) {
        qtest.tell("writeq", bar + SOURCE, source);
        qtest.tell("writeq", bar + TARGET, target);
        qtest.tell("writeq", bar + COUNT, bytes);
        qtest.tell("writel", bar + COMMAND, command);
        long start = System.nanoTime();
        while ((qtest.ask("readl", bar + COMMAND) & RUN) != 0) {
            if (System.nanoTime() - start > DEADLINE_NANOS) {
                throw new IommuException(Reason.IO, "QEMU's device does not end its transfer");
            }
        }
    }
}
