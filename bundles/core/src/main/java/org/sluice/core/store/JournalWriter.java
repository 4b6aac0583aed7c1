// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.store;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Appends records to one file through a buffer. Not thread-safe, except that {@link #force} may run beside the rest. */
final class JournalWriter implements Closeable {
    private static final int BUFFER = 1 << 16;

    private final StoreFile file;
    private final long number;
    private final ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
    /** Where the buffer begins in the file. */
    private long written;

    JournalWriter(StoreFile file, long number, long end) {
        this.file = file;
        this.number = number;
        written = end;
    }

    static JournalWriter startFile(StoreFile file, long number) {
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
        for (ByteBuffer rest = bytes.duplicate(); rest.hasRemaining();) {
            if (!buffer.hasRemaining()) {
                flush();
            }
            int count = Math.min(rest.remaining(), buffer.remaining());
            buffer.put(buffer.position(), rest, rest.position(), count);
            buffer.position(buffer.position() + count);
            rest.position(rest.position() + count);
        }
    }

    void flush() throws IOException {
        buffer.flip();
        int count = buffer.remaining();
        file.write(buffer, written);
        written += count;
        buffer.clear();
    }

    void force() throws IOException {
        file.force();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
