// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.lookup;

import org.sluice.backend.vtd.layout.PasidEntry;
import org.sluice.backend.vtd.layout.Vtd;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.PhysicalMemory.Presence;

/**
 * Sweeps a PASID directory for entries that are present. For a piece of the directory or a table that cannot be read the first PASID
 * in it stands: its look-up tells why.
 */
public final class PasidTables {
    /** Takes PASIDs in ascending order; answers whether to go on. */
    @FunctionalInterface
    public interface Visitor {
        boolean pasid(int pasid);
    }

    private final PhysicalMemory memory;

    public PasidTables(PhysicalMemory memory) {
        this.memory = memory;
    }

    /** @param directoryBits log2 of the directory's entries */
    public void visit(long directory, int directoryBits, Visitor visitor) {
        int entries = 1 << directoryBits;
        int perPage = Math.min(entries, Vtd.PAGE_BYTES / PasidEntry.DIRECTORY.bytes());
        for (int first = 0; first < entries; first += perPage) {
            long page = directory + (long) first * PasidEntry.DIRECTORY.bytes();
            boolean readable = memory.presence(page, perPage * PasidEntry.DIRECTORY.bytes()) == Presence.PRESENT;
            boolean goOn = readable ? directoryPage(page, first, perPage, visitor) : visitor.pasid(first << PasidEntry.TABLE_INDEX_BITS);
            if (!goOn) {
                return;
            }
        }
    }

    private boolean directoryPage(long page, int first, int count, Visitor visitor) {
        for (int i = 0; i < count; i++) {
            long entry = memory.readLong(page + (long) i * PasidEntry.DIRECTORY.bytes());
            if (PasidEntry.DIRECTORY_PRESENT.get(entry) != 0
                    && !table(PasidEntry.TABLE.address(entry), first + i << PasidEntry.TABLE_INDEX_BITS, visitor)) {
                return false;
            }
        }
        return true;
    }

    private boolean table(long table, int first, Visitor visitor) {
        if (memory.presence(table, Vtd.PAGE_BYTES) != Presence.PRESENT) {
            return visitor.pasid(first);
        }
        for (int i = 0; i < PasidEntry.TABLE_ENTRIES; i++) {
            long word = memory.readLong(table + (long) i * PasidEntry.LAYOUT.bytes());
            if (PasidEntry.PRESENT.get(word) != 0 && !visitor.pasid(first + i)) {
                return false;
            }
        }
        return true;
    }
}
