// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.store;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/** Appends records to one file through a buffer. Not thread-safe, except that {@link #force} may run beside the rest. */
final class JournalWriter implements Closeable {
    private static final int BUFFER = 1 << 16;

    private final FileChannel file;
    private final long number;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER);
    /** Where the buffer begins in the file. */
    private long written;

    JournalWriter(FileChannel file, long number, long end) {
        this.file = file;
        this.number = number;
        written = end;
    }

    static JournalWriter startFile(FileChannel file, long number) {
        JournalWriter writer = new JournalWriter(file, number, 0);
        writer.buffer.put(RecordFormat.fileHeader(number));
        return writer;
    }

    /** Offset of the next record. */
    long end() {
        return written + buffer.position();
    }

    void append(ByteBuffer bytes) throws IOException {
        int length = bytes.remaining();
        if (buffer.remaining() < RecordFormat.RECORD_HEADER + length) {
            flush();
        }
        int sum = RecordFormat.checksum(number, end(), bytes);
        buffer.putInt(length).putInt(sum);
        if (buffer.remaining() >= length) {
            buffer.put(bytes.duplicate());
        } else {
            flush();
            write(bytes.duplicate());
        }
    }

    void flush() throws IOException {
        buffer.flip();
        write(buffer);
        buffer.clear();
    }

    private void write(ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            int count = file.write(bytes, written);
            written += count;
        }
    }

    void force() throws IOException {
        file.force(false);
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
