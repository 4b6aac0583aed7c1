// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.radix;

import java.util.function.LongFunction;

import org.sluice.api.Permissions;
import org.sluice.machine.MemoryWindow;
import org.sluice.machine.PhysicalMemory;
import org.sluice.spi.MappingSink;
import org.sluice.spi.TableView;

/**
 * The mappings of an inner table that is read through an outer one: inner leaves cut at the borders of outer pages. What the outer
 * table does not map is no mapping. Immutable view of memory that may change.
 */
public final class NestedTable implements TableView {
    private static final int PAGE = 4096;

    private final PhysicalMemory memory;
    private final RadixFormat inner;
    private final long innerRoot;
    private final RadixFormat outer;
    private final long outerRoot;
    private final LongFunction<String> memoryType;

    /** @param memoryType vendor's name of the memory type that an inner leaf asks for; constants, or empty */
    public NestedTable(PhysicalMemory memory, RadixFormat inner, long innerRoot, RadixFormat outer, long outerRoot,
            LongFunction<String> memoryType) {
        this.memory = memory;
        this.inner = inner;
        this.innerRoot = innerRoot;
        this.outer = outer;
        this.outerRoot = outerRoot;
        this.memoryType = memoryType;
    }

    /** Both roots, mixed: page addresses of 52 bits do not fit side by side. */
    @Override
    public long identity() {
        return innerRoot ^ Long.rotateLeft(outerRoot, 32) ^ 1;
    }

    @Override
    public void visit(MappingSink sink) {
        new Visit(sink).descend(innerRoot, inner.levels - 1, 0, Permissions.ALL);
    }

    private final class Visit {
        private final MappingSink sink;
        private final RadixWalker parent = new RadixWalker(memory);
        private int tables;

        Visit(MappingSink sink) {
            this.sink = sink;
        }

        boolean descend(long table, int level, long base, int granted) {
            long entries = inner.indexMask[level] + 1;
            if (++tables > RadixTable.MAX_TABLE_VISITS) {
                return sink.unknown(extend(base), extend(base + (entries << inner.shift[level]) - 1), table);
            }
            long perPiece = Math.min(entries, PAGE / Long.BYTES);
            for (long first = 0; first < entries; first += perPiece) {
                if (!piece(table + first * Long.BYTES, perPiece, level, base | first << inner.shift[level], granted)) {
                    return false;
                }
            }
            return true;
        }

        /** Entries of a table that lie in one page, as the outer table maps it. */
        private boolean piece(long address, long count, int level, long base, int granted) {
            long at = parent.walk(outer, outerRoot, address, Permissions.READ);
            MemoryWindow window = at < 0 ? null : memory.window(at);
            if (window == null) {
                boolean unknown = at < 0 ? RadixWalker.outcome(at) == RadixWalker.UNKNOWN_MEMORY : memory.isRam(at);
                return !unknown || sink.unknown(extend(base), extend(base + (count << inner.shift[level]) - 1),
                        at < 0 ? parent.entryAddress() : at);
            }
            for (long i = 0; i < count; i++) {
                long e = window.getLong(at + i * Long.BYTES);
                if (!entry(inner.bigEndian ? Long.reverseBytes(e) : e, level, base | i << inner.shift[level], granted)) {
                    return false;
                }
            }
            return true;
        }

        private boolean entry(long e, int level, long iova, int granted) {
            short step = inner.step(level, e);
            int code = RadixFormat.code(step);
            boolean leaf = code >= RadixFormat.LEAF;
            if (code < 0 || inner.violations(level, leaf, e) != 0) {
                return true;
            }
            int rights = granted & inner.permissions(step, leaf, e);
            if (!leaf) {
                return descend(inner.tableAddress(e), code, iova, rights);
            }
            int size = inner.pageShift(level, code, e);
            boolean replica = size > inner.shift[level] && (iova & (1L << size) - 1) != 0;
            return size < 0 || replica || rights == 0 || leaf(e, size, iova, rights);
        }

        /** Cuts a leaf at the borders of outer pages; a hole there is skipped by as much as the outer entry covers. */
        private boolean leaf(long e, int size, long iova, int rights) {
            long length = 1L << size;
            long start = inner.leafAddress(e) & -length;
            for (long done = 0; done < length;) {
                long output = parent.walk(outer, outerRoot, start + done, 0);
                int shift = output >= 0 ? parent.pageShift() : outer.shift[parent.level()];
                long covered = Math.min(length - done, (1L << shift) - (start + done & (1L << shift) - 1));
                int both = output >= 0 ? rights & parent.permissions() : 0;
                long from = extend(iova + done);
                if (both != 0 && !sink.mapping(from, from + covered - 1, output, both, memoryType.apply(e))) {
                    return false;
                }
                if (output < 0 && RadixWalker.outcome(output) == RadixWalker.UNKNOWN_MEMORY
                        && !sink.unknown(from, from + covered - 1, parent.entryAddress())) {
                    return false;
                }
                done += covered;
            }
            return true;
        }
    }

    /** Canonical form where the inner format takes sign-extended addresses. */
    private long extend(long iova) {
        int unused = Long.SIZE - inner.inputBits;
        return inner.signExtended ? iova << unused >> unused : iova;
    }
}
