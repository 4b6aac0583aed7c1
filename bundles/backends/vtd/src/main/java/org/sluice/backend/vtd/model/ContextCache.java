// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.model;

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
    private final ConfigurationCache<Finding> cache = new ConfigurationCache<>(this::read, f -> f instanceof Translated || f instanceof PassThrough);
    private volatile ConfigurationLookup lookup;

    /** Chooses entries. */
    @FunctionalInterface
    interface Choice {
        /**
         * @param pasid whose table entry was used, or -1 if none was
         */
        boolean drops(int sourceId, int pasid, int domain);
    }

    ContextCache(ConfigurationLookup lookup) {
        this.lookup = lookup;
    }

    /** Other tables from now on; what is cached stays. */
    void use(ConfigurationLookup newLookup) {
        lookup = newLookup;
    }

    private Finding read(int sourceId, int pasid) {
        return lookup.find(sourceId, pasid);
    }

    Finding find(int sourceId, int pasid) {
        return cache.find(sourceId, pasid);
    }

    /** Another object after each invalidation. */
    Object epoch() {
        return cache.epoch();
    }

    void invalidate() {
        cache.invalidate();
    }

    /** Drops what {@code choice} says; as much work however much is cached. */
    void invalidate(Choice choice) {
        cache.invalidate((sourceId, pasid, finding) -> finding instanceof Translated table ? choice.drops(sourceId, table.pasid(), table.domain())
                : finding instanceof PassThrough pass && choice.drops(sourceId, pass.pasid(), pass.domain()));
    }
}
