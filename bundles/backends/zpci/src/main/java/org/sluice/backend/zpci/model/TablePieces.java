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
 * A range of DMA addresses as tables divide it: neighbouring pages of a page table, mapped or not, frames, and gaps as large as the invalid
 * entry that makes them. Tables that point at each other could divide a range without end, so one look is bounded. A page table is come to
 * once: of its further entries those are read where they lie that are invalid, or like one walked to but for their frame. Near the last walk
 * to a page the way is shorter too, as long as what it met above is still there: see {@link LastPath}. Not thread-safe.
 */
final class TablePieces {
    /** Entries of one look: as many pages as 16 GiB have. */
    private static final int BUDGET = 1 << 22;

    private static final int PAGE_SHIFT = 12;
    private static final long PAGE_TABLE_MASK = 0x7ff;
    /** A bad one. */
    private static final long NO_ENTRY = 0;
    private static final long PAGE_INVALID = TableEntry.EMPTY_PAGE;
    /** Bits of a page entry that are not its frame, as it stands in memory. One with none of them is a bad one if it has no frame either. */
    private static final long NO_FRAME = Long.reverseBytes(~ZpciFormats.FRAME_ADDRESS);

    private final PhysicalMemory memory;
    private final DmaTranslation translation;
    private final LastPath path = new LastPath();
    private final long[] words = new long[ShadowTable.PAGES];
    private ZpciFunction function;
    private long next;
    private long last;
    private int left;
    private boolean ended;
    private Fault fault;
    private long start;
    private long end;
    private int pages;
    private long frame;

    TablePieces(PhysicalMemory memory) {
        this.memory = memory;
        translation = new DmaTranslation(memory, true);
    }

    /** @param source has tables registered, which translate both addresses */
    void begin(ZpciFunction source, long from, long to) {
        function = source;
        next = from;
        last = to;
        left = BUDGET;
        ended = false;
        fault = null;
    }

    /** Goes to the next piece; false at the end of the range, at a bad entry, and when the budget is used up. */
    boolean next() {
        if (ended || left == 0) {
            return false;
        }
        start = next;
        pages = 0;
        frame = ShadowTable.NONE;
        long near = path.pageEntry(function, start);
        int beside = near == LastPath.ELSEWHERE ? 0 : takePages(near, path.window(), path.page(), path.tail());
        if (beside != 0) {
            tookPages(beside);
            return true;
        }
        boolean mapped = translation.look(function, start) == Outcome.MAPPED;
        if (!mapped && translation.fault() != EventCodes.TPROTE) {
            fault = translation.fault() == null ? EventCodes.INVALTE : translation.fault();
            ended = true;
            return false;
        }
        RadixWalker walker = translation.walker();
        if (walker != null && walker.level() == 0) {
            tookPages(enter(walker, mapped));
            return true;
        }
        left--;
        int shift = mapped ? translation.pageShift() : translation.entryShift();
        frame = mapped ? ShadowTable.word(translation.output(), shift, translation.permissions()) : ShadowTable.NONE;
        until(start | (1L << shift) - 1);
        return true;
    }

    private void tookPages(int count) {
        pages = count;
        left -= count;
        until(start + ((long) count << PAGE_SHIFT) - 1);
    }

    /** Takes the page walked to and those behind it; how many. */
    private int enter(RadixWalker walker, boolean mapped) {
        long at = walker.entryAddress();
        MemoryWindow window = memory.window(at);
        long tail = ShadowTable.tail(PAGE_SHIFT, translation.permissions());
        if (window == null || !window.contains(at | PAGE_TABLE_MASK)) {
            words[0] = mapped ? translation.output() | tail : ShadowTable.NONE;
            return 1;
        }
        if (mapped) {
            path.remember(function, start, walker, window, tail);
        }
        int count = takePages(at, window, mapped ? walker.entry() : NO_ENTRY, tail);
        if (count != 0) {
            return count;
        }
        // It was another entry by then: as it was walked to, it counts.
        words[0] = mapped ? translation.output() | tail : ShadowTable.NONE;
        return 1;
    }

    /** Takes pages from an entry on as long as they are invalid, or like {@code model} but for their frame, in the same page table; how many. */
    private int takePages(long at, MemoryWindow window, long model, long tail) {
        long room = (PAGE_TABLE_MASK + 1 - (at & PAGE_TABLE_MASK)) / Long.BYTES;
        int most = (int) Math.min(room, Math.min(left, (last - start >>> PAGE_SHIFT) + 1));
        if (most > 1 && window.isWritable()) {
            window.getLongs(at, words, most);
        } else {
            for (int i = 0; i < most; i++) {
                words[i] = window.getLong(at + (long) i * Long.BYTES);
            }
        }
        // A refresh of what was mapped together finds all of it valid, which is seen without a look at each.
        long pattern = Long.reverseBytes(model);
        return (pattern & NO_FRAME) != 0 && areAlike(words, most, pattern) ? toFrames(words, most, tail) : toWords(words, most, model, tail);
    }

    /** Whether entries, as they stand in memory, are like another but for their frame. */
    private static boolean areAlike(long[] entries, int count, long model) {
        long differ = 0;
        for (int i = 0; i < count; i++) {
            differ |= entries[i] ^ model;
        }
        return (differ & NO_FRAME) == 0;
    }

    /** Makes words of valid entries as they stand in memory. */
    private static int toFrames(long[] entries, int count, long tail) {
        for (int i = 0; i < count; i++) {
            entries[i] = Long.reverseBytes(entries[i]) & ZpciFormats.FRAME_ADDRESS | tail;
        }
        return count;
    }

    /** Makes words of entries as they stand in memory, as far as they are what may be taken; how many. */
    private static int toWords(long[] entries, int count, long model, long tail) {
        for (int i = 0; i < count; i++) {
            long entry = Long.reverseBytes(entries[i]);
            if ((entry & PAGE_INVALID) != 0) {
                entries[i] = ShadowTable.NONE;
            } else if (entry != NO_ENTRY && model != NO_ENTRY && ((entry ^ model) & ~ZpciFormats.FRAME_ADDRESS) == 0) {
                entries[i] = entry & ZpciFormats.FRAME_ADDRESS | tail;
            } else {
                return i;
            }
        }
        return count;
    }

    private void until(long lastOfPiece) {
        end = lastOfPiece;
        if (Long.compareUnsigned(end, last) >= 0) {
            end = last;
            ended = true;
        }
        next = end + 1;
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

    /** Vendor's number of the level of the bad entry. */
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

    /** How many pages of a page table the piece is, 0 for a frame or a gap. */
    int pages() {
        return pages;
    }

    /** A word for each of the pages, from the first on; belongs to this object. */
    long[] words() {
        return words;
    }

    /** The frame of which the piece is all or part, or {@link ShadowTable#NONE}. */
    long frame() {
        return frame;
    }
}
