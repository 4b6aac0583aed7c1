// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.synthetic;

import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;

/**
 * What was asked for: {@code BACKEND[,ram=SIZE][,tables=SIZE]}.
 *
 * @param ramBytes memory of the devices
 * @param tableBytes memory for structures of the platform's drivers; two backends share it while one takes over from the other
 */
record Order(String backend, long ramBytes, long tableBytes) {
    private static final long DEFAULT_RAM = 256L << 20;
    private static final long DEFAULT_TABLES = 1L << 30;
    private static final long LEAST = 1L << 20;
    private static final long MOST = 64L << 30;
    private static final String UNITS = "KMG";

    /** @throws IommuException {@code BAD_FORMAT} with what is wrong */
    static Order parse(String text) {
        String[] parts = text.split(",", -1);
        long ram = DEFAULT_RAM;
        long tables = DEFAULT_TABLES;
        for (int i = 1; i < parts.length; i++) {
            if (parts[i].startsWith("ram=")) {
                ram = size(parts[i].substring(4));
            } else if (parts[i].startsWith("tables=")) {
                tables = size(parts[i].substring(7));
            } else {
                throw bad(parts[i], "ram=SIZE or tables=SIZE can follow the backend");
            }
        }
        return new Order(parts[0], ram, tables);
    }

    private static long size(String text) {
        int unit = text.isEmpty() ? -1 : UNITS.indexOf(Character.toUpperCase(text.charAt(text.length() - 1)));
        try {
            long number = Long.parseLong(unit < 0 ? text : text.substring(0, text.length() - 1));
            long bytes = Math.multiplyExact(number, 1L << 10 * (unit + 1));
            if (bytes >= LEAST && bytes <= MOST && bytes % LEAST == 0) {
                return bytes;
            }
        } catch (NumberFormatException | ArithmeticException e) {
            throw bad(text, "a size is a number with K, M or G");
        }
        throw bad(text, "sizes are whole megabytes from 1M to 64G");
    }

    private static IommuException bad(String what, String rule) {
        return new IommuException(Reason.BAD_FORMAT, "'" + what.replaceAll("\\p{Cntrl}", " ") + "' in a synthetic machine: " + rule
                + ", as in synthetic:vtd,ram=4G,tables=2G");
    }
}
