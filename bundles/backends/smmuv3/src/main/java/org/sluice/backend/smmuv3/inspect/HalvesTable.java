// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.inspect;

import org.sluice.api.Permissions;
import org.sluice.spi.MappingSink;
import org.sluice.spi.TableView;

/**
 * The tables of one requester: of both halves of the input addresses, or one of them, without permissions that it cannot use. Immutable.
 *
 * @param lower null if that half is switched off
 * @param upper null if there is none or it is switched off
 * @param granted bits of {@link Permissions} that the requester can use
 */
record HalvesTable(TableView lower, TableView upper, int upperBits, int granted) implements TableView {
    @Override
    public long identity() {
        long low = lower == null ? 0 : lower.identity();
        // Roots are aligned: the low bits are free to tell apart what can be used.
        long both = upper == null ? low : low ^ Long.rotateLeft(upper.identity(), 31) ^ (long) upperBits << 3;
        return both ^ (Permissions.ALL & ~granted);
    }

    @Override
    public void visit(MappingSink sink) {
        boolean[] going = {true};
        if (lower != null) {
            lower.visit(new Shifted(sink, 0, granted, going));
        }
        if (upper != null && going[0]) {
            upper.visit(new Shifted(sink, -1L << upperBits, granted, going));
        }
    }

    /** Moves a half to its place and remembers whether the sink has had enough. */
    private record Shifted(MappingSink sink, long base, int granted, boolean[] going) implements MappingSink {
        @Override
        public boolean mapping(long iova, long last, long output, int permissions, String memoryType) {
            int usable = permissions & granted;
            going[0] = usable == 0 || sink.mapping(iova + base, last + base, output, usable, memoryType);
            return going[0];
        }

        @Override
        public boolean unknown(long iova, long last, long tableAddress) {
            going[0] = sink.unknown(iova + base, last + base, tableAddress);
            return going[0];
        }
    }
}
