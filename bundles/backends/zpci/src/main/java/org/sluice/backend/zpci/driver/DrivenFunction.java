// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci.driver;

import java.util.BitSet;

import org.sluice.backend.zpci.driver.CallRequests.Described;
import org.sluice.backend.zpci.lookup.FunctionGroup;
import org.sluice.backend.zpci.lookup.ZpciFunction.Registered;

/** What the driver knows of one function, and what it wants it to have: enough to set it up anew. */
final class DrivenFunction {
    final int id;
    /** Place among the unit's functions, which gives the bit in the summary. */
    final int ordinal;
    final FunctionGroup group;
    /** Usable DMA addresses. */
    final long first;
    final long last;
    long handle;
    /** The table attached, or null. */
    ZpciTable table;
    /** What is to be registered for DMA, or null. */
    Registered wanted;
    /** Vector of interrupts, or 0: none was ever enabled. */
    long vector;
    /** What is to be registered for interrupts: the word (0 for none) and the address of the summary. */
    long interruptWord;
    long summary;
    /** Replaced as a whole, because interrupts are dispatched beside edits. */
    private volatile BitSet enabledVectors = new BitSet();

    DrivenFunction(int id, int ordinal, long handle, FunctionGroup group, Described described) {
        this.id = id;
        this.ordinal = ordinal;
        this.handle = handle;
        this.group = group;
        first = described.first();
        last = described.last();
    }

    boolean hasVectors() {
        return !enabledVectors.isEmpty();
    }

    boolean isEnabled(int vector) {
        return enabledVectors.get(vector);
    }

    void setEnabled(int vector, boolean enabled) {
        BitSet changed = (BitSet) enabledVectors.clone();
        changed.set(vector, enabled);
        enabledVectors = changed;
    }

    void want(ZpciTable newTable, Registered registered) {
        table = newTable;
        wanted = registered;
    }
}
