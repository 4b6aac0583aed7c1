// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.radix;

import org.sluice.api.Permissions;
import org.sluice.machine.MemoryWindow;
import org.sluice.machine.PhysicalMemory;

/**
 * Visits every entry of a radix table that is not empty, in ascending order of input address, whatever the format. A visitor
 * decides at each table whether to go down, so a caller that remembers tables seen can keep the work linear however the
 * tables point at each other; without that the depth bounds it, not the number of tables. Not thread-safe.
 */
public final class RadixSweep {
    /** Takes what a sweep finds; all addresses physical, levels counted from the leaves. */
    public interface Visitor {
        /**
         * A pointer to a lower table.
         *
         * @param entryAddress where the pointer stands
         * @param below level of the table pointed to
         * @return whether to go down
         */
        default boolean table(long iova, int level, long entryAddress, long entry, long table, int below) {
            return true;
        }

        /**
         * A leaf; its violations may be not 0.
         *
         * @param pageShift log2 of its size; less than the entry says where the entry is not repeated as it has to be
         * @param permissions accumulated from the root
         * @return whether to go on with the sweep
         */
        boolean leaf(long iova, int level, int pageShift, long entryAddress, long entry, long output, int permissions);

        /** A combination of low bits that the format forbids, or table bits that violate it; returns whether to go on. */
        default boolean bad(long iova, int level, long entryAddress, long entry) {
            return true;
        }

        /** A table that cannot be read, with the range that it would map; returns whether to go on. */
        boolean absent(long iova, long last, int level, long table);
    }

    /** What is absent is reported in pieces that end at multiples of this. */
    private static final long PAGE = 4096;

    private final PhysicalMemory memory;
    private final RadixFormat format;
    private final Visitor visitor;
    private boolean going;

    public RadixSweep(PhysicalMemory memory, RadixFormat format, Visitor visitor) {
        this.memory = memory;
        this.format = format;
        this.visitor = visitor;
    }

    /** Sweeps the table at {@code root}; false if the visitor ended it. */
    public boolean run(long root) {
        going = true;
        descend(root, format.levels - 1, 0, Permissions.ALL);
        return going;
    }

    private void descend(long table, int level, long base, int granted) {
        int shift = format.shift[level];
        long entries = format.indexMask[level] + 1;
        boolean tooWide = shift + Long.bitCount(format.indexMask[level]) > format.inputBits;
        MemoryWindow window = null;
        for (long i = 0; i < entries && going; i++) {
            long address = table + (i << 3);
            long iova = extend(base | i << shift);
            if (tooWide && ((iova >>> shift & format.indexMask[level]) != i || !format.accepts(iova))) {
                continue; // a table with more entries than the input has addresses for
            }
            if (window == null || !window.contains(address)) {
                window = memory.window(address);
                if (window == null) {
                    long rest = Math.min(entries, (address | PAGE - 1) + 1 - table >>> 3);
                    going = visitor.absent(iova, extend(base | (rest << shift) - 1), level, address);
                    i = rest - 1;
                    continue;
                }
            }
            long e = window.getLong(address);
            if (e == 0 && format.zeroIsEmpty(level)) {
                continue;
            }
            i += entry(format.bigEndian ? Long.reverseBytes(e) : e, level, address, iova, granted);
        }
    }

    /** Reports one entry; returns how many entries behind it say the same. */
    private long entry(long e, int level, long address, long iova, int granted) {
        short step = format.step(level, e);
        int code = RadixFormat.code(step);
        if (code == RadixFormat.EMPTY) {
            return 0;
        }
        boolean leaf = code >= RadixFormat.LEAF;
        int size = leaf ? format.pageShift(level, code, e) : 0;
        if (code == RadixFormat.BAD || size < 0 || !leaf && format.violations(level, false, e) != 0) {
            going = visitor.bad(iova, level, address, e);
            return 0;
        }
        int rights = granted & format.permissions(step, leaf, e);
        if (leaf) {
            return page(e, level, size, address, iova, rights);
        }
        long below = format.tableAddress(e);
        if (visitor.table(iova, level, address, e, below, code)) {
            descend(below, code, iova, rights);
        }
        return 0;
    }

    /**
     * Reports a leaf. One that covers several entries is reported once if it stands in all of them, else each entry for itself,
     * because a walk looks at one entry only.
     */
    private long page(long e, int level, int size, long address, long iova, int rights) {
        int shift = format.shift[level];
        long replicas = 1L << size - shift;
        boolean whole = (iova & (1L << size) - 1) == 0 && isRepeated(e, address, replicas);
        int reported = whole ? size : shift;
        long within = (1L << size) - (1L << reported);
        long output = format.leafAddress(e) & -(1L << size) | iova & within;
        going = visitor.leaf(iova, level, reported, address, e, output, rights);
        return whole ? replicas - 1 : 0;
    }

    private boolean isRepeated(long e, long address, long replicas) {
        long word = format.bigEndian ? Long.reverseBytes(e) : e;
        for (long i = 1; i < replicas; i++) {
            MemoryWindow window = memory.window(address + (i << 3));
            if (window == null || window.getLong(address + (i << 3)) != word) {
                return false;
            }
        }
        return true;
    }

    /** Canonical form where the format takes sign-extended addresses. */
    private long extend(long iova) {
        int unused = Long.SIZE - format.inputBits;
        return format.signExtended ? iova << unused >> unused : iova;
    }
}
