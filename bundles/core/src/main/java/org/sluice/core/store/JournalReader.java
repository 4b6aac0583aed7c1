// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.store;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.Consumer;

/** Reads the records of one file up to the first that is not good. One thread's. */
final class JournalReader {
    private static final int READ_AHEAD = 1 << 18;
    /** Bytes summed at most in search of good records behind a bad one, so that no file keeps the search busy for long. */
    private static final long MOST_SEARCHED = 1L << 28;

    private final StoreFile file;
    private final long size;
    private long number;
    private ByteBuffer buffer = ByteBuffer.allocate(READ_AHEAD).limit(0);
    private long bufferStart;
    private long offset = RecordFormat.FILE_HEADER;
    private long records;
    private String reason = "";

    JournalReader(StoreFile file) throws IOException {
        this.file = file;
        size = file.size();
    }

    /** Whether the file begins as a journal does. */
    boolean hasHeader() throws IOException {
        if (size < RecordFormat.FILE_HEADER) {
            return false;
        }
        ByteBuffer header = bytes(0, RecordFormat.FILE_HEADER);
        number = RecordFormat.isFileHeader(header) ? RecordFormat.number(header) : 0;
        return RecordFormat.isFileHeader(header);
    }

    long number() {
        return number;
    }

    long size() {
        return size;
    }

    /** End of the good records. */
    long offset() {
        return offset;
    }

    long records() {
        return records;
    }

    /** Why the reading ended; empty at the end of the file. */
    String reason() {
        return reason;
    }

    void readAll(Consumer<ByteBuffer> consumer) throws IOException {
        while (offset < size) {
            reason = problem(offset);
            if (!reason.isEmpty()) {
                return;
            }
            int length = bytes(offset, RecordFormat.RECORD_HEADER).getInt();
            consumer.accept(bytes(offset + RecordFormat.RECORD_HEADER, length).asReadOnlyBuffer());
            offset += RecordFormat.RECORD_HEADER + length;
            records++;
        }
    }

    private String problem(long at) throws IOException {
        if (size - at < RecordFormat.RECORD_HEADER) {
            return "the file ends within a record's header";
        }
        ByteBuffer header = bytes(at, RecordFormat.RECORD_HEADER);
        int length = header.getInt();
        int sum = header.getInt();
        if (length <= 0 || length > RecordFormat.LONGEST) {
            return "a record of " + Integer.toUnsignedString(length) + " bytes";
        }
        if (size - at - RecordFormat.RECORD_HEADER < length) {
            return "the file ends within a record of " + length + " bytes";
        }
        return RecordFormat.checksum(number, at, bytes(at + RecordFormat.RECORD_HEADER, length)) == sum ? "" : "the checksum differs";
    }

    /** Whether a good record starts anywhere behind the bad one: then it was not the last that was written. */
    boolean goodRecordFollows() throws IOException {
        long searched = 0;
        for (long at = offset + 1; at + RecordFormat.RECORD_HEADER < size && searched < MOST_SEARCHED; at++) {
            int length = bytes(at, RecordFormat.RECORD_HEADER).getInt();
            if (length > 0 && length <= RecordFormat.LONGEST && length <= size - at - RecordFormat.RECORD_HEADER) {
                searched += length;
                if (problem(at).isEmpty()) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Bytes of the file, which is known to have them; good until the next call. */
    private ByteBuffer bytes(long at, int length) throws IOException {
        if (at < bufferStart || at + length > bufferStart + buffer.limit()) {
            if (buffer.capacity() < length) {
                buffer = ByteBuffer.allocate(length);
            }
            buffer.clear().limit((int) Math.min(buffer.capacity(), size - at));
            bufferStart = at;
            file.read(buffer, at);
        }
        return buffer.slice((int) (at - bufferStart), length);
    }
}
