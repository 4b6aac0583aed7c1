// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.qemu;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The file that QEMU writes its trace to while it runs, read on from where the last reading ended. */
final class Trace implements AutoCloseable {
    private final RandomAccessFile file;
    private String rest = "";

    Trace(Path path) throws IOException {
        file = new RandomAccessFile(path.toFile(), "r");
    }

    /** Goes to the end: what happened so far does not matter. */
    void skip() throws IOException {
        file.seek(file.length());
        rest = "";
    }

    /** Whole lines that were written since. */
    List<String> lines() throws IOException {
        byte[] bytes = new byte[(int) Math.min(file.length() - file.getFilePointer(), 64 << 20)];
        file.readFully(bytes);
        String text = rest + new String(bytes, StandardCharsets.ISO_8859_1);
        int end = text.lastIndexOf('\n') + 1;
        rest = text.substring(end);
        return end == 0 ? new ArrayList<>() : new ArrayList<>(List.of(text.substring(0, end).split("\n")));
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
