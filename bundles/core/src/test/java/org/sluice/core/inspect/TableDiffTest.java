// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.inspect;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNotNull;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import org.junit.Test;
import org.sluice.api.Difference;
import org.sluice.api.Mapping;
import org.sluice.machine.DeviceId;

public class TableDiffTest {
    private static final DeviceId DEVICE = DeviceId.pci(0, 0, 0x10);
    private static final int PAGES = 40;

    @Test
    public void equalListsDifferNowhereHoweverTheyAreCut() {
        MappingRuns whole = new MappingRuns();
        whole.run(0x1000, 0x3fff, 0x81000, 3, 0x1000, "");
        MappingRuns cut = new MappingRuns();
        cut.run(0x1000, 0x1fff, 0x81000, 3, 0x1000, "");
        cut.run(0x2000, 0x3fff, 0x82000, 3, 0x1000, "");
        assertTrue(diff(whole, cut).isEmpty());
    }

    @Test
    public void theTopPageOfTheAddressSpaceIsCompared() {
        MappingRuns left = new MappingRuns();
        left.run(-0x1000L, -1L, 0x5000, 1, 0x1000, "");
        List<Difference> found = diff(left, new MappingRuns());
        assertEquals(1, found.size());
        assertEquals("only-left", found.get(0).kind());
        assertEquals(-1L, found.get(0).left().last());
    }

    @Test
    public void randomListsDifferExactlyWherePageByPageComparisonSays() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int round = 0; round < 2_000; round++) {
            long[] left = pages(random);
            long[] right = pages(random);
            long[] told = new long[PAGES];
            for (Difference d : diff(runs(left, random), runs(right, random))) {
                mark(told, d);
            }
            for (int page = 0; page < PAGES; page++) {
                assertEquals("seed " + seed + " round " + round + " page " + page, expected(left[page], right[page]), told[page]);
            }
        }
    }

    private static List<Difference> diff(MappingRuns left, MappingRuns right) {
        List<Difference> found = new ArrayList<>();
        new TableDiff(DEVICE, -1, left, right, found::add).run();
        return found;
    }

    private static long[] pages(Random random) {
        long[] pages = new long[PAGES];
        for (int i = 0; i < PAGES; i++) {
            pages[i] = random.nextInt(3) == 0 ? 0 : 0x100L + (random.nextInt(4) == 0 ? random.nextInt(3) : 0) + i;
        }
        return pages;
    }

    private static MappingRuns runs(long[] pages, Random random) {
        MappingRuns runs = new MappingRuns();
        for (int i = 0; i < PAGES;) {
            int to = i + 1;
            while (pages[i] != 0 && to < PAGES && pages[to] == pages[to - 1] + 1 && random.nextInt(5) != 0) {
                to++;
            }
            if (pages[i] != 0) {
                runs.run((long) i << 12, ((long) to << 12) - 1, pages[i] << 12, 3, 0x1000, "");
            }
            i = to;
        }
        return runs;
    }

    private static long expected(long left, long right) {
        return left == right ? 0 : left == 0 ? 1 : right == 0 ? 2 : 3;
    }

    private static void mark(long[] told, Difference d) {
        Mapping mapping = d.left() != null ? d.left() : d.right();
        long kind = switch (d.kind()) {
            case "only-right" -> 1;
            case "only-left" -> 2;
            default -> 3;
        };
        if (kind == 1) {
            assertNull(d.left());
        } else {
            assertNotNull(d.left());
        }
        for (long page = mapping.iova() >>> 12; page <= mapping.last() >>> 12; page++) {
            assertEquals("told once", 0, told[(int) page]);
            told[(int) page] = kind;
        }
    }
}
