// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.model;

import org.sluice.backend.vtd.layout.Vtd;
import org.sluice.backend.vtd.lookup.Finding;
import org.sluice.backend.vtd.lookup.Finding.Translated;
import org.sluice.kit.cache.TranslationCache;
import org.sluice.kit.radix.DirectWalk;

/**
 * What each invalidation drops (section 6.5), whichever way it was asked for. Second-stage entries are tagged with their domain;
 * those of first-stage and nested tables with domain and PASID, and counted as a domain of their own, because a page-selective
 * invalidation of a domain drops all of these whatever their address.
 */
final class Invalidations {
    private static final int PAGE_SHIFT = Integer.numberOfTrailingZeros(Vtd.PAGE_BYTES);
    private static final int LOG2_ENTRIES = 14;
    /** Makes a number that no domain id has; the lower bit keeps it from sharing the cache's counter with its domain. */
    private static final int FIRST_STAGE = 1 << 16 | 1 << 8;
    /** Source id bits that FM ignores (section 6.5.1). */
    private static final int[] IGNORED = {0, 4, 6, 7};

    private final ContextCache contexts;
    private final InterruptCache interrupts;
    private final TranslationCache translations = new TranslationCache(LOG2_ENTRIES);
    /** Whether there was ever a context of first-stage or nested tables; without one nobody looks for their translations. */
    private volatile boolean firstStage;

    Invalidations(ContextCache contexts, InterruptCache interrupts) {
        this.contexts = contexts;
        this.interrupts = interrupts;
    }

    /**
     * What is kept of a finding.
     *
     * @param direct null if there are no tables, or they cannot be walked so
     */
    Context context(Finding finding, DirectWalk direct) {
        if (!(finding instanceof Translated tables)) {
            return new Context(translations, finding);
        }
        if (tables.first() != null) {
            // Before any walk: an invalidation that does not see it has written what the walk will find.
            firstStage = true;
        }
        return new Context(translations, tag(tables), tables, direct);
    }

    /** The tag under which translations by these tables are cached. */
    private static long tag(Translated context) {
        return context.first() == null ? TranslationCache.tag(context.domain()) : firstStage(context.domain(), context.pasid());
    }

    private static long firstStage(int domain, int pasid) {
        return TranslationCache.tag(domain ^ FIRST_STAGE, pasid);
    }

    void everything() {
        contexts.invalidate();
        translations.invalidateAll();
    }

    void interrupts() {
        interrupts.invalidate();
    }

    void interrupts(int index, int mask) {
        interrupts.invalidate(index, mask);
    }

    void contexts() {
        contexts.invalidate();
    }

    /** Entries of scalable mode have no domain of their own: there the scope is everything. */
    void contextsOfDomain(int domain, boolean scalable) {
        contexts.invalidate((sourceId, pasid, did) -> scalable || did == domain);
    }

    void contextsOfDevice(int domain, int sourceId, int mask, boolean scalable) {
        contexts.invalidate((sid, pasid, did) -> (scalable || did == domain) && ((sid ^ sourceId) & ~IGNORED[mask]) == 0);
    }

    void pasidsOfDomain(int domain) {
        contexts.invalidate((sourceId, pasid, did) -> did == domain);
    }

    /** @param pasid as the PASID table counts them, RID_PASID too */
    void pasid(int domain, int pasid) {
        contexts.invalidate((sid, used, did) -> did == domain && used == pasid);
    }

    void translations(boolean all, int domain) {
        if (all) {
            translations.invalidateAll();
        } else {
            translations.invalidateDomain(domain);
            translations.invalidateDomain(domain ^ FIRST_STAGE);
        }
    }

    void pages(int domain, long address, int mask) {
        range(TranslationCache.tag(domain), address, mask);
        if (firstStage) {
            translations.invalidateDomain(domain ^ FIRST_STAGE);
        }
    }

    void translationsOfPasid(int domain, int pasid) {
        translations.invalidateTag(firstStage(domain, pasid));
    }

    void pagesOfPasid(int domain, int pasid, long address, int mask) {
        range(firstStage(domain, pasid), address, mask);
    }

    private void range(long tag, long address, int mask) {
        if (mask + PAGE_SHIFT >= Long.SIZE) {
            translations.invalidateTag(tag);
            return;
        }
        long offset = (1L << mask + PAGE_SHIFT) - 1;
        translations.invalidateRange(tag, address & ~offset, address | offset);
    }
}
