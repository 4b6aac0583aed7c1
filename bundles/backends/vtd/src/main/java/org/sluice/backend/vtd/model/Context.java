// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.model;

import org.sluice.api.Permissions;
import org.sluice.backend.vtd.lookup.Finding;
import org.sluice.backend.vtd.lookup.Finding.Translated;
import org.sluice.kit.cache.CachedContext;
import org.sluice.kit.cache.TranslationCache;
import org.sluice.kit.radix.DirectWalk;
import org.sluice.kit.radix.PageWord;

/** What is kept of a source id and PASID. */
final class Context extends CachedContext {
    private final Finding finding;
    /** The same if tables translate, else null. */
    private final Translated tables;

    /** Where no tables translate, or what they translate is not cached. */
    Context(TranslationCache cache, Finding finding) {
        super(cache);
        this.finding = finding;
        tables = null;
    }

    /** @param direct null if the tables cannot be walked so */
    Context(TranslationCache cache, long tag, Translated tables, DirectWalk direct) {
        super(cache, tag, needs(tables), direct);
        this.finding = tables;
        this.tables = tables;
    }

    private static int needs(Translated tables) {
        // Second-stage tables know no execution of their own: fetching code is reading.
        int execute = tables.first() != null ? Permissions.EXECUTE : Permissions.READ;
        return needs(Permissions.READ, Permissions.WRITE, tables.executes() ? execute : PageWord.NEVER);
    }

    Finding finding() {
        return finding;
    }

    Translated tables() {
        return tables;
    }
}
