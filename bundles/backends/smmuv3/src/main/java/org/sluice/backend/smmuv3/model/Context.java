// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.model;

import org.sluice.api.Permissions;
import org.sluice.backend.smmuv3.lookup.Finding;
import org.sluice.backend.smmuv3.lookup.Finding.Stage1;
import org.sluice.backend.smmuv3.lookup.Finding.Translated;
import org.sluice.backend.smmuv3.lookup.StageWalker;
import org.sluice.kit.cache.CachedContext;
import org.sluice.kit.cache.TranslationCache;
import org.sluice.kit.radix.DirectWalk;

/** What the unit keeps of a StreamID and SubstreamID. */
final class Context extends CachedContext {
    private final Finding finding;
    /** The same if tables translate, else null. */
    private final Translated tables;
    /** Whether the top byte takes no part in some address. */
    private final boolean topByteIgnored;

    /** Where no tables translate. */
    Context(TranslationCache cache, Finding finding) {
        super(cache);
        this.finding = finding;
        tables = null;
        topByteIgnored = false;
    }

    /** @param direct null if the tables cannot be walked so; it must not find global pages of a context whose others are tagged */
    Context(TranslationCache cache, long tag, Translated tables, DirectWalk direct) {
        super(cache, tag, needs(StageWalker.need(tables, Permissions.READ), StageWalker.need(tables, Permissions.WRITE),
                StageWalker.need(tables, Permissions.EXECUTE)), direct);
        this.finding = tables;
        this.tables = tables;
        Stage1 first = tables.first();
        topByteIgnored = first != null && (first.lower().topByteIgnored() || first.upper() != null && first.upper().topByteIgnored());
    }

    Finding finding() {
        return finding;
    }

    Translated tables() {
        return tables;
    }

    /** The address by which translations are looked for. */
    long address(long iova) {
        return topByteIgnored ? StageWalker.cachedAs(tables, iova) : iova;
    }
}
