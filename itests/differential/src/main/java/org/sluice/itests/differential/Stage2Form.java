// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.differential;

/**
 * How a stream table entry lays out stage 2 (sheet section 3), as far as quirks depend on it.
 *
 * @param granule log2 of it
 * @param start level of the start tables
 */
record Stage2Form(int width, int granule, int start) {
    private static final int T0SZ_AT = 32;
    private static final int SL0_AT = 38;
    private static final int TG_AT = 46;
    private static final int[] GRANULES = {12, 16, 14, 12};
    private static final int LEVELS = 4;

    /** @param word the entry's third */
    static Stage2Form of(long word) {
        int granule = GRANULES[(int) (word >>> TG_AT) & 3];
        int level = (int) (word >>> SL0_AT) & 3;
        return new Stage2Form(Long.SIZE - ((int) (word >>> T0SZ_AT) & 0x3f), granule, (granule == GRANULES[0] ? 2 : 3) - level);
    }

    /** Whether the start level's tables would have one entry, or not even that. */
    boolean startsTooHigh() {
        return width <= granule + (LEVELS - 1 - start) * (granule - 3);
    }

    /** Whether an entry at this offset of the start tables is in one after the first. */
    boolean inLaterTable(long offset) {
        return offset >= 1L << granule && offset < 1L << Math.max(0, width - granule - (LEVELS - 1 - start) * (granule - 3)) + 3;
    }

    /** Whether an address is one that a start table after the first one maps. */
    boolean beyondFirstTable(long address) {
        int oneTable = granule + (LEVELS - start) * (granule - 3);
        return width > oneTable && address >>> oneTable != 0 && address >>> width == 0;
    }
}
