// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.model;

import java.util.function.Function;
import java.util.function.Supplier;

import org.sluice.api.TranslationRequest;
import org.sluice.backend.smmuv3.layout.SmmuEvent;
import org.sluice.backend.smmuv3.lookup.ConfigurationLookup;
import org.sluice.backend.smmuv3.lookup.ConfigurationLookup.StreamFinding;
import org.sluice.backend.smmuv3.lookup.Finding;
import org.sluice.backend.smmuv3.lookup.Finding.Blocked;
import org.sluice.backend.smmuv3.lookup.Finding.Unknown;
import org.sluice.kit.cache.ConfigurationCache;

/**
 * Cached configuration (section 4.3): stream table entries, and what they and the context descriptors together say. Both live until a
 * CFGI command drops them, invalid ones too, which the architecture allows. What could not be fetched is not cached. Searches are safe
 * from many threads, invalidations are serialised by the caller.
 */
final class Configurations {
    private final ConfigurationCache<StreamFinding> streams;
    private final ConfigurationCache<Context> all;

    /**
     * @param lookup over the registers as they are
     * @param contexts makes of a finding what is kept, once for as long as it is
     */
    Configurations(Supplier<ConfigurationLookup> lookup, Function<Finding, Context> contexts) {
        streams = new ConfigurationCache<>((stream, none) -> lookup.get().stream(stream & 0xffff_ffffL),
                found -> found.stopped() == null || cacheable(found.stopped()));
        all = new ConfigurationCache<>((stream, substream) -> contexts.apply(lookup.get().find(stream(stream), substream)),
                context -> cacheable(context.finding()));
    }

    private static boolean cacheable(Finding finding) {
        // A fault of a fetch, of stage 2 on the way to a context descriptor, or of the table's size is no content of a structure.
        return !(finding instanceof Unknown) && !(finding instanceof Blocked blocked && (blocked.event() == SmmuEvent.F_STE_FETCH
                || blocked.event() == SmmuEvent.F_CD_FETCH || blocked.event() == SmmuEvent.C_BAD_STREAMID || blocked.fault().stage2()));
    }

    Finding find(int streamId, int substream) {
        return all.find(streamId, substream).finding();
    }

    StreamFinding stream(int streamId) {
        return streams.find(streamId, TranslationRequest.NO_PASID);
    }

    /** For who finds often. */
    ConfigurationCache<Context> all() {
        return all;
    }

    void everything() {
        streams.invalidate();
        all.invalidate();
    }

    /** Entries of StreamIDs that agree with {@code streamId} above {@code log2} bits, with all their context descriptors. */
    void streams(int streamId, int log2) {
        streams.invalidate((stream, none, found) -> stream >>> log2 == streamId >>> log2);
        all.invalidate((stream, substream, found) -> stream >>> log2 == streamId >>> log2);
    }

    void contexts(int streamId) {
        all.invalidate((stream, substream, found) -> stream == streamId);
    }

    /** Descriptor 0 also serves transactions without SubstreamID. */
    void context(int streamId, int substream) {
        all.invalidate((stream, ssid, found) -> stream == streamId && Math.max(0, ssid) == substream);
    }
}
