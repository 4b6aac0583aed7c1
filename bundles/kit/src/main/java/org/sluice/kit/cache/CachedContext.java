// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.cache;

import org.sluice.kit.radix.DirectWalk;
import org.sluice.kit.radix.PageWord;

/**
 * What a model keeps in its {@link ConfigurationCache}: what the configuration says, which subclasses add, and its tables behind the cache of
 * translations, ready to be asked. That is what is usual of translations, for any vendor, with all that is the same for each of them found
 * out once. What it cannot answer - a fault, marks to be set, two stages - the model's own walk does, between {@link #ticket} and {@link #fill}.
 *
 * <p>Immutable; as safe for threads as the cache.
 */
public abstract class CachedContext extends TranslationCache.Scope {
    /** Answer where the model has to walk. */
    public static final long MISS = -1;

    private static final int NEED_BITS = 4;
    private static final int NEED = (1 << NEED_BITS) - 1;
    /** For all eight values of three permission bits. */
    private static final int ALWAYS_MISS = 0x8888_8888;

    private final TranslationCache cache;
    private final int needs;
    private final DirectWalk direct;

    /** A context without tables. */
    protected CachedContext(TranslationCache cache) {
        this(cache, 0, ALWAYS_MISS, null);
    }

    /**
     * A context with tables.
     *
     * @param needs as {@link #needs} makes it
     * @param direct null if the tables are not to be walked from here
     */
    protected CachedContext(TranslationCache cache, long tag, int needs, DirectWalk direct) {
        super(cache, tag);
        this.cache = cache;
        this.needs = needs;
        this.direct = direct;
    }

    /** What pages have to grant for each kind of access: bits of {@code Permissions}, or {@link PageWord#NEVER} where the model has to decide. */
    protected static int needs(int read, int write, int execute) {
        int others = ALWAYS_MISS & ~(NEED << 4 | NEED << 8 | NEED << 16);
        return others | read << 4 | write << 8 | execute << 16;
    }

    /**
     * The output address if the access is cached as permitted, else {@link #MISS}.
     *
     * @param permission one bit of {@code Permissions}
     */
    public final long find(long iova, int permission) {
        return output(cache.find(this, iova), iova, permission);
    }

    /**
     * The output address, or {@link #MISS}. What is found is cached.
     *
     * <p>A method of its own so that {@link #find}, with which most translations end, stays small enough to become part of its callers.
     *
     * @param configurations where the context was found
     * @param epoch of when it was
     */
    public final long walk(long iova, int permission, ConfigurationCache<?> configurations, Object epoch) {
        if (direct == null) {
            return MISS;
        }
        long ticket = cache.ticket(this);
        // If the configuration was dropped since it was found, so are its translations, maybe before the ticket: then keep nothing.
        boolean current = configurations.epoch() == epoch;
        long page = direct.find(iova);
        if (current && page != PageWord.NONE) {
            cache.fill(ticket, this, iova, page);
        }
        return output(page, iova, permission);
    }

    private long output(long page, long iova, int permission) {
        return PageWord.grants(page, needs >>> (permission << 2) & NEED) ? PageWord.output(page, iova) : MISS;
    }

    /** What {@link #fill} wants to know of the time before the model's own walk; whether the epoch is still the same is to be asked after it. */
    public final long ticket() {
        return cache.ticket(this);
    }

    /** Caches what the model's own walk has found, a {@link PageWord}. */
    public final void fill(long ticket, long iova, long page) {
        cache.fill(ticket, this, iova, page);
    }
}
