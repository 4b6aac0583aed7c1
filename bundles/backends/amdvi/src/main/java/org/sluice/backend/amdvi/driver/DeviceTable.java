// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi.driver;

import java.util.Arrays;

import org.sluice.backend.amdvi.layout.AmdVi;
import org.sluice.backend.amdvi.layout.AmdViFormats;
import org.sluice.backend.amdvi.layout.BaseRegisters;
import org.sluice.backend.amdvi.layout.DeviceTableEntry;
import org.sluice.kit.radix.PageAllocator;
import org.sluice.machine.IommuException.Reason;
import org.sluice.machine.MemoryWindow;
import org.sluice.machine.PhysicalMemory;

/**
 * The device table in memory. An entry has two halves that hardware reads apart (section 2.2.2.3); of each the word that makes it valid is
 * taken back first and written last. V is never cleared: an entry without V lets everything pass. Not thread-safe.
 */
final class DeviceTable {
    /** No DMA: tables are said to be there, but with no permission. */
    static final long BLOCKED = DeviceTableEntry.VALID.put(1) | DeviceTableEntry.TRANSLATION_VALID.put(1);
    /** No interrupt: all are aborted. */
    static final long NO_INTERRUPTS = DeviceTableEntry.INTERRUPT_VALID.put(1);
    /** While an entry changes: requests fault. */
    private static final long CHANGING = DeviceTableEntry.VALID.put(1);
    private static final long PAGING = DeviceTableEntry.GUEST_PAGING.put(-1);
    private static final int WIDEST_SHIFT = 21;
    private static final int WORDS = DeviceTableEntry.BYTES / Long.BYTES;

    private static final long[] BLOCKED_PAGE = blockedPage();

    private final PhysicalMemory memory;
    private final UnitPort port;
    private final long base;
    private final int entries;
    /** How deep guest tables are, which stands beside what decides over interrupts. */
    private final long guestPaging;

    /**
     * Takes the table for all DeviceIDs, or if memory is short one for as many as fit.
     *
     * @param guestLevels of guest tables
     */
    DeviceTable(PhysicalMemory memory, UnitPort port, PageAllocator pages, int guestLevels) {
        this.memory = memory;
        this.port = port;
        guestPaging = DeviceTableEntry.GUEST_PAGING.put(guestLevels - AmdViFormats.MIN_GUEST_LEVELS);
        int shift = WIDEST_SHIFT;
        long table = pages.allocate(shift);
        while (table == PageAllocator.NONE && 1 << shift > AmdVi.PAGE_BYTES) {
            table = pages.allocate(--shift);
        }
        if (table == PageAllocator.NONE) {
            throw port.failure(Reason.LIMIT, "needs a page for its device table, and none is left");
        }
        base = table;
        entries = (1 << shift) / DeviceTableEntry.BYTES;
        MemoryWindow window = memory.window(base);
        for (long at = base; at < base + (1L << shift); at += AmdVi.PAGE_BYTES) {
            window.setLongsPlain(at, BLOCKED_PAGE, BLOCKED_PAGE.length);
        }
    }

    private static long[] blockedPage() {
        long[] words = new long[AmdVi.PAGE_BYTES / Long.BYTES];
        for (int i = 0; i < words.length; i += WORDS) {
            words[i] = BLOCKED;
            words[i + 2] = NO_INTERRUPTS;
        }
        return words;
    }

    /** The base register's content. */
    long register() {
        return base | BaseRegisters.TABLE_SIZE.put(entries / BaseRegisters.ENTRIES_PER_PAGE - 1);
    }

    /** Blocks every requester. There are tens of thousands, of which few are in use: pages of blocked entries are left alone. */
    void blockAll() {
        // The allocator gives what lies in one window.
        MemoryWindow window = memory.window(base);
        long[] page = new long[BLOCKED_PAGE.length];
        for (int id = 0; id < entries; id += BaseRegisters.ENTRIES_PER_PAGE) {
            window.getLongs(at(id), page, page.length);
            if (!Arrays.equals(page, BLOCKED_PAGE)) {
                blockPage(window, id);
            }
        }
    }

    private void blockPage(MemoryWindow window, int first) {
        for (int id = first; id < first + BaseRegisters.ENTRIES_PER_PAGE; id++) {
            long at = at(id);
            window.setLong(at, BLOCKED);
            window.setLong(at + 2 * Long.BYTES, NO_INTERRUPTS);
            window.setLong(at + Long.BYTES, 0);
            window.setLong(at + (WORDS - 1) * Long.BYTES, 0);
        }
    }

    void require(int deviceId) {
        if (deviceId >= entries) {
            throw port.failure(Reason.LIMIT, "has a device table of " + entries + " entries, for there is no memory for more");
        }
    }

    private long at(int deviceId) {
        return base + (long) deviceId * DeviceTableEntry.BYTES;
    }

    long word(int deviceId, int word) {
        return memory.readLong(at(deviceId) + (long) word * Long.BYTES);
    }

    /** Begins to change the half that decides over DMA; hardware must be told before {@link #end}. */
    void begin(int deviceId, long second) {
        begin(deviceId, second, guestPaging);
    }

    /** @param paging depth of guest tables, as it stands in the third word */
    void begin(int deviceId, long second, long paging) {
        memory.writeLong(at(deviceId), CHANGING);
        memory.writeLong(at(deviceId) + Long.BYTES, second);
        memory.writeLong(at(deviceId) + 2 * Long.BYTES, word(deviceId, 2) & ~PAGING | paging);
    }

    /** Ends it with the word that makes it valid, or changes bits of that word alone. */
    void end(int deviceId, long first) {
        memory.writeLong(at(deviceId), first);
    }

    /** Changes the half that decides over interrupts, which is one word here; whether it was not so already. */
    boolean interrupts(int deviceId, long word) {
        long before = word(deviceId, 2);
        long after = word | before & PAGING;
        memory.writeLong(at(deviceId) + 2 * Long.BYTES, after);
        return before != after;
    }
}
