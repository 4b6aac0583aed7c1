// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.space;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;

import org.junit.Test;
import org.sluice.api.space.Placement;
import org.sluice.api.space.PlacementStatistics;
import org.sluice.api.space.RangeKind;
import org.sluice.machine.AddressRange;
import org.sluice.testkit.Seed;

/** Chosen addresses beside a set of pages and a search that looks at each of them. */
public class TruthTest {
    private static final long PAGE = 4096;
    private static final int PAGES = 2048;
    private static final List<AddressRange> EVERYWHERE = List.of(new AddressRange(0, -1L));

    private final Truth truth = new Truth(new RangeMap());

    @Test
    public void addressZeroIsChosenOnlyByAWindowThatTheRequestFills() {
        assertEquals(PAGE, find(PAGE, Placement.ANYWHERE));
        assertEquals(2 * PAGE, find(2 * PAGE, Placement.ANYWHERE));
        assertEquals(PAGE, find(256, Placement.BELOW_4G));
        assertEquals(0, find(PAGE, new Placement(new AddressRange(0, PAGE - 1), 0)));
        assertEquals(Truth.NONE, find(256, new Placement(new AddressRange(0, PAGE - 1), 0)));
        assertTrue(truth.insert(0, PAGE, 0, 0));
        assertEquals(Truth.NONE, find(PAGE, new Placement(new AddressRange(0, PAGE - 1), 0)));
    }

    @Test
    public void windowsAlignmentAndReservedRangesHold() {
        Placement window = new Placement(new AddressRange(0x1_2345, 0x2_ffff), 0x4000);
        assertEquals(0x1_4000, find(PAGE, window));
        assertEquals(0x2_0000, truth.find(PAGE, window, List.of(new AddressRange(0, 0x1_7ffe), new AddressRange(0x1_8001, -1L)), 0x8000));
        assertEquals(Truth.NONE, truth.find(PAGE, window, List.of(new AddressRange(0, 0x1_4ffe), new AddressRange(0x2_c001, -1L)), PAGE));
        assertEquals("64 bits", Truth.NONE, find(0x2_0000, window));
        assertEquals(-0x1000L, find(PAGE, new Placement(new AddressRange(-0x1800L, -1L), 0)));
    }

    /** Page 0 and page 2 are free below the last page in use; above it all the rest of 2^64 bytes is. */
    @Test
    public void howFullItIsIsToldFromTheFirstChosenAddressOn() {
        assertEquals(Optional.empty(), truth.placements());
        assertTrue(truth.insert(3 * PAGE, PAGE, 0, 0));
        assertEquals(PAGE, find(PAGE, Placement.ANYWHERE));
        assertTrue(truth.insert(PAGE, PAGE, 0, 0));
        assertEquals(Optional.of(new PlacementStatistics(4 * PAGE, 2 * PAGE, 2, -4 * PAGE)), truth.placements());
        assertEquals(PAGE, truth.remove(3 * PAGE, 4 * PAGE - 1));
        assertEquals(Optional.of(new PlacementStatistics(2 * PAGE, PAGE, 1, -2 * PAGE)), truth.placements());
    }

    /** Mappings that were there before the first address was chosen count, also those of a few bytes. */
    @Test
    public void whatWasMappedBeforeIsInTheWay() {
        assertTrue(truth.insert(PAGE + 256, 256, 0, 0));
        assertEquals(2 * PAGE, find(PAGE, Placement.ANYWHERE));
        assertEquals(PAGE, find(256, Placement.ANYWHERE));
        assertEquals(256, truth.remove(PAGE, 2 * PAGE - 1));
        assertEquals(PAGE, find(PAGE, Placement.ANYWHERE));
    }

    /** Ends within a granule lie where nothing was; what is free afterwards is what was mapped. */
    @Test
    public void endsWithinAGranuleGiveBackWhatLiesBetween() {
        Placement granule = new Placement(new AddressRange(PAGE + 256, PAGE + 511), 0);
        assertEquals(PAGE + 256, find(256, granule));
        assertTrue(truth.insert(PAGE + 256, 256, 0, 0));
        assertTrue(truth.insert(PAGE + 768, 256, 0, 0));
        assertEquals(Truth.NONE, find(256, granule));
        assertEquals("nothing is mapped there", 0, truth.remove(PAGE + 16, PAGE + 32));
        assertEquals(Truth.NONE, find(256, granule));
        assertEquals(RangeMap.CUT, truth.remove(PAGE + 256, PAGE + 800));
        assertEquals(Truth.NONE, find(256, granule));
        assertEquals(256, truth.remove(PAGE + 1, PAGE + 600));
        assertEquals(PAGE + 256, find(256, granule));
        assertEquals("the other one stays", Truth.NONE, find(256, new Placement(new AddressRange(PAGE + 768, PAGE + 1023), 0)));
    }

    /** Alignments and lengths up to half of all addresses are unsigned. */
    @Test
    public void theLargestAlignmentThereIsHolds() {
        assertEquals(Long.MIN_VALUE, find(PAGE, new Placement(new AddressRange(0, -1L), Long.MIN_VALUE)));
        assertEquals("aligned as it is long", Long.MIN_VALUE, find(Long.MIN_VALUE, Placement.ANYWHERE));
    }

