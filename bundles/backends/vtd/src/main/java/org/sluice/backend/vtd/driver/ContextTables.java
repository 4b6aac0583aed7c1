// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.driver;

import java.util.ArrayList;
import java.util.List;

import org.sluice.backend.vtd.layout.ContextEntry;
import org.sluice.backend.vtd.layout.RootEntry;
import org.sluice.backend.vtd.layout.Vtd;
import org.sluice.kit.radix.PageAllocator;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;
import org.sluice.machine.PhysicalMemory;

/**
 * Legacy root and context tables. An entry is visible before it is valid: the upper word is written before the lower one with its
 * present bit, and a present entry is cleared before it is replaced. Not thread-safe.
 */
final class ContextTables {
    private static final int PAGE_SHIFT = Integer.numberOfTrailingZeros(Vtd.PAGE_BYTES);
    private static final int BUSES = 256;

    private final PhysicalMemory memory;
    private final PageAllocator pages;
    private final long root;

    ContextTables(PhysicalMemory memory, PageAllocator pages) {
        this.memory = memory;
        this.pages = pages;
        root = page(pages);
    }

    static long page(PageAllocator pages) {
        long page = pages.allocate(PAGE_SHIFT);
        if (page == PageAllocator.NONE) {
            throw new IommuException(Reason.LIMIT, "no page is left for the unit's structures");
        }
        return page;
    }

    long root() {
        return root;
    }

    /** Domain of a requester's present entry, or -1. */
    int domain(int sourceId) {
        long entry = entry(sourceId, false);
        return entry == 0 || ContextEntry.PRESENT.get(memory.readLong(entry)) == 0 ? -1
                : (int) ContextEntry.DOMAIN.get(memory.readLong(entry + Long.BYTES));
    }

    /** Makes sure that {@link #set} finds its table, so that it cannot fail half-way. */
    void reserve(int sourceId) {
        entry(sourceId, true);
    }

    /** The entry must not be present. */
    void set(int sourceId, long type, long table, long aw, int domain) {
        long entry = entry(sourceId, true);
        memory.writeLong(entry + Long.BYTES, ContextEntry.WIDTH.put(aw) | ContextEntry.DOMAIN.put(domain));
        memory.writeLong(entry, ContextEntry.PRESENT.put(1) | ContextEntry.TRANSLATION_TYPE.put(type) | table);
    }

    void clear(int sourceId) {
        long entry = entry(sourceId, false);
        if (entry != 0) {
            memory.writeLong(entry, 0);
            memory.writeLong(entry + Long.BYTES, 0);
        }
    }

    /** Empties all tables; they are freed only when the unit has forgotten them, which {@code invalidate} makes sure of. */
    void clearAll(Runnable invalidate) {
        List<Long> tables = new ArrayList<>();
        for (int bus = 0; bus < BUSES; bus++) {
            long at = root + (long) bus * RootEntry.BYTES;
            long low = memory.readLong(at);
            if (RootEntry.PRESENT.get(low) != 0) {
                memory.writeLong(at, 0);
                tables.add(RootEntry.CONTEXT_TABLE.address(low));
            }
        }
        invalidate.run();
        tables.forEach(table -> pages.free(table, PAGE_SHIFT));
    }

    private long entry(int sourceId, boolean create) {
        long at = root + (long) (sourceId >>> 8) * RootEntry.BYTES;
        long low = memory.readLong(at);
        if (RootEntry.PRESENT.get(low) == 0) {
            if (!create) {
                return 0;
            }
            low = page(pages) | RootEntry.PRESENT.put(1);
            memory.writeLong(at, low);
        }
        return RootEntry.CONTEXT_TABLE.address(low) + (long) (sourceId & 0xff) * ContextEntry.LAYOUT.bytes();
    }
}
