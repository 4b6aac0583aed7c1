// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.render;

import java.util.Locale;

/** Byte counts for people. */
public final class Sizes {
    private static final String UNITS = "KMGTPE";
    private static final int STEP = 10;

    private Sizes() {
    }

    /** Exact where the size, unsigned, is a whole number of some unit ({@code 4K}, {@code 6M}), else with one decimal ({@code 2.1M}). */
    public static String text(long bytes) {
        int unit = 0;
        while (unit < UNITS.length() && bytes >>> STEP * (unit + 1) != 0) {
            unit++;
        }
        if (unit == 0) {
            return bytes == 0 ? "0" : bytes + "B";
        }
        long whole = bytes >>> STEP * unit;
        if (whole << STEP * unit == bytes) {
            return whole + UNITS.substring(unit - 1, unit);
        }
        return String.format(Locale.ROOT, "%.1f%c", 2.0 * (bytes >>> 1) / (1L << STEP * unit), UNITS.charAt(unit - 1));
    }
}
