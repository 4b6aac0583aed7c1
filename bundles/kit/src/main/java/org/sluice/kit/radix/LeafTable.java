// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.radix;

import java.lang.invoke.VarHandle;

import org.sluice.machine.MemoryWindow;

/**
 * The table of level 0 that an editor was in last, for the edits that nearly all are: one page of the smallest size, or many in a row. What
 * the format says of level 0 stands in fields here: in its arrays the compiler would look for each page. Not thread-safe.
 */
final class LeafTable {
    /** No address has this in its upper bits: leaf tables cover more than one byte. */
    private static final long NO_BASE = -1;
    /** Entries that are made and written in one go. */
    private static final int TOGETHER = 128;

    private final RadixFormat format;
    private final boolean bigEndian;
    /** Whether addresses are in the entry in one piece, as they are, and what else the format fixes is fixed for every page alike. */
    private final boolean plain;
    private final int pageShift;
    private final long pageMask;
    /** log2 of what one table covers. */
    private final int tableShift;
    private final long indexMask;
    private final long addressMask;
    private final long pieceMask;
    private final int pieceShift;
    /** Bits of an output address that a leaf cannot hold. */
    private final long outside;
    private final long leafBits;
    private final long fixedMask;
    private final long fixedValue;
    /** The entry that maps nothing, as it stands in memory. */
    private final long empty;
    /** What leaves for reading and writing have in common, as it stands in memory. */
    private final long usualMask;
    private final long usualValue;

    /** Entries at hand. */
    private final long[] words = new long[TOGETHER];

    /** What the table covers, and where it is. */
    private long base = NO_BASE;
    private long table;
    private MemoryWindow window;
    /** Written and never read: a load whose value goes nowhere the compiler would leave out. */
    @SuppressWarnings("unused")
    private long fetched;

    LeafTable(RadixFormat format) {
        this.format = format;
        bigEndian = format.bigEndian;
        pageShift = format.shift[0];
        pageMask = (1L << pageShift) - 1;
        tableShift = pageShift + Long.bitCount(format.indexMask[0]);
        indexMask = format.indexMask[0];
        addressMask = format.leafAddressMask;
        pieceMask = format.pieceMask;
        pieceShift = format.pieceShift;
        leafBits = format.leafBits[0];
        fixedMask = format.fixedMask(0, true);
        fixedValue = format.fixedValue(0, true);
        plain = pieceMask == 0 && (addressMask & fixedMask & fixedValue) == 0;
        outside = ~(addressMask | pieceMask) | pageMask | (plain ? fixedMask & addressMask : 0);
        empty = order(format.emptyEntry[0]);
        usualMask = format.plain.leafMask[0];
        usualValue = format.plain.leafValue[0];
    }

    /** Whether pages may have such leaves, wherever they lead. */
    boolean allows(long leaf) {
        return !plain || (((leaf | leafBits) ^ fixedValue) & fixedMask) == 0;
    }

    /** Whether a range is one of whole pages of a single table, and not all of it. */
    boolean isPart(long iova, long size) {
        long last = size - 1;
        return Long.compareUnsigned(last, (1L << tableShift) - 1) < 0 && ((iova | size) & pageMask) == 0 && (iova ^ iova + last) >>> tableShift == 0;
    }

    /** Goes to another table. */
    void enter(long iova, long newTable, MemoryWindow newWindow) {
        base = iova >>> tableShift;
        table = newTable;
        window = newWindow;
    }

    /** The table is free, or no longer a table. */
    void leave() {
        base = NO_BASE;
    }

    boolean covers(long iova) {
        return iova >>> tableShift == base;
    }

    /** Has the processor fetch the entry of an address within what the table {@link #covers}. */
    void fetch(long iova) {
        fetched = window.getLong(slot(iova));
    }

    /** Maps one page within what the table {@link #covers}; an answer of {@link RadixEditor#map}. */
    int map(long iova, long output, long leaf) {
        long entry = entry(output, leaf);
        if ((output & outside | iova & pageMask) != 0 || !isLegal(entry)) {
            return RadixEditor.NOT_EXPRESSIBLE;
        }
        long address = slot(iova);
        long before = window.replaceLong(address, empty, order(entry));
        if (before != empty) {
            if (isMapped(before)) {
                return RadixEditor.EXISTS;
            }
            window.setLong(address, order(entry));
        }
        return RadixEditor.OK;
    }

    /**
     * Maps ranges from {@code from} on, of which the first lies in the table, as long as each is one free page of it; what the entries of an
     * empty table do not show to be free, or the format does not hold as it is, is left to the caller.
     *
     * @param iovas ascending; no range meets the next
     * @return index of the first range that was not mapped
     */
    int mapEach(long[] iovas, long[] outputs, long[] sizes, int from, int to, long leaf) {
        int at = from;
        for (int end = at; plain && at == end && at < to && covers(iovas[at]);) {
            int many = (int) Math.min(Math.min(to - at, TOGETHER), indexMask + 1 - (iovas[at] >>> pageShift & indexMask));
            end = at + many;
            at = areNeighbours(iovas, sizes, at, many) && mapNeighbours(iovas[at], outputs, at, many, leaf | leafBits) ? end
                    : mapSingly(iovas, outputs, sizes, at, end, leaf);
        }
        // Plain stores and one fence behind them, as for a range of many pages.
        VarHandle.releaseFence();
        return at;
    }