    /** What tells that another unit holds it all has to know each mapping that there was; of those from before it knows nothing. */
    @Test
    public void permissionsAndOutputsAreThoseOfAllThatWasExpected() {
        assertEquals(0, truth.permissions());
        assertEquals(0, truth.highestOutput());
        truth.expect(1, 16 * PAGE + 5);
        assertEquals(1 << 1, truth.permissions());
        assertEquals("all bits that such outputs have", 32 * PAGE - 1, truth.highestOutput());
        truth.expect(Flags.of(2 | 8, RangeKind.RAM), 0);
        assertEquals(1 << 1 | 1 << 10, truth.permissions());
        truth.expect(1, 32 * PAGE - 1);
        assertEquals(32 * PAGE - 1, truth.highestOutput());
        truth.expect(1, 32 * PAGE);
        assertEquals(64 * PAGE - 1, truth.highestOutput());
        truth.expect(1, -PAGE);
        truth.expect(1, PAGE);
        assertEquals(-1L, truth.highestOutput());
        assertTrue(truth.insert(PAGE, PAGE, 16 * PAGE, 1));
        Truth restored = new Truth(truth.ranges());
        assertEquals(-1, restored.permissions());
        assertEquals(-1L, restored.highestOutput());
    }

    @Test
    public void aRandomMixOfPlaceMapUnmapAndCutMatchesASetOfPages() {
        Random random = Seed.random();
        Truth twin = new Truth(new RangeMap());
        BitSet used = new BitSet();
        List<AddressRange> usable = List.of(new AddressRange(0, 900 * PAGE - 1), new AddressRange(1000 * PAGE, PAGES * PAGE - 1));
        for (int step = 0; step < 40_000; step++) {
            int from = random.nextInt(PAGES - 64);
            int pages = 1 + random.nextInt(random.nextInt(8) == 0 ? 60 : 6);
            long start = from * PAGE;
            long last = start + pages * PAGE - 1;
            switch (random.nextInt(5)) {
                case 0 -> {
                    boolean fits = used.get(from, from + pages).isEmpty();
                    assertEquals(fits, truth.insert(start, pages * PAGE, start, 3));
                    if (fits) {
                        used.set(from, from + pages);
                    }
                    assertEquals(fits, twin.insert(start, pages * PAGE, start, 3));
                }
                case 1 -> {
                    long bytes = truth.remove(start, last);
                    assertEquals(bytes, twin.remove(start, last));
                    if (bytes > 0) {
                        used.clear(from, from + pages);
                    }
                }
                case 2 -> {
                    long bytes = used.get(from, from + pages).cardinality() * PAGE;
                    assertEquals(bytes, truth.cut(start, last));
                    assertEquals(bytes, twin.cut(start, last));
                    used.clear(from, from + pages);
                }
                default -> place(random, pages, usable, used, twin);
            }
        }
        List<Long> left = new ArrayList<>();
        RangeMap.Entry entry = new RangeMap.Entry();
        BitSet seen = new BitSet();
        for (boolean more = truth.ranges().first(0, entry); more; more = truth.ranges().next(entry)) {
            left.add(entry.start());
            seen.set((int) (entry.start() / PAGE), (int) (entry.last() / PAGE) + 1);
        }
        assertFalse(left.isEmpty());
        assertEquals(used, seen);
    }

    private void place(Random random, int pages, List<AddressRange> usable, BitSet used, Truth twin) {
        int low = random.nextInt(3) == 0 ? random.nextInt(PAGES) : 0;
        int high = Math.min(PAGES - 1, low + random.nextInt(PAGES));
        int alignment = random.nextBoolean() ? 0 : 1 << random.nextInt(6);
        Placement placement = new Placement(new AddressRange(low * PAGE, high * PAGE + PAGE - 1), alignment * PAGE);
        int grain = alignment == 0 ? Integer.lowestOneBit(pages) : alignment;
        long expected = Truth.NONE;
        for (int at = low == 0 && high == pages - 1 ? 0 : Math.max(low, 1); at + pages - 1 <= high && expected == Truth.NONE; at++) {
            boolean inOne = at + pages <= 900 || at >= 1000;
            if (at % grain == 0 && inOne && used.get(at, at + pages).isEmpty()) {
                expected = at * PAGE;
            }
        }
        assertEquals(expected, truth.find(pages * PAGE, placement, usable, PAGE));
        assertEquals("the same once more: nothing was taken", expected, truth.find(pages * PAGE, placement, usable, PAGE));
        assertEquals("the same calls, the same addresses", expected, twin.find(pages * PAGE, placement, usable, PAGE));
        if (expected != Truth.NONE) {
            assertTrue(truth.insert(expected, pages * PAGE, 0, 3));
            assertTrue(twin.insert(expected, pages * PAGE, 0, 3));
            used.set((int) (expected / PAGE), (int) (expected / PAGE) + pages);
        }
    }

    private long find(long size, Placement placement) {
        return truth.find(size, placement, EVERYWHERE, 1);
    }
}
