// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.radix;

import org.sluice.machine.MemoryWindow;
import org.sluice.machine.PhysicalMemory;

/**
 * Maps and unmaps in one radix table, whatever its format. Entries are published with release ordering, a table before the
 * entry that points to it. A failed {@link #map} leaves the table as it was. Caches of the hardware are the caller's
 * business, and so is when freed tables may be reused: they go to the allocator at once, so invalidate before the next map.
 *
 * <p>Not thread-safe against other edits of the same table; walkers may run at any time.
 */
public final class RadixEditor {
    /** Done. */
    public static final int OK = 0;
    /** Part of the range is mapped already. */
    public static final int EXISTS = 1;
    /** No page left for a table. */
    public static final int NO_MEMORY = 2;
    /** Addresses or size do not fit the format: width, or no page size that divides them. */
    public static final int NOT_EXPRESSIBLE = 3;

    private final PhysicalMemory memory;
    private final PageAllocator pages;
    private final RadixFormat format;
    private final long root;
    private final long pageSizes;
    /** log2 of what one table of smallest pages covers. */
    private final int leafTableShift;
    /** The leaf table edited last: what it covers, where it is. */
    private long cachedBase = -1;
    private int cachedShift = Long.SIZE - 1;
    private long cachedTable;
    private MemoryWindow cachedWindow;

    private RadixEditor(PhysicalMemory memory, PageAllocator pages, RadixFormat format, long root, long pageSizes) {
        this.memory = memory;
        this.pages = pages;
        this.format = format;
        this.root = root;
        this.pageSizes = pageSizes;
        this.leafTableShift = format.shift[0] + Long.bitCount(format.indexMask[0]);
    }

    /**
     * A new, empty table.
     *
     * @param pageSizes log2 set of page sizes to use, a subset of the format's
     * @return null if no page is left for the root
     */
    public static RadixEditor create(PhysicalMemory memory, PageAllocator pages, RadixFormat format, long pageSizes) {
        long root = pages.allocate(tableShift(format, format.levels - 1));
        return root == PageAllocator.NONE ? null
                : new RadixEditor(memory, pages, format, root, pageSizes & format.pageSizes & naturalSizes(format));
    }

    private static long naturalSizes(RadixFormat format) {
        long sizes = 0;
        for (int level = 0; level < format.levels; level++) {
            sizes |= 1L << format.shift[level];
        }
        return sizes;
    }

    private static int tableShift(RadixFormat format, int level) {
        return Long.numberOfTrailingZeros(format.tableBytes(level));
    }

    public long root() {
        return root;
    }

    /**
     * Maps {@code size} bytes with the largest pages that alignment allows.
     *
     * @param size bytes, unsigned, a multiple of the smallest page
     * @param attributes further bits of each leaf (memory type, snoop), already in place
     * @return {@link #OK} or why nothing was mapped
     */
    public int map(long iova, long output, long size, int permissions, long attributes) {
        long leaf = format.permissionBits[permissions] | attributes;
        if (size == 1L << cachedShift && iova >>> leafTableShift == cachedBase) {
            return mapOne(iova, output, leaf);
        }
        return mapRange(iova, output, size, leaf);
    }

    /** The common case: one smallest page into the leaf table edited last. */
    private int mapOne(long iova, long output, long leaf) {
        if (((iova | output) & (1L << cachedShift) - 1) != 0 || output != (output & format.leafAddressMask)) {
            return NOT_EXPRESSIBLE;
        }
        long address = cachedTable + ((iova >>> cachedShift & format.indexMask[0]) << 3);
        if (RadixFormat.code(format.step(0, read(cachedWindow, address))) != RadixFormat.EMPTY) {
            return EXISTS;
        }
        cachedWindow.setLong(address, order(output | leaf | format.leafBits[0]));
        return OK;
    }

