// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.cache;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import org.junit.Test;
import org.sluice.api.Permissions;
import org.sluice.kit.radix.PageWord;

public class TranslationCacheTest {
    private static final long TAG = TranslationCache.tag(7);
    private static final long OTHER = TranslationCache.tag(8);
    private static final long K4 = 0x1000;
    private static final long M2 = 0x20_0000;

    private final TranslationCache cache = new TranslationCache(10);

    private void fill(long tag, long iova, int shift, long output) {
        assertTrue(cache.fill(cache.ticket(tag), tag, iova, shift, output, Permissions.READ_WRITE));
    }

    private long read(long tag, long iova) {
        return cache.translate(tag, iova, Permissions.READ);
    }

    @Test
    public void aRangeOfADomainIsDroppedInAllItsPasids() {
        TranslationCache cache = new TranslationCache(8);
        long[] tags = {TranslationCache.tag(5), TranslationCache.tag(5, 1), TranslationCache.tag(5, 9), TranslationCache.tag(6, 1)};
        for (long tag : tags) {
            assertTrue(cache.fill(cache.ticket(tag), tag, 0x10_0000, 12, 0x4000_0000L, 3));
            assertTrue(cache.fill(cache.ticket(tag), tag, 0x20_0000, 21, 0x8000_0000L, 3));
            assertTrue(cache.fill(cache.ticket(tag), tag, -0x1000L, 12, 0x9000_0000L, 3));
        }
        long before = cache.ticket(tags[3]);
        cache.invalidateRangeOfDomain(5, 0x10_0fff, 0x2f_ffffL);
        for (long tag : tags) {
            boolean other = tag == tags[3];
            assertEquals(other, cache.find(tag, 0x10_0008) != PageWord.NONE);
            assertEquals(other, cache.find(tag, 0x3f_fff8) != PageWord.NONE);
            assertTrue("beyond the range", cache.find(tag, -8) != PageWord.NONE);
        }
        assertFalse("a walk under way must not fill", cache.fill(before, tags[3], 0x30_0000, 12, 0, 3));
    }

    @Test
    public void aPageIsFoundAtEachOfItsAddressesAndNowhereElse() {
        fill(TAG, 0x1234_5678L, 12, 0xabcd_e678L);
        assertEquals(0xabcd_e000L, read(TAG, 0x1234_5000L));
        assertEquals(0xabcd_efffL, read(TAG, 0x1234_5fffL));
        assertEquals(TranslationCache.MISS, read(TAG, 0x1234_4fffL));
        assertEquals(TranslationCache.MISS, read(TAG, 0x1234_6000L));
        assertEquals(TranslationCache.MISS, read(OTHER, 0x1234_5000L));
        assertEquals(TranslationCache.MISS, read(TranslationCache.tag(7, 0), 0x1234_5000L));
    }

    @Test
    public void everyPageSizeKeepsAddressSizeAndPermissions() {
        for (int shift = 10; shift <= 57; shift++) {
            for (int permissions = 0; permissions <= Permissions.ALL; permissions++) {
                TranslationCache fresh = new TranslationCache(4);
                long iova = 0xfedc_ba98_7654_3210L;
                long output = 0x7123_4567_89ab_cdefL & -1L << shift | iova & (1L << shift) - 1;
                assertTrue(fresh.fill(fresh.ticket(TAG), TAG, iova, shift, output, permissions));
                long entry = fresh.find(TAG, iova);
                assertEquals(output, PageWord.output(entry, iova));
                assertEquals(shift, PageWord.shift(entry));
                assertEquals(permissions, PageWord.permissions(entry));
            }
        }
    }

    @Test
    public void pagesOfSeveralSizesLiveTogether() {
        fill(TAG, 0, 12, 0x10_0000);
        fill(TAG, M2, 21, 0x40_0000);
        fill(TAG, 1L << 30, 30, 1L << 32);
        assertEquals(0x10_0042, read(TAG, 0x42));
        assertEquals(0x40_0000 + 0x1_2345, read(TAG, M2 + 0x1_2345));
        assertEquals((1L << 32) + 0x3fff_ffff, read(TAG, (1L << 30) + 0x3fff_ffff));
    }

    @Test
    public void aMissingPermissionIsToldFromAMiss() {
        assertTrue(cache.fill(cache.ticket(TAG), TAG, 0, 12, 0x5000, Permissions.READ));
        assertEquals(0x5000, cache.translate(TAG, 0, Permissions.READ));
        assertEquals(TranslationCache.DENIED, cache.translate(TAG, 0, Permissions.WRITE));
        assertEquals(TranslationCache.DENIED, cache.translate(TAG, 0, Permissions.READ_WRITE));
        assertEquals(TranslationCache.MISS, cache.translate(TAG, K4, Permissions.WRITE));
    }

    @Test
    public void aSecondFillReplacesTheFirst() {
        fill(TAG, 0, 12, 0x5000);
        fill(TAG, 0, 12, 0x6000);
        assertEquals(0x6000, read(TAG, 0));
        cache.invalidateRange(TAG, 0, 0);
        assertEquals(TranslationCache.MISS, read(TAG, 0));
    }

    @Test
    public void invalidationDropsWhatItNames() {
        long pasid = TranslationCache.tag(7, 3);
        fillThree(pasid);
        cache.invalidateAll();
        assertMissing(TAG, pasid, OTHER);
        fillThree(pasid);
        cache.invalidateDomain(7);
        assertMissing(TAG, pasid);
        assertEquals(0x7000, read(OTHER, 0));
        fillThree(pasid);
        cache.invalidateTag(pasid);
        assertMissing(pasid);
        assertEquals(0x5000, read(TAG, 0));
        assertEquals(0x7000, read(OTHER, 0));
    }

