// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi;

import static org.junit.Assert.assertEquals;

import java.util.ArrayList;
import java.util.List;

import org.junit.Test;
import org.sluice.backend.amdvi.layout.AmdViFormats;
import org.sluice.kit.radix.RadixFormat;
import org.sluice.testkit.radix.RadixFormatConformance;

/**
 * Host and guest tables under the suites that every format has to pass. The suites need room for a second table, so Mode 1 is left to
 * {@link HostTablesTest}; GCR3 tables grant nothing and are only looked up.
 */
public class AmdViFormatsTest extends RadixFormatConformance {
    @Override
    protected List<RadixFormat> formats() {
        List<RadixFormat> list = new ArrayList<>();
        for (int mode = 2; mode <= AmdViFormats.MAX_HOST_LEVELS; mode++) {
            list.add(AmdViFormats.host(mode));
        }
        list.add(AmdViFormats.guestTables(4, true));
        list.add(AmdViFormats.guestTables(5, true));
        list.add(AmdViFormats.guestTables(4, false));
        return list;
    }

    @Test
    public void everyLevelListsItsPageSizes() {
        var levels = AmdViFormats.host(6).description().levels();
        assertEquals(List.of(), levels.get(0).leafSizes());
        assertEquals(List.of(1L << 48, 1L << 49, 1L << 50, 1L << 51, 1L << 52), levels.get(1).leafSizes());
        assertEquals(9, levels.get(4).leafSizes().size());
        assertEquals(List.of(1L << 12, 1L << 13, 1L << 14, 1L << 15, 1L << 16, 1L << 17, 1L << 18, 1L << 19, 1L << 20), levels.get(5).leafSizes());
        assertEquals(4096, levels.get(0).tableBytes());
    }
}
