// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.inspect;

import org.sluice.spi.MappingSink;
import org.sluice.spi.TableView;

/** The tables of both halves of the input addresses; either may be null. Immutable. */
record HalvesTable(TableView lower, TableView upper, int upperBits) implements TableView {
    @Override
    public long identity() {
        long low = lower == null ? 0 : lower.identity();
        return upper == null ? low : low ^ Long.rotateLeft(upper.identity(), 31) ^ upperBits;
    }

    @Override
    public void visit(MappingSink sink) {
        boolean[] going = {true};
        if (lower != null) {
            lower.visit(new Shifted(sink, 0, going));
        }
        if (upper != null && going[0]) {
            upper.visit(new Shifted(sink, -1L << upperBits, going));
        }
    }

    /** Moves a half to its place and remembers whether the sink has had enough. */
    private record Shifted(MappingSink sink, long base, boolean[] going) implements MappingSink {
        @Override
        public boolean mapping(long iova, long last, long output, int permissions, String memoryType) {
            going[0] = sink.mapping(iova + base, last + base, output, permissions, memoryType);
            return going[0];
        }

        @Override
        public boolean unknown(long iova, long last, long tableAddress) {
            going[0] = sink.unknown(iova + base, last + base, tableAddress);
            return going[0];
        }
    }
}
