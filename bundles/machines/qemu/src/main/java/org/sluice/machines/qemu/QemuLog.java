// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.qemu;

import java.io.Closeable;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.function.Consumer;

/** The file that a QEMU writes its log to, read on from where the last reading ended, in whole lines. Not thread-safe. */
final class QemuLog implements Closeable {
    private static final int BLOCK = 1 << 20;
    /** No line of interest is as long. */
    private static final int LONGEST = 1 << 16;

    /** Not a channel: an interrupted thread would close that. */
    private final RandomAccessFile file;
    private final byte[] block = new byte[BLOCK];
    /** Bytes of a line whose end is still to be written, at the start of the block. */
    private int kept;
    private boolean skipping;

    QemuLog(Path path) throws IOException {
        file = new RandomAccessFile(path.toFile(), "r");
    }

    /** Goes to the end: what was written so far is not wanted. */
    void skip() throws IOException {
        file.seek(file.length());
        kept = 0;
        skipping = false;
    }

    /**
     * Hands on the lines that were written since.
     *
     * @param lost told, instead of lines, where some were cut out of the file
     */
    void read(Consumer<String> lines, Runnable lost) throws IOException {
        long end = file.length();
        if (end < file.getFilePointer()) {
            file.seek(0);
            kept = 0;
            lost.run();
        }
        while (file.getFilePointer() < end) {
            int read = file.read(block, kept, block.length - kept);
            if (read <= 0) {
                return;
            }
            take(kept + read, lines, lost);
        }
    }

    private void take(int filled, Consumer<String> lines, Runnable lost) {
        int from = 0;
        for (int i = kept; i < filled; i++) {
            if (block[i] == 0) {
                // Somebody has cut the file short, and QEMU goes on where it was: zeros stand for what is gone.
                skipping = true;
                lost.run();
                i = lastZero(i, filled);
            } else if (block[i] == '\n') {
                if (!skipping) {
                    lines.accept(new String(block, from, i - from, StandardCharsets.ISO_8859_1));
                }
                skipping = false;
                from = i + 1;
            }
        }
        kept = filled - from;
        if (kept > LONGEST) {
            kept = 0;
            skipping = true;
        }
        System.arraycopy(block, from, block, 0, Math.min(kept, block.length - from));
    }

    private int lastZero(int from, int filled) {
        int i = from;
        while (i + 1 < filled && block[i + 1] == 0) {
            i++;
        }
        return i;
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
