// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.lookup;

import org.sluice.backend.vtd.layout.PasidEntry;
import org.sluice.backend.vtd.layout.Vtd;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.PhysicalMemory.Presence;

/** Sweeps a PASID directory for entries that are present. Tables that cannot be read are passed over: a look-up tells why. */
public final class PasidTables {
    /** Takes PASIDs in ascending order; answers whether to go on. */
    @FunctionalInterface
    public interface Visitor {
        boolean pasid(int pasid, long entryAddress);
    }

    private final PhysicalMemory memory;

    public PasidTables(PhysicalMemory memory) {
        this.memory = memory;
    }

    /** @param directoryBits log2 of the directory's entries */
    public void visit(long directory, int directoryBits, Visitor visitor) {
        int entryBytes = PasidEntry.DIRECTORY.bytes();
        int perPage = Vtd.PAGE_BYTES / entryBytes;
        for (int i = 0; i < 1 << directoryBits; i++) {
            long address = directory + (long) i * entryBytes;
            if (i % perPage == 0 && memory.presence(address, entryBytes) != Presence.PRESENT) {
                i += perPage - 1;
                continue;
            }
            long entry = memory.readLong(address);
            if (PasidEntry.DIRECTORY_PRESENT.get(entry) != 0 && !table(PasidEntry.TABLE.address(entry), i << PasidEntry.TABLE_INDEX_BITS, visitor)) {
                return;
            }
        }
    }

    private boolean table(long table, int first, Visitor visitor) {
        if (memory.presence(table, Vtd.PAGE_BYTES) != Presence.PRESENT) {
            return true;
        }
        for (int i = 0; i < PasidEntry.TABLE_ENTRIES; i++) {
            long address = table + (long) i * PasidEntry.LAYOUT.bytes();
            if (PasidEntry.PRESENT.get(memory.readLong(address)) != 0 && !visitor.pasid(first + i, address)) {
                return false;
            }
        }
        return true;
    }
}
