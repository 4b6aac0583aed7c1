// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.cache;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

import org.sluice.kit.radix.PageWord;

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
    /** Answer of {@link #translate}: nothing cached. */
    public static final long MISS = -1;
    /** Answer of {@link #translate}: cached, but without the permission asked for. */
    public static final long DENIED = -2;

    private static final VarHandle WORDS = MethodHandles.arrayElementVarHandle(long[].class);
    private static final VarHandle SIZES;

    static {
        try {
            SIZES = MethodHandles.lookup().findVarHandle(TranslationCache.class, "sizes", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** Words of an entry; a set is two entries, which is a cache line. */
    private static final int NAME = 0;
    private static final int TAG = 1;
    private static final int VALUE = 2;
    private static final int VERSION = 3;
    private static final int WAY = 4;
    private static final int SET_SHIFT = 3;
    private static final long MIX = 0x9E37_79B9_7F4A_7C15L;

    /**
     * A version counts the fills of the entry, which tells a reader that words of two fills got mixed, and says at which count of
     * invalidations the last one was. Negative: no entry.
     */
    private static final int STAMP_SHIFT = 24;
    private static final long FILLS = (1L << STAMP_SHIFT) - 1;
    private static final long STAMP = -1L >>> STAMP_SHIFT + 1;
    private static final long EMPTY = Long.MIN_VALUE;
    private static final long LOCKED = -1;

    private static final int COUNTERS = 512;
    /** Ranges of more pages than this are invalidated with their domain. */
    private static final int MOST_PROBES = 64;

    private final long[] words;
    private final int indexShift;
    /** Counts of invalidations: of all, of domains and of tags, the last two shared by equal low bits. */
    private final AtomicLong all = new AtomicLong();
    private final AtomicLong[] domains = counters();
    private final AtomicLong[] tags = counters();
    /** Counts of invalidations of ranges, which are no part of stamps, and of all the others. Behind so many that their writers do not disturb who reads {@link #all}. */
    private final AtomicLong ranges = new AtomicLong();
    private final AtomicLong total = new AtomicLong();
    /** log2 set of page sizes ever filled; each costs a probe. */
    private long sizes;
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

    private static AtomicLong[] counters() {
        return Stream.generate(AtomicLong::new).limit(COUNTERS).toArray(AtomicLong[]::new);
    }

    /** The tag of a domain's requests without PASID. */
    public static long tag(int domain) {
        return domain & 0xffff_ffffL;
    }

    /** The tag of a domain's requests with a PASID of at most 20 bits. */
    public static long tag(int domain, int pasid) {
        return tag(domain) | pasid + 1L << Integer.SIZE;
    }

    /** A tag, and what the cache has to know of it at each look-up. Who asks often keeps one. Immutable. */
    public static class Scope {
        private final long tag;
        private final long spread;
        private final AtomicLong domain;
        private final AtomicLong own;

        protected Scope(TranslationCache cache, long tag) {
            this.tag = tag;
            spread = spread(tag);
            domain = cache.domain(tag);
            own = cache.own(tag);
        }
    }

    /**
     * The output address for {@code iova}, {@link #MISS} or {@link #DENIED}.
     *
     * @param need bits of {@code org.sluice.api.Permissions}
     */
    public long translate(long tag, long iova, int need) {
        long page = find(tag, iova);
        if (page == PageWord.NONE) {
            return MISS;
        }
        return PageWord.grants(page, need) ? PageWord.output(page, iova) : DENIED;
    }

    /** The page of {@code iova}, a {@link PageWord}; {@link PageWord#NONE} if it is not cached. */
    public long find(long tag, long iova) {
        return find(tag, spread(tag), count(domain(tag), own(tag)) & STAMP, iova);
    }

    /** As {@link #find(long, long)}. */
    public long find(Scope scope, long iova) {
        return find(scope.tag, scope.spread, count(scope.domain, scope.own) & STAMP, iova);
    }

    private long find(long tag, long spread, long stamp, long iova) {
        long[] w = words; // for the compiler, which reads fields anew after each acquire
        int toIndex = indexShift;
        for (long left = sizes; left != 0; left &= left - 1) {
            long name = name(iova, Long.numberOfTrailingZeros(left));
            int at = set(name, spread, toIndex);
            long page = match(w, at, tag, name, stamp);
            if (page == PageWord.NONE) {
                page = match(w, at + WAY, tag, name, stamp);
            }
            if (page != PageWord.NONE) {
                return page;
            }
        }
        return PageWord.NONE;
    }

    private static long match(long[] w, int at, long tag, long name, long stamp) {
        long version = (long) WORDS.getAcquire(w, at + VERSION);
        if (w[at + NAME] != name || version >> STAMP_SHIFT != stamp || w[at + TAG] != tag) {
            return PageWord.NONE;
        }
        long value = w[at + VALUE];
        VarHandle.loadLoadFence();
        return (long) WORDS.getOpaque(w, at + VERSION) == version ? value : PageWord.NONE;
    }

    /** What {@link #fill} wants to know of the time before the walk. Ends with any invalidation of the tag, and of a range of whichever tag. */
    public long ticket(long tag) {
        return count(domain(tag), own(tag)) + ranges.get();
    }

    /** As {@link #ticket(long)}. */
    public long ticket(Scope scope) {
        return count(scope.domain, scope.own) + ranges.get();
    }

    /**
     * Caches the page around {@code iova}.
     *
     * @param ticket from before the walk
     * @param pageShift log2 of the page size, up to 63
     * @param output the translation of {@code iova}, below 2<sup>63</sup>
     * @return whether it is cached now; false if an invalidation or another fill came in between, or the page is too small
     */
    public boolean fill(long ticket, long tag, long iova, int pageShift, long output, int permissions) {
        return pageShift >= PageWord.SMALLEST_SHIFT
                && fill(ticket, tag, domain(tag), own(tag), iova, PageWord.of(output, pageShift, permissions));
    }

    /**
     * Caches a page that was found for {@code iova}.
     *
     * @param ticket from before the walk
     * @param page a {@link PageWord}
     * @return as above
     */
    public boolean fill(long ticket, Scope scope, long iova, long page) {
        return fill(ticket, scope.tag, scope.domain, scope.own, iova, page);
    }

    private boolean fill(long ticket, long tag, AtomicLong domain, AtomicLong own, long iova, long page) {
        int shift = PageWord.shift(page);
        if ((sizes >>> shift & 1) == 0) {
            SIZES.getAndBitwiseOr(this, 1L << shift);
        }
        long[] w = words;
        long name = name(iova, shift);
        int at = place(w, set(name, spread(tag), indexShift), tag, name);
        long version = (long) WORDS.getAcquire(w, at + VERSION);
        if (version == LOCKED || !WORDS.compareAndSet(w, at + VERSION, version, LOCKED)) {
            return false;
        }
        // From here on an invalidation waits for this fill, so one that was not seen yet will find the entry.
        long before = count(domain, own);
        boolean valid = ticket == before + ranges.get();
        long next = version;
        if (valid) {
            VarHandle.storeStoreFence();
            w[at + NAME] = name;
            w[at + TAG] = tag;
            w[at + VALUE] = page;
            next = (before & STAMP) << STAMP_SHIFT | version + 1 & FILLS;
        }
        WORDS.setRelease(w, at + VERSION, next);
        return valid;
    }

    /** The way to fill: the page's own, an empty one, or the two in turn. */
    private static int place(long[] w, int at, long tag, long name) {
        int other = at + WAY;
        if (w[at + NAME] == name && w[at + TAG] == tag) {
            return at;
        }
        if (w[other + NAME] == name && w[other + TAG] == tag) {
            return other;
        }
        long version = w[at + VERSION];
        long second = w[other + VERSION];
        return version >= 0 && (second < 0 || (version + second & 1) != 0) ? other : at;
    }

    public void invalidateAll() {
        end(all);
    }

    /** Drops every entry of a domain, of all its PASIDs too. */
    public void invalidateDomain(int domain) {
        end(domain(domain));
    }

    /** Drops every entry of one tag. */
    public void invalidateTag(long tag) {
        end(own(tag));
    }

    /**
     * Drops every entry of one tag that translates an address from {@code start} to {@code last}, pages that reach beyond
     * included. Of a domain's PASIDs only the tag's own is meant.
     */
    public void invalidateRange(long tag, long start, long last) {
        ranges.getAndIncrement(); // no part of stamps, so the total need not know
        long filled = (long) SIZES.getVolatile(this);
        if (probes(filled, start, last) > MOST_PROBES) {
            invalidateTag(tag);
            return;
        }
        for (long left = filled; left != 0; left &= left - 1) {
            int shift = Long.numberOfTrailingZeros(left);
            long end = name(last, shift);
            for (long name = name(start, shift);; name += 1L << shift) {
                int at = set(name, spread(tag), indexShift);
                drop(at, tag, name);
                drop(at + WAY, tag, name);
                if (name == end) {
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
        ranges.getAndIncrement();
        for (int at = 0; at < words.length; at += WAY) {
            while (true) {
                long version = (long) WORDS.getVolatile(words, at + VERSION);
                if (version == LOCKED) {
                    Thread.onSpinWait();
                } else if (version < 0 || (int) words[at + TAG] != domain || !overlaps(words[at + NAME], start, last)
                        || WORDS.compareAndSet(words, at + VERSION, version, EMPTY | version & FILLS)) {
                    break; // as in drop
                }
            }
        }
    }

    private static boolean overlaps(long name, long start, long last) {
        long offset = (1L << name) - 1; // its low six bits are the log2 of the page's size
        long first = name & ~offset;
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

    private void drop(int at, long tag, long name) {
        while (true) {
            long version = (long) WORDS.getVolatile(words, at + VERSION);
            if (version == LOCKED) {
                Thread.onSpinWait();
            } else if (version < 0 || words[at + NAME] != name || words[at + TAG] != tag
                    || WORDS.compareAndSet(words, at + VERSION, version, EMPTY | version & FILLS)) {
                // If the words were of two fills, the later one began after the count went up: what it holds is new.
                return;
            }
        }
    }

    private void end(AtomicLong counter) {
        counter.getAndIncrement();
        if (total.incrementAndGet() % sweepEvery == 0) {
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
    private long count(AtomicLong domain, AtomicLong own) {
        return all.get() + domain.get() + own.get();
    }

    /** The counter of a tag's domain. */
    private AtomicLong domain(long tag) {
        return domains[(int) tag & COUNTERS - 1];
    }

    /** The counter of the tag alone. */
    private AtomicLong own(long tag) {
        return tags[(int) (tag ^ tag >>> Integer.SIZE) & COUNTERS - 1];
    }

    /** An address' page and its size in one word. */
    private static long name(long iova, int shift) {
        return iova & -1L << shift | shift;
    }

    /** A tag's part in choosing sets. */
    private static long spread(long tag) {
        return Long.rotateLeft(tag, 48);
    }

    private static int set(long name, long spread, int toIndex) {
        return (int) ((name ^ spread) * MIX >>> toIndex) << SET_SHIFT;
    }
}
