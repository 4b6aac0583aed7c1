// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.inspect;

import java.util.ArrayList;
import java.util.List;

import org.sluice.api.InspectService.Coverage;
import org.sluice.spi.MappingSink;

/**
 * Joins leaves into runs: contiguous on both sides, equal permissions and memory type. Holds one run at a time. Not
 * thread-safe.
 */
final class MappingMerger implements MappingSink {
    private static final int UNKNOWN_LISTED = 100;

    /** Takes finished runs. */
    interface Runs {
        /** @param pageSizes log2 set of the sizes of the leaves; 0 if a leaf's size is no power of two */
        void run(long iova, long last, long output, int permissions, long pageSizes, String memoryType);
    }

    private final Runs runs;
    private final List<Long> unknown = new ArrayList<>();
    private long unknownCount;
    private long leaves;
    private long bytes;
    private boolean open;
    private long iova;
    private long last;
    private long output;
    private int permissions;
    private long pageSizes;
    private String memoryType;

    MappingMerger(Runs runs) {
        this.runs = runs;
    }

    @Override
    public boolean mapping(long from, long to, long target, int allowed, String type) {
        leaves++;
        long size = to - from + 1;
        bytes += size;
        long sizeBit = Long.bitCount(size) == 1 ? size : 0;
        if (open && from == last + 1 && target == output + (from - iova) && allowed == permissions && type.equals(memoryType)) {
            last = to;
            pageSizes |= sizeBit;
        } else {
            flush();
            open = true;
            iova = from;
            last = to;
            output = target;
            permissions = allowed;
            pageSizes = sizeBit;
            memoryType = type;
        }
        return !Thread.currentThread().isInterrupted();
    }

    @Override
    public boolean unknown(long from, long to, long tableAddress) {
        unknownCount++;
        if (unknown.size() < UNKNOWN_LISTED) {
            unknown.add(tableAddress);
        }
        return !Thread.currentThread().isInterrupted();
    }

    /** Hands out the last run. */
    void flush() {
        if (open) {
            runs.run(iova, last, output, permissions, pageSizes, memoryType);
            open = false;
        }
    }

    long leaves() {
        return leaves;
    }

    long bytes() {
        return bytes;
    }

    long unknownCount() {
        return unknownCount;
    }

    Coverage coverage() {
        return new Coverage(leaves, List.copyOf(unknown), unknownCount);
    }
}
