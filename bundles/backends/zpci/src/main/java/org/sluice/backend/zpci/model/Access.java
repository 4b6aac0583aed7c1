// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci.model;

import org.sluice.backend.zpci.lookup.DmaTranslation;
import org.sluice.machine.PhysicalMemory;

/** What one thread needs to translate accesses, one after the other; details of the last one that found a mapping stay. Not thread-safe. */
final class Access {
    final DmaTranslation translation;
    private int pageShift;
    private int permissions;

    Access(PhysicalMemory memory) {
        translation = new DmaTranslation(memory, false);
    }

    /** Before a look-up that may find nothing to keep. */
    void begin() {
        pageShift = 0;
    }

    /** A refreshed translation was found. */
    void found(long word) {
        pageShift = ShadowTable.shift(word);
        permissions = ShadowTable.permissions(word);
    }

    /** The tables were walked. */
    void walked() {
        pageShift = translation.pageShift();
        permissions = translation.permissions();
    }

    /** log2 of what may be kept of the answer; 0 for nothing. */
    int pageShift() {
        return pageShift;
    }

    int permissions() {
        return permissions;
    }
}
