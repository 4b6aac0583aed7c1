// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.space;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

import org.junit.Test;
import org.sluice.api.space.Origin;
import org.sluice.api.space.OwnedRange;
import org.sluice.api.space.RangeKind;
import org.sluice.machine.AddressRange;
import org.sluice.testkit.Seed;

/** Ranges that are not for mapping, beside an owner for each page. */
public class ReservationsTest {
    private static final long PAGE = 4096;
    private static final int PAGES = 64;
    private static final RangeKind[] KINDS = RangeKind.values();

    private final Reservations reservations = new Reservations(List.of());

    private static OwnedRange owned(long start, long last, RangeKind kind) {
        return new OwnedRange(new AddressRange(start, last), kind, Origin.USER, "somebody");
    }

    /** What is around a free address must be free for whatever kind, and covered, and go as far as that holds. */
    @Test
    public void whatIsAroundIsFreeAndCoveredAsFarAsThatGoes() {
        Random random = Seed.random();
        int open = 0;
        for (int round = 0; round < 3_000; round++) {
            // At the bottom, in the middle and up to the last address there is.
            long base = new long[] {0, Long.MIN_VALUE - 20 * PAGE, -PAGES * PAGE}[round % 3];
            List<OwnedRange> ranges = new ArrayList<>();
            for (int i = random.nextInt(5); i > 0; i--) {
                int from = random.nextInt(PAGES);
                int to = Math.min(PAGES - 1, from + random.nextInt(12));
                ranges.add(owned(base + from * PAGE, base + to * PAGE + PAGE - 1, KINDS[random.nextInt(KINDS.length)]));
            }
            int low = random.nextInt(3) == 0 ? random.nextInt(PAGES) : 0;
            int high = low + random.nextInt(PAGES - low);
            boolean none = random.nextInt(20) == 0;
            AddressRange covered = none ? null : new AddressRange(base + low * PAGE, base + high * PAGE + PAGE - 1);
            reservations.set(ranges);
            boolean[] usable = new boolean[PAGES];
            for (int i = 0; i < PAGES; i++) {
                long at = base + i * PAGE;
                usable[i] = !none && i >= low && i <= high && ranges.stream().noneMatch(r -> r.range().contains(at));
            }
            for (int i = 0; i < 20; i++) {
                int from = random.nextInt(PAGES);
                int to = Math.min(PAGES - 1, from + random.nextInt(6));
                long start = base + from * PAGE;
                long last = base + to * PAGE + PAGE - 1;
                RangeKind kind = KINDS[random.nextInt(KINDS.length)];
                boolean free = ranges.stream().noneMatch(r -> r.range().overlaps(new AddressRange(start, last))
                        && !(r.kind() == kind && (kind == RangeKind.DOORBELL || kind == RangeKind.DIRECT)));
                assertEquals(free, reservations.isFree(start, last, kind));
                assertEquals(usable[from] ? roundAbout(base, usable, from) : null, reservations.around(start, covered));
                open += usable[from] ? 1 : 0;
            }
        }
        assertTrue("places that were open: " + open, open > 3_000);
    }

    private static AddressRange roundAbout(long base, boolean[] usable, int page) {
        int from = page;
        int to = page;
        while (from > 0 && usable[from - 1]) {
            from--;
        }
        while (to < PAGES - 1 && usable[to + 1]) {
            to++;
        }
        return new AddressRange(base + from * PAGE, base + to * PAGE + PAGE - 1);
    }

    @Test
    public void withoutARangeAllIsFree() {
        AddressRange all = new AddressRange(0, -1L);
        assertTrue(reservations.isFree(0x1000, 0x1fff, RangeKind.USER));
        assertEquals(all, reservations.around(0, all));
        assertEquals(all, reservations.around(-1L, all));
    }

    @Test
    public void whatIsKeptAndWhatUnitsTakeIsNotFree() {
        AddressRange covered = new AddressRange(0, 0xffff);
        OwnedRange window = owned(0x8000, 0x8fff, RangeKind.RESERVED);
        assertTrue(reservations.isFree(0x8000, 0x8fff, RangeKind.USER));
        reservations.keep(window);
        assertEquals(List.of(window), reservations.all());
        assertEquals(List.of(window), reservations.kept());
        assertFalse(reservations.isFree(0x8000, 0x8fff, RangeKind.USER));
        assertTrue(reservations.isFree(0x7000, 0x7fff, RangeKind.USER));
        assertEquals(new AddressRange(0, 0x7fff), reservations.around(0x7000, covered));
        reservations.set(List.of(owned(0x6000, 0x6fff, RangeKind.DOORBELL)));
        assertEquals(new AddressRange(0x7000, 0x7fff), reservations.around(0x7000, covered));
        assertFalse(reservations.isFree(0x6000, 0x6fff, RangeKind.USER));
        assertTrue(reservations.isFree(0x6000, 0x6fff, RangeKind.DOORBELL));
        assertNull("what one kind may use is not free for all", reservations.around(0x6000, covered));
        assertFalse(reservations.release(new AddressRange(0x8000, 0x8ffe)));
        assertFalse(reservations.isFree(0x8000, 0x8fff, RangeKind.USER));
        assertTrue(reservations.release(window.range()));
        assertEquals(new AddressRange(0x7000, 0xffff), reservations.around(0x7000, covered));
        assertNull("nothing is covered by all", reservations.around(0x7000, null));
        assertEquals(List.of(), reservations.kept());
    }

    @Test
    public void theLowestThatAMappingMeetsIsTold() {
        OwnedRange high = owned(0x8000, 0x8fff, RangeKind.RESERVED);
        OwnedRange low = owned(0x4000, 0x4fff, RangeKind.DIRECT);
        reservations.set(List.of(high, low, high));
        assertEquals("in order, and one that two say once", List.of(low, high), reservations.all());
        assertEquals(low, reservations.firstAgainst(0x4fff, 0x8000, RangeKind.USER));
        assertEquals(high, reservations.firstAgainst(0x4fff, 0x8000, RangeKind.DIRECT));
        assertEquals(null, reservations.firstAgainst(0x5000, 0x7fff, RangeKind.USER));
        assertEquals(null, reservations.firstAgainst(0x9000, -1L, RangeKind.USER));
        assertEquals(null, reservations.firstAgainst(0, 0x3fff, RangeKind.USER));
    }
}
