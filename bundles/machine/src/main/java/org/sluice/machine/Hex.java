// SPDX-License-Identifier: Apache-2.0
package org.sluice.machine;

/** Addresses and identifiers as text: {@code 0x} and lower-case digits, as Linux and QEMU print them. */
public final class Hex {
    private static final int LONG_DIGITS = 16;

    private Hex() {
    }

    /** {@code 0x1a2b} without padding; the value is unsigned. */
    public static String of(long value) {
        return "0x" + Long.toHexString(value);
    }

    /** {@code 0x} and 16 digits, for columns. */
    public static String padded(long value) {
        String digits = Long.toHexString(value);
        return "0x" + "0".repeat(LONG_DIGITS - digits.length()) + digits;
    }

    /**
     * Reads {@code 0x...} as hexadecimal, anything else as decimal, up to 2<sup>64</sup>-1.
     *
     * @throws IllegalArgumentException with a one-line reason if the text is not such a number
     */
    public static long parse(String text) {
        String trimmed = text.trim();
        try {
            if (trimmed.startsWith("0x") || trimmed.startsWith("0X")) {
                return Long.parseUnsignedLong(trimmed.substring(2), 16);
            }
            return Long.parseUnsignedLong(trimmed);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("'" + text + "' is not a number: write 0x... or decimal, below 2^64", e);
        }
    }
}
