// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci.model;

import org.sluice.api.Fault;
import org.sluice.backend.zpci.layout.EventCodes;
import org.sluice.backend.zpci.layout.TableEntry;
import org.sluice.backend.zpci.layout.ZpciFormats;
import org.sluice.backend.zpci.lookup.DmaTranslation;
import org.sluice.backend.zpci.lookup.DmaTranslation.Outcome;
import org.sluice.backend.zpci.lookup.ZpciFunction;
import org.sluice.kit.radix.RadixWalker;
import org.sluice.machine.MemoryWindow;
import org.sluice.machine.PhysicalMemory;

/**
 * A range of DMA addresses as tables divide it: mapped pages, and gaps as large as the invalid entry that makes them. Tables that point at
 * each other could divide a range without end, so one look is bounded. A page table is come to once: of its further entries those are read
 * where they lie that are invalid, or like the one walked to but for their frame. Not thread-safe.
 */
final class TablePieces {
    /** Pieces of one look: as many pages as 16 GiB have. */
    private static final int BUDGET = 1 << 22;

    private static final int PAGE_SHIFT = 12;
    private static final long PAGE_TABLE_MASK = 0x7ff;
    private static final long NO_ENTRY = 0;

    private final PhysicalMemory memory;
    private final DmaTranslation translation;
    private ZpciFunction function;
    private long next;
    private long last;
    private int left;
    private boolean ended;
    private Fault fault;
    private long start;
    private long end;
    private boolean mapped;
    private long output;
    private int permissions;
    /** Where the entry of the next page is, if the last one was in the same page table; aligned to it if there is none. */
    private long entryAddress;
    private MemoryWindow window;
    /** The page entry that the walk into this table ended at if it was valid, or {@link #NO_ENTRY}, which is a bad one. */
    private long model;

    TablePieces(PhysicalMemory memory) {
        this.memory = memory;
        translation = new DmaTranslation(memory, false);
    }

    /** @param source has tables registered, which translate both addresses */
    void begin(ZpciFunction source, long from, long to) {
        function = source;
        next = from;
        last = to;
        left = BUDGET;
        ended = false;
        fault = null;
        entryAddress = 0;
    }

    /** Goes to the next piece; false at the end of the range, at a bad entry, and when the budget is used up. */
    boolean next() {
        if (ended || left-- == 0) {
            return false;
        }
        start = next;
        if ((entryAddress & PAGE_TABLE_MASK) != 0 && stepInTable()) {
            return until(start | (1L << PAGE_SHIFT) - 1);
        }
        return walk();
    }

    /** Takes the next entry of the same page table; false if it is one that has to be walked to. */
    private boolean stepInTable() {
        long entry = Long.reverseBytes(window.getLong(entryAddress));
        boolean valid = TableEntry.PAGE_INVALID.get(entry) == 0;
        if (valid && (entry == NO_ENTRY || model == NO_ENTRY || ((entry ^ model) & ~ZpciFormats.FRAME_ADDRESS) != 0)) {
            return false;
        }
        mapped = valid;
        output = entry & ZpciFormats.FRAME_ADDRESS;
        entryAddress += Long.BYTES;
        return true;
    }

    private boolean walk() {
        entryAddress = 0;
        Outcome outcome = translation.look(function, start);
        mapped = outcome == Outcome.MAPPED;
        if (!mapped && translation.fault() != EventCodes.TPROTE) {
            fault = outcome == Outcome.FAULT ? translation.fault() : EventCodes.INVALTE;
            ended = true;
            return false;
        }
        output = translation.output();
        permissions = translation.permissions();
        until(start | (1L << (mapped ? translation.pageShift() : translation.entryShift())) - 1);
        if (!ended) {
            enterTable();
        }
        return true;
    }

    /** Remembers the page table in which a walk has ended, if it is all in one piece of memory. */
    private void enterTable() {
        RadixWalker walker = translation.walker();
        if (walker == null || walker.level() != 0) {
            return;
        }
        long at = walker.entryAddress();
        window = memory.window(at);
        if (window != null && window.contains(at | PAGE_TABLE_MASK)) {
            model = mapped ? walker.entry() : NO_ENTRY;
            entryAddress = at + Long.BYTES;
        }
    }

    private boolean until(long lastOfPiece) {
        end = lastOfPiece;
        if (Long.compareUnsigned(end, last) >= 0) {
            end = last;
            ended = true;
        }
        next = end + 1;
        return true;
    }

    /** Whether the look ended at an entry that a translation must not meet. */
    boolean isBad() {
        return fault != null;
    }

    /** Whether the budget was used up before the end. */
    boolean isCutShort() {
        return !ended;
    }

    /** Only if {@link #isBad}. */
    int code() {
        return fault.code();
    }

    /** Table of the bad entry. */
    int level() {
        return translation.level();
    }

    /** First address of the piece, or where the look ended. */
    long start() {
        return start;
    }

    long end() {
        return end;
    }

    boolean isMapped() {
        return mapped;
    }

    /** Output of the first address; only if mapped. */
    long output() {
        return output;
    }

    int permissions() {
        return permissions;
    }
}
