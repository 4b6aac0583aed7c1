// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.radix;

import java.util.function.LongFunction;

import org.sluice.machine.PhysicalMemory;
import org.sluice.spi.MappingSink;
import org.sluice.spi.TableView;

/** A radix table in memory as an inspector hands it out. Immutable view of memory that may change. */
public final class RadixTable implements TableView {
    /** Tables that point at each other could be visited for years; no honest address space has so many. */
    static final int MAX_TABLE_VISITS = 1 << 22;

    private final PhysicalMemory memory;
    private final RadixFormat format;
    private final long root;
    private final LongFunction<String> memoryType;

    /** @param memoryType vendor's name of the memory type that a leaf entry asks for; constants, or empty */
    public RadixTable(PhysicalMemory memory, RadixFormat format, long root, LongFunction<String> memoryType) {
        this.memory = memory;
        this.format = format;
        this.root = root;
        this.memoryType = memoryType;
    }

    public RadixFormat format() {
        return format;
    }

    public long root() {
        return root;
    }

    @Override
    public long identity() {
        return root;
    }

    @Override
    public void visit(MappingSink sink) {
        new RadixSweep(memory, format, new RadixSweep.Visitor() {
            private int visits;

            @Override
            public boolean table(long iova, int level, long entryAddress, long entry, long table, int below) {
                if (++visits <= MAX_TABLE_VISITS) {
                    return true;
                }
                sink.unknown(iova, iova + (1L << format.shift(level)) - 1, table);
                return false;
            }

            @Override
            public boolean leaf(long iova, int level, int pageShift, long entryAddress, long entry, long output, int permissions) {
                if (permissions == 0 || format.violations(level, true, entry) != 0) {
                    return true;
                }
                long last = pageShift >= Long.SIZE ? -1L : iova + (1L << pageShift) - 1;
                return sink.mapping(iova, last, output, permissions, memoryType.apply(entry));
            }

            @Override
            public boolean absent(long iova, long last, int level, long table) {
                return !memory.isRam(table) || sink.unknown(iova, last, table);
            }
        }).run(root);
    }
}
