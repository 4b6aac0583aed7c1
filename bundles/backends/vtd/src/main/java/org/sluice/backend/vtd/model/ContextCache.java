// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.model;

import java.util.function.Function;

import org.sluice.backend.vtd.lookup.ConfigurationLookup;
import org.sluice.backend.vtd.lookup.Finding;
import org.sluice.backend.vtd.lookup.Finding.PassThrough;
import org.sluice.backend.vtd.lookup.Finding.Translated;
import org.sluice.kit.cache.ConfigurationCache;

/**
 * Context and PASID caches in one (section 6.2.2): what the configuration structures said of a source id and PASID. An entry lives
 * until it is invalidated or displaced, however memory changes. What blocks is not kept: a unit without caching mode (CAP.CM) sees
 * an entry that becomes present at once.
 * Invalidations are serialised by the caller.
 */
final class ContextCache {
    private final ConfigurationCache<Context> cache = new ConfigurationCache<>(this::read, ContextCache::isKept);
    private final Function<Finding, Context> contexts;
    private volatile ConfigurationLookup lookup;

    /** Chooses entries. */
    @FunctionalInterface
    interface Choice {
        /**
         * @param pasid whose table entry was used, or -1 if none was
         */
        boolean drops(int sourceId, int pasid, int domain);
    }

    /** @param contexts makes of a finding what is kept, once for as long as it is */
    ContextCache(ConfigurationLookup lookup, Function<Finding, Context> contexts) {
        this.lookup = lookup;
        this.contexts = contexts;
    }

    private static boolean isKept(Context context) {
        return context.finding() instanceof Translated || context.finding() instanceof PassThrough;
    }

    /** Other tables from now on; what is cached stays. */
    void use(ConfigurationLookup newLookup) {
        lookup = newLookup;
    }

    private Context read(int sourceId, int pasid) {
        return contexts.apply(lookup.find(sourceId, pasid));
    }

    Finding find(int sourceId, int pasid) {
        return cache.find(sourceId, pasid).finding();
    }

    /** For who finds often. */
    ConfigurationCache<Context> cache() {
        return cache;
    }

    void invalidate() {
        cache.invalidate();
    }

    /** Drops what {@code choice} says; as much work however much is cached. */
    void invalidate(Choice choice) {
        cache.invalidate((sourceId, pasid, kept) -> kept.finding() instanceof Translated t ? choice.drops(sourceId, t.pasid(), t.domain())
                : kept.finding() instanceof PassThrough pass && choice.drops(sourceId, pass.pasid(), pass.domain()));
    }
}
