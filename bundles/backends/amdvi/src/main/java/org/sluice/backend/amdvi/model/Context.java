// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi.model;

import org.sluice.api.Permissions;
import org.sluice.backend.amdvi.lookup.Finding;
import org.sluice.backend.amdvi.lookup.Finding.Translated;
import org.sluice.backend.amdvi.model.AccessedDirty.Rules;
import org.sluice.kit.cache.CachedContext;
import org.sluice.kit.cache.TranslationCache;
import org.sluice.kit.radix.DirectWalk;
import org.sluice.kit.radix.PageWord;
import org.sluice.machine.AddressRange;

/** What the unit keeps of a DeviceID and PASID. */
final class Context extends CachedContext {
    private final Finding finding;
    private final AddressRange excluded;
    /** The same as the finding if tables translate, else null. */
    private final Translated tables;
    private final Rules rules;

    /** Where no tables translate. */
    Context(TranslationCache cache, Finding finding) {
        super(cache);
        this.finding = finding;
        excluded = finding.excluded();
        tables = null;
        rules = null;
    }

    /**
     * @param rules what walks by these tables write back
     * @param direct null if they cannot be walked so
     */
    Context(TranslationCache cache, long tag, Translated tables, Rules rules, DirectWalk direct) {
        super(cache, tag, needs(tables), direct);
        this.finding = tables;
        excluded = tables.excluded();
        this.tables = tables;
        this.rules = rules;
    }

    private static int needs(Translated tables) {
        int granted = tables.granted();
        // Host tables know no execution of their own: fetching code is reading.
        int execute = tables.guest() != null ? Permissions.EXECUTE : Permissions.READ;
        return needs((granted & Permissions.READ) != 0 ? Permissions.READ : PageWord.NEVER,
                (granted & Permissions.WRITE) != 0 ? Permissions.WRITE : PageWord.NEVER,
                (granted & Permissions.EXECUTE) != 0 ? execute : PageWord.NEVER);
    }

    Finding finding() {
        return finding;
    }

    Translated tables() {
        return tables;
    }

    Rules rules() {
        return rules;
    }

    /** Whether the address goes out unchanged whatever the tables say. */
    boolean isExcluded(long iova) {
        return excluded != null && excluded.contains(iova);
    }
}
