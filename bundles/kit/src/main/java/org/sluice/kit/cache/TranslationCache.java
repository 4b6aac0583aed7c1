// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.cache;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * The cache of translations (IOTLB) of a unit's model. An entry belongs to a tag - a domain, or a PASID of a domain - and covers
 * one page of any size from 1 KiB. It stays until it is invalidated or displaced, however the tables change meanwhile, as in
 * hardware. Capacity is fixed and nothing is allocated after construction.
 *
 * <p>Invalidating costs the same however much is cached: everything, a domain and a tag by counting up, a range by probing where
 * its pages could be, or its domain if they are many. More than what was named may be dropped, never less.
 *
 * <p>A caller that misses walks its tables and fills the cache. So that an invalidation in between is not lost, it takes a
 * {@linkplain #ticket ticket} before the walk; a fill with an outdated ticket does nothing. Once an {@code invalidate} has
 * returned, no search finds what it named.
 *
 * <p>Safe for any number of threads. Searches take no lock and write nothing; a fill that meets another in the same place gives
 * up; an invalidation waits for a fill of a few stores.
 */
public final class TranslationCache {
    /** Answer of {@link #find}: nothing cached. */
    public static final long NONE = 0;
    /** Answer of {@link #translate}: nothing cached. */
    public static final long MISS = -1;
    /** Answer of {@link #translate}: cached, but without the permission asked for. */
    public static final long DENIED = -2;

    private static final VarHandle WORDS = MethodHandles.arrayElementVarHandle(long[].class);

    /** Words of an entry; a set is two entries, which is a cache line. */
    private static final int PAGE = 0;
    private static final int TAG = 1;
    private static final int VALUE = 2;
    private static final int VERSION = 3;
    private static final int WAY = 4;
    private static final int SET_SHIFT = 3;

    /**
     * A version counts the fills of the entry, which tells a reader that words of two fills got mixed, and says at which count of
     * invalidations the last one was. Negative: no entry.
     */
    private static final int STAMP_SHIFT = 24;
    private static final long FILLS = (1L << STAMP_SHIFT) - 1;
    private static final long STAMP = -1L >>> STAMP_SHIFT + 1;
    private static final long EMPTY = Long.MIN_VALUE;
    private static final long LOCKED = -1;

    /** Permissions above the log2 of the page size, both below the output address. */
    private static final int SIZE_BITS = 6;
    private static final int PERMISSION_BITS = 3;
    private static final int SMALLEST_SHIFT = 10;

    /** Counters of invalidations: of all, of all kinds, of ranges, of domains, of tags; the last two shared by equal low bits. */
    private static final int ALL = 0;
    private static final int TOTAL = 1;
    private static final int RANGES = 8;
    private static final int DOMAINS = 16;
    private static final int TAGS = DOMAINS + 512;
    private static final int COUNTERS = TAGS + 512;
    private static final int COUNTER_MASK = 511;
    /** Ranges of more pages than this are invalidated with their domain. */
    private static final int MOST_PROBES = 64;

    private final long[] words;
    private final int indexShift;
    private final long[] counters = new long[COUNTERS];
    /** [0]: log2 set of page sizes ever filled; each costs a probe. */
    private final long[] sizes = new long[1];
    /** Stamps repeat after this many invalidations at the earliest; the cache is swept before that. */
    private final long sweepEvery;

    /** @param log2Entries capacity, 2 to 24 */
    public TranslationCache(int log2Entries) {
        this(log2Entries, STAMP >>> 3);
    }

    TranslationCache(int log2Entries, long sweepEvery) {
        if (log2Entries < 2 || log2Entries > 24) {
            throw new IllegalArgumentException("2^" + log2Entries + " entries");
        }
        this.sweepEvery = sweepEvery;
        words = new long[WAY << log2Entries];
        indexShift = Long.SIZE - (log2Entries - 1);
        sweep();
    }

    /** The tag of a domain's requests without PASID. */
    public static long tag(int domain) {
        return domain & 0xffff_ffffL;
    }

    /** The tag of a domain's requests with a PASID of at most 20 bits. */
    public static long tag(int domain, int pasid) {
        return tag(domain) | pasid + 1L << Integer.SIZE;
    }

    /**
     * The output address for {@code iova}, {@link #MISS} or {@link #DENIED}.
     *
     * @param need bits of {@code org.sluice.api.Permissions}
     */
    public long translate(long tag, long iova, int need) {
        long entry = find(tag, iova);
        if (entry == NONE) {
            return MISS;
        }
        return (permissions(entry) & need) == need ? output(entry, iova) : DENIED;
    }

    /** The entry for {@code iova}, to be read with the methods below, or {@link #NONE}. */
    public long find(long tag, long iova) {
        long[] w = words; // for the compiler, which reads a field anew after each acquire
        long stamp = stamp(tag);
        for (long left = sizes[0]; left != 0; left &= left - 1) {
            int shift = Long.numberOfTrailingZeros(left);
            long page = page(iova, shift);
            int at = set(tag, page);
            long entry = match(w, at, tag, page, stamp);
            if (entry == NONE) {
                entry = match(w, at + WAY, tag, page, stamp);
            }
            if (entry != NONE) {
                return entry;
            }
        }
        return NONE;
    }

    private static long match(long[] w, int at, long tag, long page, long stamp) {
        long version = (long) WORDS.getAcquire(w, at + VERSION);
        if (version >> STAMP_SHIFT != stamp || w[at + PAGE] != page || w[at + TAG] != tag) {
            return NONE;
        }
        long value = w[at + VALUE];
        VarHandle.loadLoadFence();
        return (long) WORDS.getOpaque(w, at + VERSION) == version ? value : NONE;
    }

    /** Output address of an {@code entry} for an address within its page. */
    public static long output(long entry, long iova) {
        long offset = (1L << entry) - 1; // a shift takes the low six bits, which are the log2 of the size
        return entry & ~offset | iova & offset;
    }

    public static int permissions(long entry) {
        return (int) (entry >>> SIZE_BITS) & (1 << PERMISSION_BITS) - 1;
    }

    /** log2 of an entry's page size. */
    public static int pageShift(long entry) {
        return (int) entry & (1 << SIZE_BITS) - 1;
    }

    /** What {@link #fill} wants to know of the time before the walk. Ends with any invalidation of the tag, and of a range of whichever tag. */
    public long ticket(long tag) {
        return ticket(counters, tag);
    }

    private static long ticket(long[] c, long tag) {
        return count(c, tag) + (long) WORDS.getAcquire(c, RANGES);
    }

    /**
     * Caches the page around {@code iova}.
     *
     * @param ticket from before the walk
     * @param pageShift log2 of the page size, 10 to 63
     * @param output the translation of {@code iova}, below 2<sup>63</sup>
     * @return whether it is cached now; false if an invalidation or another fill came in between
     */
    public boolean fill(long ticket, long tag, long iova, int pageShift, long output, int permissions) {
        if (pageShift < SMALLEST_SHIFT) {
            return false;
        }
        if ((sizes[0] >>> pageShift & 1) == 0) {
            WORDS.getAndBitwiseOr(sizes, 0, 1L << pageShift);
        }
        long[] w = words;
        long[] c = counters;
        long page = page(iova, pageShift);
        int at = place(w, set(tag, page), tag, page);
        long version = (long) WORDS.getAcquire(w, at + VERSION);
        if (version == LOCKED || !WORDS.compareAndSet(w, at + VERSION, version, LOCKED)) {
            return false;
        }
        // From here on an invalidation waits for this fill, so one that was not seen yet will find the entry.
        long before = count(c, tag);
        boolean valid = ticket == before + (long) WORDS.getAcquire(c, RANGES);
        long next = version;
        if (valid) {
            VarHandle.storeStoreFence();
            w[at + PAGE] = page;
            w[at + TAG] = tag;
            w[at + VALUE] = output & -1L << pageShift | (long) permissions << SIZE_BITS | pageShift;
            next = (before & STAMP) << STAMP_SHIFT | version + 1 & FILLS;
        }
        WORDS.setRelease(w, at + VERSION, next);
        return valid;
    }

    /** The way to fill: the page's own, an empty one, or the two in turn. */
    private static int place(long[] w, int at, long tag, long page) {
        int other = at + WAY;
        if (w[at + PAGE] == page && w[at + TAG] == tag) {
            return at;
        }
        if (w[other + PAGE] == page && w[other + TAG] == tag) {
            return other;
        }
        long version = w[at + VERSION];
        long second = w[other + VERSION];
        return version >= 0 && (second < 0 || (version + second & 1) != 0) ? other : at;
    }

    public void invalidateAll() {
        count(ALL);
    }

    /** Drops every entry of a domain, of all its PASIDs too. */
    public void invalidateDomain(int domain) {
        count(domainCounter(domain));
    }

    /** Drops every entry of one tag. */
    public void invalidateTag(long tag) {
        count(tagCounter(tag));
    }

    /**
     * Drops every entry of one tag that translates an address from {@code start} to {@code last}, pages that reach beyond
     * included. Of a domain's PASIDs only the tag's own is meant.
     */
    public void invalidateRange(long tag, long start, long last) {
        WORDS.getAndAdd(counters, RANGES, 1L); // no part of stamps, so the total need not know
        long filled = (long) WORDS.getVolatile(sizes, 0);
        if (probes(filled, start, last) > MOST_PROBES) {
            invalidateTag(tag);
            return;
        }
        for (long left = filled; left != 0; left &= left - 1) {
            int shift = Long.numberOfTrailingZeros(left);
            long end = page(last, shift);
            for (long page = page(start, shift);; page += 1L << shift) {
                int at = set(tag, page);
                drop(at, tag, page);
                drop(at + WAY, tag, page);
                if (page == end) {
                    break;
                }
            }
        }
    }

    /**
     * Drops every entry of a domain, of all its PASIDs too, that translates an address from {@code start} to {@code last}. Where PASIDs
     * are not named there is no place to probe, so this looks at every entry: for what is asked seldom.
     */
    public void invalidateRangeOfDomain(int domain, long start, long last) {
        WORDS.getAndAdd(counters, RANGES, 1L);
        for (int at = 0; at < words.length; at += WAY) {
            while (true) {
                long version = (long) WORDS.getVolatile(words, at + VERSION);
                if (version == LOCKED) {
                    Thread.onSpinWait();
                } else if (version < 0 || (int) words[at + TAG] != domain || !overlaps(words[at + PAGE], start, last)
                        || WORDS.compareAndSet(words, at + VERSION, version, EMPTY | version & FILLS)) {
                    break; // as in drop
                }
            }
        }
    }

    private static boolean overlaps(long page, long start, long last) {
        long offset = (1L << page) - 1; // a page's low six bits are the log2 of its size
        long first = page & ~offset;
        return Long.compareUnsigned(first, last) <= 0 && Long.compareUnsigned(first | offset, start) >= 0;
    }

    private static long probes(long filled, long start, long last) {
        long probes = 0;
        for (long left = filled; left != 0 && probes <= MOST_PROBES; left &= left - 1) {
            int shift = Long.numberOfTrailingZeros(left);
            probes += (last >>> shift) - (start >>> shift) + 1;
        }
        return probes;
    }

    private void drop(int at, long tag, long page) {
        while (true) {
            long version = (long) WORDS.getVolatile(words, at + VERSION);
            if (version == LOCKED) {
                Thread.onSpinWait();
            } else if (version < 0 || words[at + PAGE] != page || words[at + TAG] != tag
                    || WORDS.compareAndSet(words, at + VERSION, version, EMPTY | version & FILLS)) {
                // If the words were of two fills, the later one began after the count went up: what it holds is new.
                return;
            }
        }
    }

    private void count(int counter) {
        WORDS.getAndAdd(counters, counter, 1L);
        long total = (long) WORDS.getAndAdd(counters, TOTAL, 1L) + 1;
        if (total % sweepEvery == 0) {
            sweep();
        }
    }

    private void sweep() {
        for (int at = 0; at < words.length; at += WAY) {
            long version = (long) WORDS.getVolatile(words, at + VERSION);
            if (version != LOCKED) {
                WORDS.compareAndSet(words, at + VERSION, version, EMPTY | version & FILLS);
            }
        }
    }

    /** All counts that end entries of a tag; each only grows, so the sum is the same only if all are. */
    private static long count(long[] c, long tag) {
        return (long) WORDS.getAcquire(c, ALL) + (long) WORDS.getAcquire(c, domainCounter((int) tag)) + (long) WORDS.getAcquire(c, tagCounter(tag));
    }

    private long stamp(long tag) {
        return count(counters, tag) & STAMP;
    }

    private static int domainCounter(int domain) {
        return DOMAINS + (domain & COUNTER_MASK);
    }

    private static int tagCounter(long tag) {
        return TAGS + ((int) (tag ^ tag >>> Integer.SIZE) & COUNTER_MASK);
    }

    /** An address' page and its size in one word. */
    private static long page(long iova, int shift) {
        return iova & -1L << shift | shift;
    }

    private int set(long tag, long page) {
        long hash = (page ^ Long.rotateLeft(tag, 48)) * 0x9E37_79B9_7F4A_7C15L;
        return (int) (hash >>> indexShift) << SET_SHIFT;
    }
}
