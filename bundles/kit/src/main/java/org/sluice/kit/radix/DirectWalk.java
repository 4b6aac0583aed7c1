// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.radix;

import java.util.Arrays;

import org.sluice.api.Permissions;
import org.sluice.machine.MemoryWindow;
import org.sluice.machine.PhysicalMemory;

/**
 * Finds the pages of one table as long as all on the way is as editors write it: in the memory window of the root, plain by the format,
 * with the marks that hardware would else have to set. That is nearly every translation which no cache holds. Where anything else
 * shows it says {@link PageWord#NONE}, which is no answer: a {@link RadixWalker} has to find out.
 *
 * <p>Immutable, so that all threads share one, and what there is to know of a table is looked up once.
 */
public final class DirectWalk {
    private final MemoryWindow window;
    private final long root;
    /** Input bits that are zero in addresses that the format accepts, once canonical ones are moved to a range from 0. */
    private final long beyond;
    private final long canonicalHalf;
    /** The format's, see {@link PlainPath}. */
    private final int topShift;
    private final int bits;
    private final int lastShift;
    private final long topMask;
    private final long mask;
    private final long tableMask;
    private final long topValue;
    private final long valueStep;
    private final long tableAddressMask;
    private final long leafAddressMask;
    private final int permissions;
    /** [shift of the entry's offset] bits that decide whether an entry is a leaf with its marks, and their value. */
    private final long[] leafMask = new long[Long.SIZE];
    private final long[] leafValue = new long[Long.SIZE];
    /** The same of the last level, where nearly all leaves are. */
    private final long lastMask;
    private final long lastValue;
    private final long each;
    private final long dirty;

    /**
     * Bits that hardware sets in entries.
     *
     * @param each bits without which there is something to be set in an entry on the way, the leaf too
     * @param leaf the same for leaves alone
     * @param dirty bits without which a write of the page has something to set: then writing is not granted
     */
    public record Marks(long each, long leaf, long dirty) {
        public static final Marks NONE = new Marks(0, 0, 0);
    }

    private DirectWalk(MemoryWindow window, RadixFormat format, long root, Marks marks) {
        this.window = window;
        this.root = root;
        beyond = format.inputBits == Long.SIZE ? 0 : -1L << format.inputBits;
        canonicalHalf = format.canonicalHalf;
        each = marks.each;
        dirty = marks.dirty;
        PlainPath plain = format.plain;
        topShift = plain.topShift;
        bits = plain.bits;
        lastShift = plain.lastShift;
        topMask = plain.topMask;
        mask = plain.mask;
        tableMask = plain.tableMask;
        topValue = plain.topValue;
        valueStep = plain.valueStep;
        tableAddressMask = format.tableAddressMask;
        leafAddressMask = format.leafAddressMask;
        permissions = plain.permissions;
        Arrays.fill(leafValue, PlainPath.NEVER);
        for (int level = 0; level < format.levels; level++) {
            if (plain.leafValue[level] != PlainPath.NEVER) {
                int shift = format.shift[level] - 3;
                leafMask[shift] = plain.leafMask[level] | marks.leaf;
                leafValue[shift] = plain.leafValue[level] | marks.leaf;
            }
        }
        lastMask = leafMask[lastShift];
        lastValue = leafValue[lastShift];
    }

    /** Null where no walk of the table could be so: by its format, or because the root is not in memory. */
    public static DirectWalk of(PhysicalMemory memory, RadixFormat format, long root, Marks marks) {
        MemoryWindow window = memory.window(root);
        return window == null || format.plain.permissions == 0 ? null : new DirectWalk(window, format, root, marks);
    }

    /** The page of an address, or {@link PageWord#NONE} if another walk has to tell. */
    public long find(long iova) {
        if ((iova + canonicalHalf & beyond) != 0) {
            return PageWord.NONE;
        }
        MemoryWindow w = window;
        long table = root;
        long indexMask = topMask;
        long value = topValue;
        int shift = topShift;
        long all = -1L;
        while (true) { // ends by its shift: see RadixWalker
            long address = table + (iova >>> shift & indexMask);
            if (!w.contains(address)) {
                return PageWord.NONE;
            }
            long e = w.getLong(address);
            all &= e;
            if (shift == lastShift || (e & tableMask) != value) {
                return page(e, shift, all);
            }
            table = e & tableAddressMask;
            indexMask = mask;
            shift -= bits;
            value -= valueStep;
        }
    }

    private long page(long e, int shift, long all) {
        boolean last = shift == lastShift;
        long mask = last ? lastMask : leafMask[shift];
        if ((e & mask) != (last ? lastValue : leafValue[shift]) || (all & each) != each) {
            return PageWord.NONE;
        }
        int granted = (e & dirty) == dirty ? permissions : permissions & ~Permissions.WRITE;
        return PageWord.of(e & leafAddressMask, shift + 3, granted);
    }
}
