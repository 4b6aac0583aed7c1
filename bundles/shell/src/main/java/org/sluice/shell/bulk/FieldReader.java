// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.bulk;

import java.util.Arrays;

import org.sluice.api.Access;
import org.sluice.machine.DeviceId;
import org.sluice.machine.Hex;

/**
 * Reads typed fields of the current line of a {@link TsvReader}. What is not a field of that type is an
 * {@link IllegalArgumentException} with a one-line reason. Not thread-safe.
 */
final class FieldReader {
    private static final int CACHE_BITS = 10;
    private static final int HEX_DIGITS = 16;
    private static final int HASH_FACTOR = 31;

    private final TsvReader lines;
    /** Files name few devices again and again: the last one seen in each slot, by the bytes that name it. */
    private final byte[][] cachedNames = new byte[1 << CACHE_BITS][];
    private final DeviceId[] cachedDevices = new DeviceId[1 << CACHE_BITS];

    FieldReader(TsvReader lines) {
        this.lines = lines;
    }

    DeviceId device(int column) {
        require(column, "device");
        byte[] buffer = lines.buffer();
        int start = lines.start(column);
        int end = lines.end(column);
        int hash = 0;
        for (int at = start; at < end; at++) {
            hash = HASH_FACTOR * hash + buffer[at];
        }
        int slot = (hash ^ hash >>> CACHE_BITS) & (1 << CACHE_BITS) - 1;
        byte[] name = cachedNames[slot];
        if (name == null || !Arrays.equals(name, 0, name.length, buffer, start, end)) {
            cachedDevices[slot] = DeviceId.parse(lines.text(column));
            cachedNames[slot] = Arrays.copyOfRange(buffer, start, end);
        }
        return cachedDevices[slot];
    }

    /** A 64-bit number, {@code 0x...} or decimal. */
    long number(int column, String what) {
        require(column, what);
        byte[] buffer = lines.buffer();
        int start = lines.start(column);
        int end = lines.end(column);
        int digits = end - start - 2;
        if (digits < 1 || digits > HEX_DIGITS || buffer[start] != '0' || (buffer[start + 1] | 0x20) != 'x') {
            return Hex.parse(lines.text(column));
        }
        long value = 0;
        for (int at = start + 2; at < end; at++) {
            int digit = Character.digit(buffer[at], HEX_DIGITS);
            if (digit < 0) {
                return Hex.parse(lines.text(column));
            }
            value = value << 4 | digit;
        }
        return value;
    }

    /** An access; a read if the line does not say. */
    Access access(int column) {
        if (!lines.has(column)) {
            return Access.READ;
        }
        if (lines.end(column) - lines.start(column) == 1) {
            switch (lines.buffer()[lines.start(column)]) {
                case 'r':
                    return Access.READ;
                case 'w':
                    return Access.WRITE;
                default:
                    break;
            }
        }
        return Access.parse(lines.text(column));
    }

    private void require(int column, String what) {
        if (!lines.has(column)) {
            throw new IllegalArgumentException("no " + what);
        }
    }
}
