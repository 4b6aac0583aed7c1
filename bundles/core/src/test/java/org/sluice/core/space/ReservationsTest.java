// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.space;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
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

    /** What was found open must be free for whatever kind, and covered; and an answer is remembered as far as it holds, no further. */
    @Test
    public void whatIsOpenIsFreeAndCoveredAsFarAsThatGoes() {
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
            reservations.set(ranges, none ? null : new AddressRange(base + low * PAGE, base + high * PAGE + PAGE - 1));
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
                boolean before = reservations.isOpen(start, last - start + 1);
                assertTrue(!before || all(usable, from, to));
                boolean free = ranges.stream().noneMatch(r -> r.range().overlaps(new AddressRange(start, last))
                        && !(r.kind() == kind && (kind == RangeKind.DOORBELL || kind == RangeKind.DIRECT)));
                assertEquals(free, reservations.isFree(start, last, kind));
                if (free && usable[from]) {
                    isOpenRoundAbout(base, usable, from);
                    open++;
                }
            }
        }
        assertTrue("places that were open: " + open, open > 3_000);
    }

    private static boolean all(boolean[] usable, int from, int to) {
        boolean all = true;
        for (int i = from; i <= to; i++) {
            all &= usable[i];
        }
        return all;
    }

    private void isOpenRoundAbout(long base, boolean[] usable, int page) {
        int from = page;
        int to = page;
        while (from > 0 && usable[from - 1]) {
            from--;
        }
        while (to < PAGES - 1 && usable[to + 1]) {
            to++;
        }
        long start = base + from * PAGE;
        long size = (to - from + 1) * PAGE;
        assertTrue(reservations.isOpen(start, size));
        assertTrue(reservations.isOpen(start + size - 256, 256));
        assertFalse(reservations.isOpen(start, size + 256));
        assertFalse(reservations.isOpen(start - 256, 256));
        assertFalse("not a byte of what is in front", reservations.isOpen(start - 1, 1));
        assertFalse("nor of what is behind", reservations.isOpen(start + size, 1));
        assertFalse(reservations.isOpen(start - 256, size));
        assertFalse(reservations.isOpen(start + size, 256));
        assertEquals("up to the last address there is", start + size == 0, reservations.isOpen(start + size - 256, 256 - start - size));
    }

    @Test
    public void withoutARangeAllIsOpenOnceItWasAskedFor() {
        assertFalse("nobody has looked", reservations.isOpen(0, 256));
        assertTrue(reservations.isFree(0x1000, 0x1fff, RangeKind.USER));
        assertTrue(reservations.isOpen(0, -256L));
        assertTrue(reservations.isOpen(-256L, 256));
        assertTrue("0 to the last address", reservations.isOpen(0, 0));
        assertFalse(reservations.isOpen(256, 0));
    }

    /** Whatever changes what is free must make the answer that was remembered go. */
    @Test
    public void whatWasOpenIsNotWhenSomethingHasChanged() {
        OwnedRange window = owned(0x8000, 0x8fff, RangeKind.RESERVED);
        assertTrue(reservations.isFree(0x8000, 0x8fff, RangeKind.USER));
        assertTrue(reservations.isOpen(0x8000, PAGE));
        reservations.keep(window);
        assertEquals(List.of(window), reservations.all());
        assertEquals(List.of(window), reservations.kept());
        assertFalse(reservations.isOpen(0x8000, PAGE));
        assertFalse(reservations.isFree(0x8000, 0x8fff, RangeKind.USER));
        assertTrue(reservations.isFree(0x7000, 0x7fff, RangeKind.USER));
        assertTrue(reservations.isOpen(0, 0x8000));
        reservations.set(List.of(owned(0x6000, 0x6fff, RangeKind.DOORBELL)), new AddressRange(0, 0xffff));
        assertFalse(reservations.isOpen(0, 0x1000));
        assertFalse(reservations.isFree(0x6000, 0x6fff, RangeKind.USER));
        assertTrue(reservations.isFree(0x6000, 0x6fff, RangeKind.DOORBELL));
        assertFalse("what one kind may use is not open for all", reservations.isOpen(0x6000, 0x1000));
        assertFalse(reservations.release(new AddressRange(0x8000, 0x8ffe)));
        assertTrue(reservations.isFree(0x7000, 0x7fff, RangeKind.USER));
        assertFalse(reservations.isOpen(0x8000, PAGE));
        assertTrue(reservations.release(window.range()));
        assertFalse("asked for anew", reservations.isOpen(0x7000, PAGE));
        assertTrue(reservations.isFree(0x7000, 0x7fff, RangeKind.USER));
        assertTrue(reservations.isOpen(0x8000, PAGE));
        assertFalse("beyond what the units cover", reservations.isOpen(0x7000, 0x9100));
        assertEquals(List.of(), reservations.kept());
    }

    @Test
    public void theLowestThatAMappingMeetsIsTold() {
        OwnedRange high = owned(0x8000, 0x8fff, RangeKind.RESERVED);
        OwnedRange low = owned(0x4000, 0x4fff, RangeKind.DIRECT);
        reservations.set(List.of(high, low, high), new AddressRange(0, -1L));
        assertEquals("in order, and one that two say once", List.of(low, high), reservations.all());
        assertEquals(low, reservations.firstAgainst(0x4fff, 0x8000, RangeKind.USER));
        assertEquals(high, reservations.firstAgainst(0x4fff, 0x8000, RangeKind.DIRECT));
        assertEquals(null, reservations.firstAgainst(0x5000, 0x7fff, RangeKind.USER));
        assertEquals(null, reservations.firstAgainst(0x9000, -1L, RangeKind.USER));
        assertEquals(null, reservations.firstAgainst(0, 0x3fff, RangeKind.USER));
    }
}
