// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.driver;

/**
 * The structures that lead from a requester and PASID to tables, in one of the two forms there are. An entry is visible before it is
 * valid: its word with the present bit is written last, and cleared first. Not thread-safe.
 */
interface Contexts {
    /** PASID in place of none; the structures of scalable mode have an entry for such requests too. */
    int NONE = -1;

    /** What RTADDR is set to. */
    long rootPointer();

    /** Makes sure that {@link #set} finds its tables, so that it cannot fail half-way; lets nothing through. */
    void reserve(int sourceId, int pasid);

    /** Makes an entry, which must not be there, valid. */
    void set(int sourceId, int pasid, Translation translation);

    /** Takes an entry away, if there is one, and makes the unit forget it and all translations that came of it. */
    void remove(int sourceId, int pasid);

    /** Whether an entry's accessed and dirty bits are written from now on; the unit has forgotten the old entry. */
    void setDirty(int sourceId, int pasid, boolean on);

    /** Takes everything away. */
    void clear();
}
