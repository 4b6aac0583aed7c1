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
        MemoryWindow window = null;
        for (long i = 0; i < entries && going; i++) {
            long address = table + (i << 3);
            if (window == null || !window.contains(address)) {
                window = memory.window(address);
                if (window == null) {
                    long rest = Math.min(entries, (address | 0xfff) + 1 - table >>> 3);
                    going = visitor.absent(extend(base | i << shift), extend(base | (rest << shift) - 1), level, address);
                    i = rest - 1;
                    continue;
                }
            }
            long e = window.getLong(address);
            if (e == 0 && format.zeroIsEmpty(level)) {
                continue;
            }
            entry(format.bigEndian ? Long.reverseBytes(e) : e, level, address, base | i << shift, granted);
        }
    }

    private void entry(long e, int level, long address, long iova, int granted) {
        short step = format.step(level, e);
        int code = RadixFormat.code(step);
        if (code == RadixFormat.EMPTY) {
            return;
        }
        if (code == RadixFormat.BAD) {
            going = visitor.bad(extend(iova), level, address, e);
            return;
        }
        boolean leaf = code >= RadixFormat.LEAF;
        int rights = granted & format.permissions(step, leaf, e);
        if (!leaf) {
            if (format.violations(level, false, e) != 0) {
                going = visitor.bad(extend(iova), level, address, e);
                return;
            }
            long below = format.tableAddress(e);
            if (visitor.table(extend(iova), level, address, e, below, code)) {
                descend(below, code, iova, rights);
            }
            return;
        }
        int size = format.pageShift(level, code, e);
        if (size > format.shift[level]) {
            if ((iova & (1L << Math.min(size, Long.SIZE - 1)) - 1) != 0) {
                return; // a replica of the entry that stands for the whole page
            }
        }
        long offset = size >= Long.SIZE ? -1L : (1L << size) - 1;
        going = visitor.leaf(extend(iova), level, size, address, e, format.leafAddress(e) & ~offset, rights);
    }

    /** Canonical form where the format takes sign-extended addresses. */
    private long extend(long iova) {
        int unused = Long.SIZE - format.inputBits;
        return format.signExtended ? iova << unused >> unused : iova;
    }
}