    private void fillThree(long pasid) {
        fill(TAG, 0, 12, 0x5000);
        fill(pasid, 0, 12, 0x6000);
        fill(OTHER, 0, 12, 0x7000);
    }

    private void assertMissing(long... tags) {
        for (long tag : tags) {
            assertEquals(TranslationCache.MISS, read(tag, 0));
        }
    }

    @Test
    public void aRangeDropsItsPagesAndLargerOnesThatOverlap() {
        for (int i = 0; i < 16; i++) {
            fill(TAG, i * K4, 12, 0x10_0000 + i * K4);
        }
        fill(TAG, M2, 21, 0x40_0000);
        fill(TAG, 0, 30, 0);
        cache.invalidateRange(TAG, 3 * K4 + 5, 5 * K4);
        // Nothing is left of the 1 GiB page, so whatever is found is one of the smaller.
        for (int i = 0; i < 16; i++) {
            assertEquals(i >= 3 && i <= 5 ? TranslationCache.MISS : 0x10_0000 + i * K4, read(TAG, i * K4));
        }
        assertEquals(0x40_0000, read(TAG, M2));
        cache.invalidateRange(TAG, 2 * M2 - 1, 2 * M2 - 1);
        assertEquals(TranslationCache.MISS, read(TAG, M2));
        assertEquals(0x10_0000, read(TAG, 0));
    }

    /** In a cache of two sets most pages share theirs; each has to go when it is named, wherever in the set it is, and its neighbour stays. */
    @Test
    public void aRangeDropsPagesThatShareASetOneByOne() {
        TranslationCache tiny = new TranslationCache(2);
        int neighbours = 0;
        for (long i = 1; i < 1000; i++) {
            long page = i * K4;
            assertTrue(tiny.fill(tiny.ticket(TAG), TAG, page, 12, page, Permissions.READ));
            boolean before = tiny.find(TAG, page - K4) != PageWord.NONE;
            if (i % 3 == 0) {
                tiny.invalidateRange(TAG, page, page);
                assertEquals(PageWord.NONE, tiny.find(TAG, page));
                assertEquals("beside it", before, tiny.find(TAG, page - K4) != PageWord.NONE);
                neighbours += before ? 1 : 0;
            } else if (i % 3 == 1) {
                tiny.invalidateRangeOfDomain(7, page, page);
                assertEquals(PageWord.NONE, tiny.find(TAG, page));
            }
        }
        assertTrue("rounds in which two were there: " + neighbours, neighbours > 100);
    }

    @Test
    public void aLongRangeAndTheEndOfTheAddressSpaceAreCovered() {
        fill(TAG, -K4, 12, 0x5000);
        fill(TAG, 0, 12, 0x6000);
        fill(OTHER, 0, 12, 0x7000);
        cache.invalidateRange(TAG, -K4, -1);
        assertEquals(TranslationCache.MISS, read(TAG, -1));
        assertEquals(0x6000, read(TAG, 0));
        cache.invalidateRange(TAG, 0, -1);
        assertMissing(TAG);
        assertEquals(0x7000, read(OTHER, 0));
    }

    @Test
    public void anyRangeEndsTheTicketsOfAllTags() {
        for (long last : new long[] {0, 1L << 40}) {
            long ticket = cache.ticket(OTHER);
            cache.invalidateRange(TAG, 0, last);
            assertFalse(cache.fill(ticket, OTHER, 0, 12, 0x5000, Permissions.READ));
        }
    }

    @Test
    public void aFillIsRefusedAfterAnInvalidationDuringTheWalk() {
        Runnable[] invalidations = {cache::invalidateAll, () -> cache.invalidateDomain(7), () -> cache.invalidateTag(TAG),
            () -> cache.invalidateRange(TAG, 0, 0)};
        for (Runnable invalidation : invalidations) {
            long ticket = cache.ticket(TAG);
            invalidation.run();
            assertFalse(cache.fill(ticket, TAG, 0, 12, 0x5000, Permissions.READ));
            assertMissing(TAG);
        }
    }

    @Test
    public void displacementNeverMixesEntries() {
        TranslationCache tiny = new TranslationCache(2);
        for (int round = 0; round < 4; round++) {
            for (long i = 0; i < 1000; i++) {
                tiny.fill(tiny.ticket(TAG), TAG, i * K4, 12, i * 3 * K4, Permissions.READ);
                assertEquals(i * 3 * K4, tiny.translate(TAG, i * K4, Permissions.READ));
                long probe = i / 2 * K4;
                long found = tiny.translate(TAG, probe, Permissions.READ);
                assertTrue(found == TranslationCache.MISS || found == probe * 3);
            }
        }
    }

    /** Stamps have fewer bits than the counters; what is old is swept out before they repeat. */
    @Test
    public void oldEntriesAreSweptOut() {
        TranslationCache swept = new TranslationCache(4, 8);
        for (int i = 0; i < 100; i++) {
            assertTrue(swept.fill(swept.ticket(TAG), TAG, 0, 12, i * K4, Permissions.READ));
            assertEquals(i * K4, swept.translate(TAG, 0, Permissions.READ));
            swept.invalidateAll();
            assertEquals(TranslationCache.MISS, swept.translate(TAG, 0, Permissions.READ));
        }
    }

    @Test
    public void oddSizesAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> new TranslationCache(1));
        assertThrows(IllegalArgumentException.class, () -> new TranslationCache(25));
        assertFalse(cache.fill(cache.ticket(TAG), TAG, 0, 9, 0, Permissions.READ));
    }
}
