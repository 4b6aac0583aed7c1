// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.radix;

import org.sluice.machine.MemoryWindow;
import org.sluice.machine.PhysicalMemory;
import org.sluice.spi.DomainTable.DirtySink;

/** Pages of one table that hardware has marked as written, and how software takes the marks away. For little-endian formats. */
public final class RadixDirty {
    private final PhysicalMemory memory;
    private final RadixFormat format;
    private final long mask;
    private final long dirty;
    private final long clean;

    /**
     * @param mask bits of a leaf that tell
     * @param dirty what they are when the page was written
     * @param clean what they are made when the mark is taken away
     */
    public RadixDirty(PhysicalMemory memory, RadixFormat format, long mask, long dirty, long clean) {
        this.memory = memory;
        this.format = format;
        this.mask = mask;
        this.dirty = dirty;
        this.clean = clean;
    }

    /** Visits written pages that overlap the range, ascending, each as the leaf that maps it; with {@code clear} they are clean then. */
    public void visit(long root, long iova, long last, boolean clear, DirtySink out) {
        new RadixSweep(memory, format, new RadixSweep.Visitor() {
            @Override
            public boolean table(long at, int level, long entryAddress, long entry, long table, int below) {
                return overlaps(at, format.shift[level]);
            }

            @Override
            public boolean leaf(long at, int level, int pageShift, long entryAddress, long entry, long output, int permissions) {
                if ((entry & mask) == dirty && overlaps(at, pageShift)) {
                    if (clear) {
                        clean(entryAddress);
                    }
                    out.dirty(at, 1L << pageShift);
                }
                return Long.compareUnsigned(at, last) <= 0;
            }

            @Override
            public boolean absent(long at, long end, int level, long table) {
                return true;
            }

            private boolean overlaps(long at, int shift) {
                return Long.compareUnsigned(at, last) <= 0 && Long.compareUnsigned(at + ((1L << shift) - 1), iova) >= 0;
            }
        }).run(root);
    }

    /** Hardware may set the mark again at any time. */
    private void clean(long address) {
        MemoryWindow window = memory.window(address);
        for (long now = window.getLongAcquire(address); (now & mask) == dirty; now = window.getLongAcquire(address)) {
            if (window.compareAndSetLong(address, now, now & ~mask | clean)) {
                return;
            }
        }
    }
}
