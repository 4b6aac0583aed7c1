// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.radix;

import org.sluice.machine.MemoryWindow;
import org.sluice.machine.PhysicalMemory;

/**
 * Tables of one format in memory, as an editor needs them: taken from an allocator with all entries empty, entries in the
 * processor's byte order. A table lies in one window, because the allocator gives no other. Not thread-safe.
 */
final class RadixStore {
    private final PhysicalMemory memory;
    private final PageAllocator pages;
    private final RadixFormat format;
    private long bytes;
    /** Where the last entry was looked for: nearly always that of the next. Windows that tables lie in stay. */
    private MemoryWindow near = MemoryWindow.NOWHERE;

    RadixStore(PhysicalMemory memory, PageAllocator pages, RadixFormat format) {
        this.memory = memory;
        this.pages = pages;
        this.format = format;
    }

    /** A table with nothing in it, or {@link PageAllocator#NONE}. */
    long allocate(int level) {
        long table = pages.allocate(tableShift(level));
        long empty = format.emptyEntry[level];
        if (table == PageAllocator.NONE) {
            return table;
        }
        bytes += 1L << tableShift(level);
        if (empty != 0) {
            fill(window(table), table, format.indexMask[level] + 1, empty);
        }
        return table;
    }

    void free(long table, int level) {
        pages.free(table, tableShift(level));
        bytes -= 1L << tableShift(level);
    }

    /** Memory of the tables that are there. */
    long bytes() {
        return bytes;
    }

    private int tableShift(int level) {
        return Math.max(PageAllocator.MIN_SHIFT, Long.numberOfTrailingZeros(format.tableBytes(level)));
    }

    MemoryWindow window(long address) {
        return near.contains(address) ? near : enter(address);
    }

    private MemoryWindow enter(long address) {
        near = memory.window(address);
        return near;
    }

    long read(MemoryWindow window, long address) {
        return order(window.getLong(address));
    }

    /** Writes an entry after everything written before. */
    void publish(MemoryWindow window, long address, long entry) {
        window.setLong(address, order(entry));
    }

    void write(MemoryWindow window, long address, long entry) {
        window.setLongPlain(address, order(entry));
    }

    void fill(MemoryWindow window, long address, long count, long entry) {
        window.fill(address, (int) count, order(entry), 0);
    }

    /** Writes leaves of one level for consecutive output addresses. */
    void fillLeaves(MemoryWindow window, long address, int level, long count, long output, long leaf) {
        int shift = format.shift[level];
        if (format.pieceMask == 0 && !format.bigEndian) {
            window.fill(address, (int) count, format.encodeLeaf(output) | leaf, 1L << shift);
            return;
        }
        for (long i = 0; i < count; i++) {
            write(window, address + (i << 3), format.encodeLeaf(output + (i << shift)) | leaf);
        }
    }

    long slot(long table, int level, long iova) {
        return table + ((iova >>> format.shift[level] & format.indexMask[level]) << 3);
    }

    int code(int level, long entry) {
        return RadixFormat.code(format.step(level, entry));
    }

    /** The table of the smallest pages around an address, or {@code NONE} if there is something larger or nothing. */
    long leafTable(long root, long iova) {
        PlainPath plain = format.plain;
        long table = root;
        int level = format.levels - 1;
        long mask = plain.topMask;
        long value = plain.topValue;
        // Tables as an editor writes them take one comparison, as in a walk.
        for (int shift = plain.topShift; plain.permissions != 0 && shift != plain.lastShift; shift -= plain.bits) {
            long address = table + (iova >>> shift & mask);
            long entry = window(address).getLong(address);
            if ((entry & plain.tableMask) != value) {
                break;
            }
            table = entry & format.tableAddressMask;
            mask = plain.mask;
            value -= plain.valueStep;
            level--;
        }
        return leafTable(table, level, iova);
    }

    private long leafTable(long from, int top, long iova) {
        long table = from;
        int level = top;
        while (level > 0) {
            long address = slot(table, level, iova);
            long entry = read(window(address), address);
            int code = code(level, entry);
            if (!isTable(code)) {
                return PageAllocator.NONE;
            }
            table = format.tableAddress(entry);
            level = code;
        }
        return table;
    }

    static boolean isTable(int code) {
        return code >= 0 && code < RadixFormat.LEAF;
    }

    /** Whether nothing is mapped in a table or below. */
    boolean isEmpty(long table, int level) {
        MemoryWindow window = window(table);
        for (long i = 0; i <= format.indexMask[level]; i++) {
            long entry = read(window, table + (i << 3));
            int code = code(level, entry);
            if (code >= RadixFormat.LEAF || isTable(code) && !isEmpty(format.tableAddress(entry), code)) {
                return false;
            }
        }
        return true;
    }

    /** Frees a table and all below; bytes that were mapped there. */
    long release(long table, int level) {
        MemoryWindow window = window(table);
        long entries = format.indexMask[level] + 1;
        PlainPath plain = format.plain;
        long bytes = 0;
        // Full tables of usual leaves need no look at each entry.
        if (window.matches(table, (int) entries, plain.leafMask[level], plain.leafValue[level]) == entries) {
            bytes = entries << format.shift[level];
        } else {
            for (long i = 0; i < entries; i++) {
                bytes += releaseBelow(read(window, table + (i << 3)), level);
            }
        }
        free(table, level);
        return bytes;
    }

    private long releaseBelow(long entry, int level) {
        int code = code(level, entry);
        if (isTable(code)) {
            return release(format.tableAddress(entry), code);
        }
        return code < 0 ? 0 : 1L << format.shift[level];
    }

    private long order(long word) {
        return format.bigEndian ? Long.reverseBytes(word) : word;
    }
}
