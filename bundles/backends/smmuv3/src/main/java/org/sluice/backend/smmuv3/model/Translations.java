// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.model;

import org.sluice.backend.smmuv3.layout.StreamEntry;
import org.sluice.backend.smmuv3.lookup.Finding;
import org.sluice.backend.smmuv3.lookup.Finding.Stage1;
import org.sluice.backend.smmuv3.lookup.Finding.Translated;
import org.sluice.backend.smmuv3.lookup.StageWalker;
import org.sluice.kit.cache.TranslationCache;
import org.sluice.kit.radix.DirectWalk;

/**
 * Cached translations and what each TLBI command drops (section 4.4). A translation of EL1 belongs to its VMID and, unless its page is
 * global, its ASID; nested ones are of that kind too and not dropped by intermediate address. One of stage 2 alone belongs to its VMID.
 * EL2 has no VMID. Privileged streams have entries of their own, since the same page permits them other things.
 *
 * <p>More may be dropped than a command names (the cache counts by hashes), never less. Thread-safe.
 */
final class Translations {
    private static final int LOG2_ENTRIES = 14;
    private static final int PAGE = (1 << 12) - 1;
    private static final int CANONICAL = 8;

    /** Kinds of entries, in the low bits of the cache's domain, so that no two kinds of a VMID share a counter. */
    private static final int TAGGED = 0;
    private static final int GLOBAL = 1;
    private static final int STAGE_2 = 2;
    private static final int PRIVILEGED = 4;
    private static final int KIND_BITS = 3;
    /** The VMID of EL2, which has none. */
    private static final int NO_VMID = 0;

    private final TranslationCache guests = new TranslationCache(LOG2_ENTRIES);
    private final TranslationCache hypervisor;
    /** Whether a global page was ever cached; without one nobody looks for any. */
    private volatile boolean globals;
    /** Whether there was ever a context of stage 1, whose pages may be global, or a privileged one; else nobody looks for what they translate. */
    private volatile boolean firstStage;
    private volatile boolean privileged;

    /** @param el2 whether there are streams of EL2 */
    Translations(boolean el2) {
        hypervisor = new TranslationCache(el2 ? LOG2_ENTRIES : 2);
    }

    private static boolean el2(Translated context) {
        return context.first() != null && context.first().world() == StreamEntry.WORLD_EL2;
    }

    private TranslationCache cache(Translated context) {
        return el2(context) ? hypervisor : guests;
    }

    private static int domain(int vmid, int kind) {
        return vmid << KIND_BITS | kind;
    }

    private static int privilege(Translated context) {
        return context.stream().privileged() ? PRIVILEGED : 0;
    }

    /** The tag of a context's translations that are not global. */
    static long tag(Translated context) {
        Stage1 first = context.first();
        int privilege = privilege(context);
        if (first == null) {
            return TranslationCache.tag(domain(context.second().vmid(), STAGE_2 | privilege));
        }
        return first.tagged() ? TranslationCache.tag(domain(vmid(context), TAGGED | privilege), first.asid()) : globalTag(context);
    }

    private static int vmid(Translated context) {
        return el2(context) ? NO_VMID : context.stream().vmid();
    }

    private static long globalTag(Translated context) {
        return TranslationCache.tag(domain(vmid(context), GLOBAL | privilege(context)));
    }

    /**
     * What is kept of a finding; translations of pages that are not global are found by it. What kinds of translations may be cached is noted
     * before any walk: an invalidation that does not see it has written what the walk will find.
     *
     * @param direct as {@link Context} takes it; null without tables
     */
    Context context(Finding finding, DirectWalk direct) {
        if (!(finding instanceof Translated tables)) {
            return new Context(guests, finding);
        }
        if (tables.stream().privileged()) {
            privileged = true;
        }
        if (tables.first() != null) {
            firstStage = true;
        }
        return new Context(cache(tables), tag(tables), tables, direct);
    }

    /** The output address if a global page is cached that permits the access; else less than 0. */
    long findGlobal(Translated context, long address, int need) {
        return !globals || context.first() == null ? TranslationCache.MISS : cache(context).translate(globalTag(context), address, need);
    }

    /**
     * What {@link #fill} wants to know of the time before the walk. Whether the page is global only the walk tells; the ticket of
     * the other pages does for it, because whatever drops global pages drops some of those first, or counts as a range.
     */
    long ticket(Translated context, long tag) {
        return cache(context).ticket(tag);
    }