    private int mapRange(long iova, long output, long size, long leaf) {
        long last = iova + size - 1;
        int smallest = Long.numberOfTrailingZeros(pageSizes);
        if (size == 0 || Long.compareUnsigned(last, iova) < 0 || ((iova | output | size) & (1L << smallest) - 1) != 0
                || !format.accepts(iova) || !format.accepts(last) || (iova ^ last) < 0 && format.signExtended
                || encode(output) == -1 || encode(output + size - (1L << smallest)) == -1) {
            return NOT_EXPRESSIBLE;
        }
        long done = 0;
        while (done != size) {
            long advanced = mapRun(iova + done, output + done, size - done, leaf);
            if (advanced < 0) {
                if (done != 0) {
                    unmap(iova, done);
                }
                prune(iova + done);
                return (int) -advanced;
            }
            done += advanced;
        }
        return OK;
    }

    /** Fills one table with pages of one size; bytes mapped, or minus the refusal. */
    private long mapRun(long iova, long output, long size, long leaf) {
        int level = leafLevel(iova, output, size);
        long table = root;
        for (int at = format.levels - 1; at > level; at--) {
            long address = slot(table, at, iova);
            MemoryWindow window = memory.window(address);
            long entry = read(window, address);
            int code = RadixFormat.code(format.step(at, entry));
            if (code == RadixFormat.EMPTY) {
                table = pages.allocate(tableShift(format, at - 1));
                if (table == PageAllocator.NONE) {
                    return -NO_MEMORY;
                }
                window.setLong(address, order(encode(table) | format.tableBits));
            } else if (code == at - 1) {
                table = format.tableAddress(entry);
            } else {
                return -EXISTS;
            }
        }
        MemoryWindow window = memory.window(table);
        if (level == 0) {
            remember(iova, table, window);
        }
        return fill(window, table, level, iova, output, size, leaf | format.leafBits[level]);
    }

    private long fill(MemoryWindow window, long table, int level, long iova, long output, long size, long leaf) {
        int shift = format.shift[level];
        long index = iova >>> shift & format.indexMask[level];
        long count = Math.min(size >>> shift, format.indexMask[level] + 1 - index);
        long address = table + (index << 3);
        for (long i = 0; i < count; i++) {
            if (RadixFormat.code(format.step(level, read(window, address + (i << 3)))) != RadixFormat.EMPTY) {
                count = i;
                if (i == 0) {
                    return -EXISTS;
                }
            }
        }
        // Plain stores in the loop, one fence behind it: a release store per entry costs half of a large map.
        for (long i = 0; i < count; i++) {
            window.setLongPlain(address + (i << 3), order(encode(output + (i << shift)) | leaf));
        }
        java.lang.invoke.VarHandle.releaseFence();
        return count << shift;
    }

    private int leafLevel(long iova, long output, long size) {
        int level = 0;
        for (int up = 1; up < format.levels; up++) {
            long bytes = 1L << format.shift[up];
            if (((iova | output) & bytes - 1) == 0 && Long.compareUnsigned(size, bytes) >= 0 && (pageSizes & bytes) != 0) {
                level = up;
            }
        }
        return level;
    }

    /**
     * Unmaps what is mapped between {@code iova} and {@code iova + size - 1}; larger pages that reach beyond are split first.
     * Tables that lie wholly inside are freed.
     *
     * @return bytes that were mapped, or {@code -NO_MEMORY} if a page could not be split: then all below it is unmapped
     */
    public long unmap(long iova, long size) {
        if (size == 1L << cachedShift && iova >>> leafTableShift == cachedBase) {
            long address = cachedTable + ((iova >>> cachedShift & format.indexMask[0]) << 3);
            boolean mapped = RadixFormat.code(format.step(0, read(cachedWindow, address))) != RadixFormat.EMPTY;
            cachedWindow.setLong(address, 0);
            return mapped ? size : 0;
        }
        return unmap(root, format.levels - 1, iova, iova + size - 1);
    }

