// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.store;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * The bytes of a journal, big-endian. The file starts with {@code SLUICEJ1}, a number of its own and a checksum of both; then records follow: length,
 * checksum, bytes. A record's checksum covers the file's number and the record's offset as well, so a good record anywhere else is a bad one.
 */
final class RecordFormat {
    static final int FILE_HEADER = 20;
    static final int RECORD_HEADER = 8;
    static final int LONGEST = 1 << 24;

    private static final long MAGIC = 0x534c_5549_4345_4a31L;
    private static final int CHECKED_HEADER = 16;

    private RecordFormat() {
    }

    static ByteBuffer fileHeader(long number) {
        ByteBuffer header = ByteBuffer.allocate(FILE_HEADER).putLong(MAGIC).putLong(number);
        return header.putInt(checksum(header.duplicate().flip())).flip();
    }

    /** Whether the bytes are a file's header. */
    static boolean isFileHeader(ByteBuffer header) {
        return header.remaining() == FILE_HEADER && header.getLong(0) == MAGIC
                && header.getInt(CHECKED_HEADER) == checksum(header.duplicate().limit(CHECKED_HEADER));
    }

    static long number(ByteBuffer header) {
        return header.getLong(Long.BYTES);
    }

    /** @throws IllegalArgumentException if the bytes are no record */
    static void check(ByteBuffer bytes) {
        if (bytes.remaining() == 0 || bytes.remaining() > LONGEST) {
            throw new IllegalArgumentException("a record of " + bytes.remaining() + " bytes");
        }
    }

    private static int checksum(ByteBuffer bytes) {
        CRC32C sum = new CRC32C();
        sum.update(bytes);
        return (int) sum.getValue();
    }

    /** @param bytes is left as it is */
    static int checksum(long number, long offset, ByteBuffer bytes) {
        CRC32C sum = new CRC32C();
        sum.update(ByteBuffer.allocate(2 * Long.BYTES + Integer.BYTES).putLong(number).putLong(offset).putInt(bytes.remaining()).flip());
        sum.update(bytes.duplicate());
        return (int) sum.getValue();
    }
}
