// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.radix;

import java.util.ArrayList;
import java.util.List;

import org.sluice.api.layout.TableFormat;

/** Tells people and tools what a format is, from what was sampled of it. Stateless. */
final class FormatDescription {
    private FormatDescription() {
    }

    /** log2 set of the page sizes that are a level's own. */
    static long naturalPageSizes(RadixFormat format) {
        long sizes = 0;
        for (int level = 0; level < format.levels; level++) {
            sizes |= hasLeaf(format, level, RadixFormat.LEAF) ? 1L << format.shift[level] : 0;
        }
        return sizes;
    }

    private static boolean hasLeaf(RadixFormat format, int level, int kind) {
        for (int low = 0; low < RadixFormat.LOW_VALUES; low++) {
            if (RadixFormat.code(format.step(level, low)) == kind) {
                return true;
            }
        }
        return false;
    }

    static TableFormat of(RadixFormat format, RadixFormatBuilder b) {
        List<TableFormat.Level> list = new ArrayList<>();
        for (int level = format.levels - 1; level >= 0; level--) {
            FormatLevel l = b.levels.get(level);
            list.add(new TableFormat.Level(b.vendorLevels[level], l.shift, l.indexBits, 8L << l.indexBits, leafSizes(format, level),
                    l.entryLayout));
        }
        return new TableFormat(b.backend, b.name, b.title, list, format.inputBits, b.outputBits, b.clause);
    }

    private static List<Long> leafSizes(RadixFormat format, int level) {
        int own = format.shift[level];
        int next = own + Long.bitCount(format.indexMask[level]);
        List<Long> sizes = new ArrayList<>();
        for (long left = format.pageSizes; left != 0; left &= left - 1) {
            int size = Long.numberOfTrailingZeros(left);
            if (size == own && hasLeaf(format, level, RadixFormat.LEAF)
                    || size > own && size < next && hasLeaf(format, level, RadixFormat.LEAF_SIZED)) {
                sizes.add(1L << size);
            }
        }
        return sizes;
    }
}