    private long unmap(long table, int level, long iova, long last) {
        int shift = format.shift[level];
        MemoryWindow window = memory.window(table);
        long bytes = 0;
        long span = (1L << shift) - 1;
        long from = iova;
        while (true) {
            long entryLast = from | span;
            long to = Long.compareUnsigned(entryLast, last) < 0 ? entryLast : last;
            long address = slot(table, level, from);
            long entry = read(window, address);
            int code = RadixFormat.code(format.step(level, entry));
            boolean whole = (from & span) == 0 && to == entryLast;
            if (code >= 0 && code < RadixFormat.LEAF) {
                bytes = add(bytes, whole ? drop(window, address, code, entry) : unmap(format.tableAddress(entry), code, from, to));
            } else if (code >= RadixFormat.LEAF && whole) {
                window.setLongPlain(address, 0);
                bytes = add(bytes, span + 1);
            } else if (code >= RadixFormat.LEAF) {
                bytes = add(bytes, split(window, address, level, entry) ? unmap(format.tableAddress(read(window, address)), level - 1, from, to) : -NO_MEMORY);
            }
            if (bytes < 0 || to == last || (to >>> shift & format.indexMask[level]) == format.indexMask[level]) {
                java.lang.invoke.VarHandle.releaseFence();
                return bytes;
            }
            from = to + 1;
        }
    }

    private static long add(long bytes, long more) {
        return more < 0 ? more : bytes + more;
    }

    /** Takes a whole lower table out and frees it; bytes that were mapped below it. */
    private long drop(MemoryWindow window, long address, int level, long entry) {
        window.setLong(address, 0);
        return release(format.tableAddress(entry), level);
    }

    private long release(long table, int level) {
        MemoryWindow window = memory.window(table);
        long bytes = 0;
        for (long i = 0; i <= format.indexMask[level]; i++) {
            long entry = read(window, table + (i << 3));
            int code = RadixFormat.code(format.step(level, entry));
            if (code >= RadixFormat.LEAF) {
                bytes += 1L << format.shift[level];
            } else if (code >= 0) {
                bytes += release(format.tableAddress(entry), code);
            }
        }
        if (table == cachedTable) {
            forget();
        }
        pages.free(table, tableShift(format, level));
        return bytes;
    }

    /** Replaces a leaf by a table of leaves one level down, same translation; false if no page is left. */
    private boolean split(MemoryWindow window, long address, int level, long entry) {
        long table = pages.allocate(tableShift(format, level - 1));
        if (table == PageAllocator.NONE) {
            return false;
        }
        int shift = format.shift[level - 1];
        long output = format.leafAddress(entry) & -(1L << format.shift[level]);
        long rest = entry & ~format.leafAddressMask & ~format.pieceMaskInEntry() & ~format.leafBits[level] | format.leafBits[level - 1];
        MemoryWindow below = memory.window(table);
        for (long i = 0; i <= format.indexMask[level - 1]; i++) {
            below.setLongPlain(table + (i << 3), order(encode(output + (i << shift)) | rest));
        }
        window.setLong(address, order(encode(table) | format.tableBits));
        return true;
    }

    /** Frees empty tables on the path to {@code iova} that a failed map has left. */
    private void prune(long iova) {
        prune(root, format.levels - 1, iova);
    }

    private boolean prune(long table, int level, long iova) {
        MemoryWindow window = memory.window(table);
        long address = slot(table, level, iova);
        long entry = read(window, address);
        int code = RadixFormat.code(format.step(level, entry));
        if (code >= 0 && code < RadixFormat.LEAF && prune(format.tableAddress(entry), code, iova)) {
            drop(window, address, code, entry);
        }
        for (long i = 0; i <= format.indexMask[level]; i++) {
            if (read(window, table + (i << 3)) != 0) {
                return false;
            }
        }
        return true;
    }

    /** Frees every table, the root too; the editor must not be used again. */
    public void release() {
        release(root, format.levels - 1);
    }

    private void remember(long iova, long table, MemoryWindow window) {
        cachedShift = format.shift[0];
        cachedBase = iova >>> leafTableShift;
        cachedTable = table;
        cachedWindow = window;
    }

    private void forget() {
        cachedBase = -1;
        cachedTable = 0;
        cachedWindow = null;
    }

    private long slot(long table, int level, long iova) {
        return table + ((iova >>> format.shift[level] & format.indexMask[level]) << 3);
    }

    private long read(MemoryWindow window, long address) {
        return order(window.getLong(address));
    }

    private long order(long word) {
        return format.bigEndian ? Long.reverseBytes(word) : word;
    }

    private long encode(long address) {
        return format.encodeAddress(address);
    }
}
