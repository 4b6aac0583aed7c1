// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.inspect;

import static org.junit.Assert.assertEquals;

import org.junit.Test;

public class MappingMergerTest {
    private final MappingRuns runs = new MappingRuns();
    private final MappingMerger merger = new MappingMerger(runs);

    @Test
    public void neighboursThatMapOnAreOneRun() {
        merger.mapping(0x1000, 0x1fff, 0x91000, 3, "");
        merger.mapping(0x2000, 0x3fff, 0x92000, 3, "");
        merger.flush();
        assertEquals(1, runs.size());
        assertEquals(0x3fff, runs.last(0));
        assertEquals(2, merger.leaves());
        assertEquals(0x3000, merger.bytes());
    }

    @Test
    public void otherPermissionsMemoryTypeOrOutputStartARun() {
        merger.mapping(0x1000, 0x1fff, 0x91000, 3, "");
        merger.mapping(0x2000, 0x2fff, 0x92000, 1, "");
        merger.mapping(0x3000, 0x3fff, 0x93000, 1, "device");
        merger.mapping(0x4000, 0x4fff, 0x90000, 1, "device");
        merger.mapping(0x6000, 0x6fff, 0x92000, 1, "device");
        merger.flush();
        assertEquals(5, runs.size());
    }

    @Test
    public void nothingIsContiguousWithTheLastPageBelowTwoToThe64() {
        merger.mapping(-0x1000L, -1L, -0x1000L, 3, "");
        merger.flush();
        assertEquals(1, runs.size());
        assertEquals(-1L, runs.last(0));
    }

    @Test
    public void unknownTablesAreCountedAndTheFirstHundredListed() {
        for (long i = 0; i < 250; i++) {
            merger.unknown(0, 0xfff, i << 12);
        }
        assertEquals(250, merger.coverage().unknownCount());
        assertEquals(100, merger.coverage().unknown().size());
    }
}