    /** Caches what the walker has found; {@code ticket} is from before the walk. */
    void fill(Translated context, long tag, long ticket, StageWalker walker, long address, long output, int permissions) {
        TranslationCache cache = cache(context);
        if (context.first() == null || !context.first().tagged() || !walker.global()) {
            cache.fill(ticket, tag, address, walker.pageShift(), output, permissions);
            return;
        }
        globals = true;
        long own = globalTag(context);
        // Read before the other, which an invalidation counts before: if that is as it was, this is from before the invalidation.
        long now = cache.ticket(own);
        if (cache.ticket(tag) == ticket) {
            cache.fill(now, own, address, walker.pageShift(), output, permissions);
        }
    }

    /** TLBI_NSNH_ALL. */
    void allGuests() {
        guests.invalidateAll();
    }

    /** TLBI_NH_ALL: what stage 1 of a VMID has translated, nested too. */
    void stage1(int vmid) {
        drop(vmid, TAGGED);
        drop(vmid, GLOBAL);
    }

    /** TLBI_S12_VMALL. */
    void bothStages(int vmid) {
        stage1(vmid);
        drop(vmid, STAGE_2);
    }

    /** TLBI_NH_ASID: global pages stay. */
    void asid(int vmid, int asid) {
        dropTag(guests, domain(vmid, TAGGED), asid);
    }

    /** TLBI_NH_VA: those of the ASID, and global ones. */
    void addresses(int vmid, int asid, long start, long last) {
        dropRange(guests, domain(vmid, TAGGED), asid, start, last);
        dropGlobals(guests, vmid, start, last);
    }

    private void dropGlobals(TranslationCache cache, int vmid, long start, long last) {
        if (firstStage) {
            dropRange(cache, domain(vmid, GLOBAL), start, last);
        }
    }

    /** TLBI_NH_VAA. */
    void addressesOfAll(int vmid, long start, long last) {
        dropRangeOfDomain(guests, domain(vmid, TAGGED), start, last);
        dropGlobals(guests, vmid, start, last);
    }

    /** TLBI_S2_IPA: nested translations stay, which software drops by TLBI_NH_ALL afterwards. */
    void intermediate(int vmid, long start, long last) {
        dropRange(guests, domain(vmid, STAGE_2), start, last);
    }

    void hypervisor() {
        hypervisor.invalidateAll();
    }

    void hypervisorAsid(int asid) {
        dropTag(hypervisor, domain(NO_VMID, TAGGED), asid);
    }

    void hypervisorAddresses(int asid, long start, long last) {
        dropRange(hypervisor, domain(NO_VMID, TAGGED), asid, start, last);
        dropGlobals(hypervisor, NO_VMID, start, last);
    }

    void hypervisorAddressesOfAll(long start, long last) {
        dropRangeOfDomain(hypervisor, domain(NO_VMID, TAGGED), start, last);
        dropGlobals(hypervisor, NO_VMID, start, last);
    }

    private void drop(int vmid, int kind) {
        guests.invalidateDomain(domain(vmid, kind));
        guests.invalidateDomain(domain(vmid, kind | PRIVILEGED));
    }

    private static void dropTag(TranslationCache cache, int domain, int asid) {
        cache.invalidateTag(TranslationCache.tag(domain, asid));
        cache.invalidateTag(TranslationCache.tag(domain | PRIVILEGED, asid));
    }

    private void dropRange(TranslationCache cache, int domain, int asid, long start, long last) {
        dropRange(cache, TranslationCache.tag(domain, asid), start, last);
        if (privileged) {
            dropRange(cache, TranslationCache.tag(domain | PRIVILEGED, asid), start, last);
        }
    }

    private void dropRange(TranslationCache cache, int domain, long start, long last) {
        dropRange(cache, TranslationCache.tag(domain), start, last);
        if (privileged) {
            dropRange(cache, TranslationCache.tag(domain | PRIVILEGED), start, last);
        }
    }

    /** Where the top byte takes no part, entries are cached without it; software may name it or not. */
    private static void dropRange(TranslationCache cache, long tag, long start, long last) {
        cache.invalidateRange(tag, start & ~(long) PAGE, last | PAGE);
        if (canonical(start) != start) {
            cache.invalidateRange(tag, canonical(start) & ~(long) PAGE, canonical(last) | PAGE);
        }
    }

    private static void dropRangeOfDomain(TranslationCache cache, int domain, long start, long last) {
        for (int one : new int[] {domain, domain | PRIVILEGED}) {
            cache.invalidateRangeOfDomain(one, start & ~(long) PAGE, last | PAGE);
            if (canonical(start) != start) {
                cache.invalidateRangeOfDomain(one, canonical(start) & ~(long) PAGE, canonical(last) | PAGE);
            }
        }
    }

    private static long canonical(long address) {
        return address << CANONICAL >> CANONICAL;
    }
}
