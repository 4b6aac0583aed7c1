// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi.model;

import org.sluice.backend.amdvi.lookup.Finding;
import org.sluice.backend.amdvi.lookup.Finding.Translated;
import org.sluice.backend.amdvi.lookup.InterruptFinding;
import org.sluice.backend.amdvi.model.AccessedDirty.Rules;
import org.sluice.kit.cache.ConfigurationCache;
import org.sluice.kit.cache.TranslationCache;
import org.sluice.kit.radix.DirectWalk;

/**
 * The unit's caches and what each command drops from them (section 2.4). Device table entries are cached together with what the GCR3
 * table says of a PASID, interrupt entries together with their half of the device table entry. Host translations are tagged with their
 * domain; those of guest and nested tables with domain and PASID, and counted as a domain of their own, because an invalidation of host
 * addresses drops all of them whatever their own address. Thread-safe.
 */
final class Invalidations {
    private static final int LOG2_ENTRIES = 14;
    /** Makes a number that no domain has; the lower bit keeps it from sharing the cache's counter with its domain. */
    private static final int GUEST = 1 << 16 | 1 << 8;

    private final ConfigurationCache<Context> devices;
    private final ConfigurationCache<InterruptFinding> interrupts;
    private final Events events;
    private final TranslationCache translations = new TranslationCache(LOG2_ENTRIES);
    /** Whether a finding that rests on guest tables may be cached: only these hang on pages, and looking for them takes a while. */
    private volatile boolean guests;
    /** Whether there was ever a context of guest tables; without one nobody looks for their translations. */
    private volatile boolean guestTranslations;

    Invalidations(ConfigurationCache<Context> devices, ConfigurationCache<InterruptFinding> interrupts, Events events) {
        this.devices = devices;
        this.interrupts = interrupts;
        this.events = events;
    }

    /** What is kept of a finding without tables. */
    Context context(Finding finding) {
        return new Context(translations, finding);
    }

    /**
     * What is kept of a finding with tables.
     *
     * @param direct null if they cannot be walked so
     */
    Context context(Translated tables, Rules rules, DirectWalk direct) {
        if (tables.guest() != null) {
            // Before any walk: an invalidation that does not see it has written what the walk will find.
            guestTranslations = true;
        }
        return new Context(translations, tag(tables), tables, rules, direct);
    }

    /** The tag under which translations by these tables are cached. */
    private static long tag(Translated context) {
        return context.guest() == null ? TranslationCache.tag(context.domain()) : guest(context.domain(), context.pasid());
    }

    private static long guest(int domain, int pasid) {
        return TranslationCache.tag(domain ^ GUEST, pasid);
    }

    /**
     * Has to be called before a finding that rests on guest tables is cached, and the structures read again if the answer is false: an
     * invalidation that came in between did not know of it.
     *
     * @return whether it was known already
     */
    boolean noteGuest() {
        boolean known = guests;
        guests = true;
        return known;
    }

    synchronized void everything() {
        settings();
        events.forgetAll();
        translations.invalidateAll();
    }

    /** Registers that findings rest on have changed. */
    synchronized void settings() {
        guests = false; // before the slots go: what is noted from here on may be in new ones
        devices.invalidate();
        interrupts.invalidate();
    }

    synchronized void device(int deviceId) {
        devices.invalidate((requester, pasid, kept) -> requester == deviceId);
        interrupts(deviceId);
        events.forget(deviceId);
    }

    synchronized void interrupts(int deviceId) {
        interrupts.invalidate((requester, data, finding) -> requester == deviceId);
    }

    /** Host addresses of a domain; guest translations that rest on them go as a whole, with the roots that were found through them. */
    void pages(int domain, long first, long last) {
        if (guests) {
            dropGuests(domain);
        }
        range(TranslationCache.tag(domain), first, last);
        if (guestTranslations) {
            translations.invalidateDomain(domain ^ GUEST);
        }
    }

    private synchronized void dropGuests(int domain) {
        devices.invalidate((requester, pasid, kept) -> kept.finding() instanceof Translated t && t.guest() != null && t.domain() == domain);
    }

    /** Guest addresses of one PASID, and its guest table's root. */
    synchronized void guestPages(int domain, int pasid, long first, long last) {
        if (guests) {
            devices.invalidate((requester, used, kept) -> kept.finding() instanceof Translated t && t.guest() != null && t.domain() == domain
                    && t.pasid() == pasid);
        }
        range(guest(domain, pasid), first, last);
    }

    private void range(long tag, long first, long last) {
        if (first == 0 && last == -1L) {
            translations.invalidateTag(tag);
        } else {
            translations.invalidateRange(tag, first, last);
        }
    }
}
