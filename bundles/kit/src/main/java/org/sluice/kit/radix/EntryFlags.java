// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.radix;

import org.sluice.machine.MemoryWindow;
import org.sluice.machine.PhysicalMemory;

/** Bits of entries that hardware sets while it walks: accessed, dirty. */
public final class EntryFlags {
    private EntryFlags() {
    }

    /**
     * Sets bits of an entry (little-endian) in one atomic step, if it still is what the walk has read.
     *
     * @return false if it is not, or its memory cannot be written: the walk must not be relied on
     */
    public static boolean set(PhysicalMemory memory, long address, long entry, long bits) {
        if ((entry & bits) == bits) {
            return true;
        }
        MemoryWindow window = memory.window(address);
        return window != null && window.isWritable() && window.compareAndSetLong(address, entry, entry | bits);
    }
}
