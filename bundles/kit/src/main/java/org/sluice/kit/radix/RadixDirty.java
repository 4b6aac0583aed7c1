// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.radix;

import org.sluice.machine.MemoryWindow;
import org.sluice.machine.PhysicalMemory;
import org.sluice.spi.DomainTable.DirtySink;

/**
 * Visits the pages of a table that hardware has marked as written, and takes the marks away. Hardware may go on marking meanwhile: a
 * mark is taken away in one atomic step, so each is told once. Not thread-safe against edits of the table.
 */
public final class RadixDirty {
    private final PhysicalMemory memory;
    private final RadixFormat format;
    private final long mask;
    private final long dirty;
    private final long clean;

    /**
     * @param mask bits of a leaf that tell; a leaf is dirty if they equal {@code dirty}, and becomes clean with {@code clean} in them
     */
    public RadixDirty(PhysicalMemory memory, RadixFormat format, long mask, long dirty, long clean) {
        this.memory = memory;
        this.format = format;
        this.mask = mask;
        this.dirty = dirty;
        this.clean = clean;
    }

    /**
     * Visits written pages that overlap {@code iova} to {@code last}, ascending; those of the upper half of a sign-extended format are
     * left out.
     */
    public void visit(long root, long iova, long last, boolean clear, DirtySink out) {
        table(root, format.levels - 1, 0, new Range(iova, last, clear, out));
    }

    /** What is asked for. */
    private record Range(long first, long last, boolean clear, DirtySink out) {
    }

    private void table(long table, int level, long base, Range range) {
        int shift = format.shift[level];
        MemoryWindow window = memory.window(table);
        long from = Long.compareUnsigned(range.first, base) > 0 ? range.first - base >>> shift : 0;
        long top = format.indexMask[level];
        for (long i = from; Long.compareUnsigned(i, top) <= 0 && window != null; i++) {
            long iova = base + (i << shift);
            if (Long.compareUnsigned(iova, range.last) > 0) {
                return;
            }
            long address = table + (i << 3);
            long entry = order(window.getLongAcquire(address));
            int code = RadixFormat.code(format.step(level, entry));
            if (code >= RadixFormat.LEAF) {
                int size = format.pageShift(level, code, entry);
                if (size >= 0 && (entry & mask) == dirty) {
                    page(window, address, iova, size, range);
                }
            } else if (code >= 0) {
                table(format.tableAddress(entry), code, iova, range);
            }
        }
    }

    private void page(MemoryWindow window, long address, long iova, int size, Range range) {
        while (range.clear) {
            long raw = window.getLongAcquire(address);
            if (window.compareAndSetLong(address, raw, order(order(raw) & ~mask | clean))) {
                break;
            }
        }
        range.out.dirty(iova & -(1L << size), 1L << size);
    }

    private long order(long word) {
        return format.bigEndian ? Long.reverseBytes(word) : word;
    }
}
