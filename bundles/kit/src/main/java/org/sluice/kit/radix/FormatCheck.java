// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.radix;

/** Refuses formats that contradict themselves, so that the algorithms need no checks for what cannot be. Stateless. */
final class FormatCheck {
    private FormatCheck() {
    }

    static void widths(String name, int inputBits, boolean signExtended, long addressMask) {
        require(inputBits > 0 && inputBits <= Long.SIZE, name, "input width " + inputBits);
        require(!signExtended || inputBits > 1, name, "one sign bit is no address");
        // A walk answers with a negative number when it fails.
        require(addressMask >= 0, name, "output addresses reach bit 63");
        require((addressMask & Long.BYTES - 1) == 0, name, "addresses are not aligned to an entry");
    }

    static void geometry(String name, RadixFormat format) {
        require(format.levels > 0 && format.levels <= RadixFormat.MAX_LEVELS, name, format.levels + " levels");
        require(format.shift[0] >= 3, name, "pages smaller than an entry");
        int next = format.shift[0];
        for (int level = 0; level < format.levels; level++) {
            int bits = Long.bitCount(format.indexMask[level]);
            require(format.shift[level] == next, name, "level " + level + " starts at bit " + format.shift[level] + ", not " + next);
            require(bits > 0 && bits <= 24, name, "level " + level + " has " + bits + " index bits");
            next += bits;
        }
        require(format.inputBits >= format.shift[0] + Long.bitCount(format.indexMask[0]), name, "input narrower than one table of pages");
        // A top table may have entries that no 64-bit address reaches (AMD, level 6).
        boolean fits = next <= Long.SIZE || format.inputBits == Long.SIZE && format.shift[format.levels - 1] < Long.SIZE;
        require(format.inputBits <= next && fits, name, format.inputBits + " input bits, but the tables resolve " + next);
    }

    /** Page sizes that an editor can write: those of levels where it can encode a leaf. */
    static long encodable(RadixFormat format) {
        long sizes = 0;
        for (int level = 0; level < format.levels; level++) {
            for (long permissions : format.permissionBits) {
                long leaf = format.leafBits[level] | permissions;
                boolean readsBack = RadixFormat.code(format.step(level, leaf)) == RadixFormat.LEAF && format.violations(level, true, leaf) == 0;
                sizes |= readsBack ? 1L << format.shift[level] : 0;
            }
        }
        return sizes & format.pageSizes;
    }

    /** Whether a walker reads what an editor writes. */
    static void encoding(RadixFormat format, long pageSizes) {
        String name = format.description().name();
        for (int level = 0; level < format.levels; level++) {
            require(RadixFormat.code(format.step(level, format.emptyEntry[level])) == RadixFormat.EMPTY, name,
                    "the empty entry of level " + level + " is not empty");
            long table = format.tableBits[level];
            require(level == 0 || RadixFormat.code(format.stepOfBits(level, table)) == level - 1 && format.violations(level, false, table) == 0,
                    name, "the table entry of level " + level + " does not lead to level " + (level - 1));
        }
        require(pageSizes != 0, name, "no page size to map with");
    }

    private static void require(boolean holds, String name, String otherwise) {
        if (!holds) {
            throw new IllegalArgumentException("format " + name + ": " + otherwise);
        }
    }
}
