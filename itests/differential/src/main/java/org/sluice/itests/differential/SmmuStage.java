// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.differential;

import java.util.ArrayList;
import java.util.List;

/** One stage's tables in the form VMSAv8-64 (sheet section 5), any granule, word by word. Not thread-safe. */
final class SmmuStage {
    private static final long ADDRESS = 0xffff_ffff_f000L;
    private static final long TABLE = 3;
    private static final long PAGE = 3;
    private static final long BLOCK = 1;
    private static final int LAST = 3;

    /** A leaf that was put in. */
    record Leaf(long input, long size, long entry, long output) {
    }

    final TableSpace space;
    final int granule;
    final int width;
    final int startLevel;
    final long root;
    final List<Leaf> leaves = new ArrayList<>();

    /**
     * @param granule log2 of it
     * @param width bits of input
     * @param startLevel its table is larger than a granule if it has more entries (stage 2)
     */
    SmmuStage(TableSpace space, int granule, int width, int startLevel) {
        this.space = space;
        this.granule = granule;
        this.width = width;
        this.startLevel = startLevel;
        root = space.table(Math.max(1L << granule, 8L << width - shift(startLevel)));
    }

    /** The level at which stage 1 starts. */
    static int startLevel(int granule, int width) {
        return 4 - (width - granule + granule - 4) / (granule - 3);
    }

    int shift(int level) {
        return granule + (granule - 3) * (LAST - level);
    }

    /** Whether a block may stand at a level. */
    private boolean blocks(int level) {
        return level == 2 || level == 1 && granule == 12;
    }

    private long index(long input, int level) {
        long within = width == Long.SIZE ? input : input & (1L << width) - 1;
        return level == startLevel ? within >>> shift(level) : within >>> shift(level) & (1L << granule - 3) - 1;
    }

    /** Puts a leaf of some size there; null if something stands in the way. */
    Leaf leaf(long input, long attributes) {
        int level = space.oneIn(3) && startLevel <= 2 ? Math.max(startLevel, 1 + space.random.nextInt(2)) : LAST;
        return leaf(input, blocks(level) ? level : LAST, space.target(1L << shift(blocks(level) ? level : LAST)), attributes);
    }

    Leaf leaf(long input, int level, long output, long attributes) {
        long table = root;
        for (int at = startLevel; at < level; at++) {
            long entry = table + index(input, at) * 8;
            long value = space.get(entry);
            if (value == 0) {
                value = space.table(1L << granule) | TABLE;
                space.put(entry, value);
            } else if ((value & 3) != TABLE) {
                return null;
            }
            table = value & ADDRESS & -1L << granule;
        }
        long entry = table + index(input, level) * 8;
        if (space.get(entry) != 0) {
            return null;
        }
        space.put(entry, output | attributes | (level == LAST ? PAGE : BLOCK));
        long size = 1L << shift(level);
        Leaf leaf = new Leaf(input & -size, size, entry, output);
        leaves.add(leaf);
        return leaf;
    }

    /** An input address, often near another. */
    long address() {
        long mask = (1L << width) - 1;
        if (!leaves.isEmpty() && !space.oneIn(3)) {
            return space.pick(leaves).input + ((long) (space.random.nextInt(9) - 4) << shift(LAST - space.random.nextInt(Math.min(3, LAST - startLevel + 1)))) & mask;
        }
        return space.random.nextLong() & mask;
    }
}
