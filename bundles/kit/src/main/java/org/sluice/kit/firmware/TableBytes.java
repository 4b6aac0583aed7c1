// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.firmware;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

import org.sluice.machine.Hex;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;

/**
 * An ACPI table as little-endian bytes, every read checked against the table's own length. What is malformed ends in an
 * {@link IommuException} that names the table and the offset. Not thread-safe by itself; used by one reader.
 */
final class TableBytes {
    /** Tables that describe IOMMUs have hundreds of bytes; far below this, even with every device of a large machine. */
    static final int MAX_BYTES = 1 << 20;

    private static final int OEM_ID = 10;
    private static final int OEM_TABLE_ID = 16;
    private static final int OEM_REVISION = 24;

    private final String signature;
    private final ByteBuffer bytes;
    private final AcpiHeader header;

    /** @throws IommuException if the bytes are not a table with that signature, or fewer than its header says */
    TableBytes(String signature, byte[] raw) {
        this.signature = signature;
        if (raw.length < AcpiHeader.BYTES) {
            throw new IommuException(Reason.TRUNCATED, signature + ": has " + raw.length + " bytes, a table header alone has " + AcpiHeader.BYTES);
        }
        String found = text(raw, 0, 4).replace('\0', '?');
        if (!found.equals(signature)) {
            throw new IommuException(Reason.BAD_FORMAT, signature + " at offset 0x0: the signature is '" + found + "'; not such a table");
        }
        ByteBuffer all = ByteBuffer.wrap(raw).order(ByteOrder.LITTLE_ENDIAN);
        long length = Integer.toUnsignedLong(all.getInt(4));
        if (length < AcpiHeader.BYTES || length > raw.length) {
            throw new IommuException(Reason.TRUNCATED, signature + " at offset 0x4: its length is " + length + " bytes, but there are " + raw.length);
        }
        if (length > MAX_BYTES) {
            throw new IommuException(Reason.LIMIT, signature + " at offset 0x4: its length is " + length + " bytes, more than " + MAX_BYTES);
        }
        this.bytes = all.slice(0, (int) length).order(ByteOrder.LITTLE_ENDIAN);
        int sum = 0;
        for (int i = 0; i < length; i++) {
            sum += raw[i];
        }
        this.header = new AcpiHeader(signature, (int) length, raw[8] & 0xff, (sum & 0xff) == 0,
                clean(raw, OEM_ID, OEM_TABLE_ID), clean(raw, OEM_TABLE_ID, OEM_REVISION));
    }

    AcpiHeader header() {
        return header;
    }

    int length() {
        return bytes.capacity();
    }

    int u8(int at) {
        require(at, 1);
        return bytes.get(at) & 0xff;
    }

    int u16(int at) {
        require(at, 2);
        return bytes.getShort(at) & 0xffff;
    }

    long u32(int at) {
        require(at, 4);
        return bytes.getInt(at) & 0xffff_ffffL;
    }

    long u64(int at) {
        require(at, 8);
        return bytes.getLong(at);
    }

    /** Text up to a NUL or to {@code end}, what is not printable replaced. */
    String text(int at, int end) {
        require(at, end - at);
        byte[] raw = new byte[end - at];
        bytes.get(at, raw);
        String text = text(raw, 0, raw.length);
        int nul = text.indexOf('\0');
        return nul < 0 ? text : text.substring(0, nul);
    }

    /** Checks that a structure of {@code size} bytes at {@code at}, at least {@code minimum} long, ends by {@code end}. */
    void structure(int at, int size, int minimum, int end, String what) {
        if (size < minimum) {
            throw bad(at, what + " has length " + size + ", at least " + minimum + " is due");
        }
        if (size > end - at) {
            throw bad(at, what + " has length " + size + ", which runs past its end at offset " + Hex.of(end));
        }
    }

    IommuException bad(int at, String message) {
        return new IommuException(Reason.BAD_FORMAT, signature + " at offset " + Hex.of(at) + ": " + message);
    }

    private void require(int at, int size) {
        if (at < 0 || size < 0 || at > length() - size) {
            throw new IommuException(Reason.TRUNCATED, signature + " at offset " + Hex.of(at & 0xffff_ffffL) + ": the table ends at offset " + Hex.of(length()));
        }
    }

    private static String clean(byte[] raw, int from, int to) {
        return text(raw, from, to).replace('\0', ' ').trim();
    }

    /** What is neither printable nor NUL is replaced: the text may reach a terminal. */
    private static String text(byte[] raw, int from, int to) {
        return new String(raw, from, to - from, StandardCharsets.ISO_8859_1).replaceAll("[^\\x00\\x20-\\x7e]", "?");
    }
}