    /** Whether each range is one page and they follow each other: that pages that do not meet take no more room than they need tells that. */
    private boolean areNeighbours(long[] iovas, long[] sizes, int from, int many) {
        long any = 0;
        long all = -1;
        for (int i = 0; i < many; i++) {
            any |= sizes[from + i];
            all &= sizes[from + i];
        }
        long first = iovas[from];
        return any == pageMask + 1 && all == any && (first & pageMask) == 0 && iovas[from + many - 1] - first == (long) (many - 1) << pageShift;
    }

    /** Maps pages that follow each other: all of them, or none if an entry is taken or an output cannot be held. */
    private boolean mapNeighbours(long iova, long[] outputs, int from, int many, long bits) {
        long any = 0;
        for (int i = 0; i < many; i++) {
            any |= outputs[from + i];
        }
        long address = slot(iova);
        if ((any & outside) != 0 || !areEmpty(address, many)) {
            return false;
        }
        if (bigEndian) {
            for (int i = 0; i < many; i++) {
                words[i] = Long.reverseBytes(outputs[from + i] | bits);
            }
        } else {
            for (int i = 0; i < many; i++) {
                words[i] = outputs[from + i] | bits;
            }
        }
        window.setLongsPlain(address, words, many);
        return true;
    }

    private boolean areEmpty(long address, int many) {
        window.getLongs(address, words, many);
        long differ = 0;
        for (int i = 0; i < many; i++) {
            differ |= words[i] ^ empty;
        }
        return differ == 0;
    }

    /** Maps one after the other; index of the first that was not mapped. */
    private int mapSingly(long[] iovas, long[] outputs, long[] sizes, int from, int to, long leaf) {
        MemoryWindow entries = window;
        int at = from;
        while (at < to) {
            long iova = iovas[at];
            long output = outputs[at];
            if (sizes[at] != pageMask + 1 || !covers(iova) || (output & outside | iova & pageMask) != 0) {
                break;
            }
            long address = slot(iova);
            if (entries.getLong(address) != empty) {
                break;
            }
            entries.setLongPlain(address, order(output | leaf | leafBits));
            at++;
        }
        return at;
    }

    /** Maps whole pages within what the table {@link #covers}, all or none; an answer of {@link RadixEditor#map}. */
    int mapRun(long iova, long output, long size, long leaf) {
        long last = output + (size - pageMask - 1);
        long first = entry(output, leaf);
        if (((output | last) & outside) != 0 || !isLegal(first) || !isLegal(entry(last, leaf)) || Long.compareUnsigned(last, output) < 0) {
            return RadixEditor.NOT_EXPRESSIBLE;
        }
        long address = slot(iova);
        int count = (int) (size >>> pageShift);
        for (int i = 0; i < count; i++) {
            long before = window.getLong(address + ((long) i << 3));
            if (before != empty && isMapped(before)) {
                return RadixEditor.EXISTS;
            }
        }
        if (plain && !bigEndian) {
            window.fill(address, count, first, pageMask + 1);
        } else {
            for (int i = 0; i < count; i++) {
                window.setLongPlain(address + ((long) i << 3), order(entry(output + ((long) i << pageShift), leaf)));
            }
        }
        VarHandle.releaseFence();
        return RadixEditor.OK;
    }

    /** The leaf of a page; anything if the output has bits {@link #outside}. */
    private long entry(long output, long leaf) {
        return (plain ? output : output & addressMask | (output & pieceMask) >>> pieceShift) | leaf | leafBits;
    }

    /** Whether an entry that {@link #allows} its leaf is as the format fixes it. */
    private boolean isLegal(long entry) {
        return plain || ((entry ^ fixedValue) & fixedMask) == 0;
    }

    /** Unmaps one page within what the table {@link #covers}; bytes that were mapped. */
    long unmap(long iova) {
        long before = window.exchangeLong(slot(iova), empty);
        return before != empty && isMapped(before) ? pageMask + 1 : 0;
    }

    /** Unmaps whole pages within what the table {@link #covers}; bytes that were mapped. */
    long unmapRun(long iova, long size) {
        long address = slot(iova);
        int count = (int) (size >>> pageShift);
        int mapped = 0;
        for (int i = 0; i < count; i++) {
            long before = window.getLong(address + ((long) i << 3));
            mapped += before != empty && isMapped(before) ? 1 : 0;
        }
        window.fill(address, count, empty, 0);
        VarHandle.releaseFence();
        return (long) mapped << pageShift;
    }

    private long slot(long iova) {
        return table + ((iova >>> pageShift & indexMask) << 3);
    }

    private boolean isMapped(long word) {
        return (word & usualMask) == usualValue || RadixFormat.code(format.step(0, order(word))) != RadixFormat.EMPTY;
    }

    private long order(long word) {
        return bigEndian ? Long.reverseBytes(word) : word;
    }
}
