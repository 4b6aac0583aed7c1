// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.radix;

import java.lang.invoke.VarHandle;

import org.sluice.machine.MemoryWindow;
import org.sluice.machine.PhysicalMemory;

/**
 * Maps and unmaps in one radix table, whatever its format. Entries are published with release ordering, a table before the
 * entry that points to it. A refused {@link #map} or {@link #unmap} leaves every table as it was, and at no moment has it translated
 * anything else. Caches of the hardware are the caller's business, and so is when freed tables may be reused: they go to the allocator at once, so invalidate before
 * the next map. Where a live page may not turn into a table in one step (Arm), invalidate in between by unmapping it whole.
 *
 * <p>Not thread-safe against other edits of the same table; walkers may run at any time.
 */
public final class RadixEditor {
    /** Done. */
    public static final int OK = 0;
    /** Part of the range is mapped already. */
    public static final int EXISTS = 1;
    /** No page left for a table. */
    public static final int NO_MEMORY = 2;
    /** The format cannot say it: width, alignment to the smallest page, permissions. */
    public static final int NOT_EXPRESSIBLE = 3;

    /** In place of a leaf's bits: the format has no such permissions. */
    public static final long REFUSED = -1;

    private final RadixFormat format;
    private final RadixStore store;
    private final long root;
    private final long pageSizes;
    private final long smallest;
    /** [permissions] what a leaf has for them, or {@link #REFUSED}. */
    private final long[] permissionBits;
    private final EditJournal journal = new EditJournal();
    /** The table of level 0 edited last. */
    private final LeafTable leaves;
    private final int leafShift;
    /** Size of a page of level 0, or 0 if none may be used. */
    private final long leafSize;
    /** The run at hand: entries of one table for pages of one size. */
    private MemoryWindow runWindow;
    private int runLevel;
    private long runFirst;
    private long runCount;

    private RadixEditor(RadixFormat format, RadixStore store, long root, long pageSizes) {
        this.format = format;
        this.store = store;
        this.root = root;
        this.pageSizes = pageSizes;
        this.smallest = Long.lowestOneBit(pageSizes);
        this.permissionBits = new long[format.permissionBits.length];
        for (int p = 0; p < permissionBits.length; p++) {
            permissionBits[p] = grants(p) ? format.permissionBits[p] : REFUSED;
        }
        this.leafShift = format.shift[0];
        this.leaves = new LeafTable(format);
        this.leafSize = pageSizes & 1L << leafShift;
    }

    /**
     * A new, empty table.
     *
     * @param pageSizes log2 set of page sizes to use; those that are no level's own are left out
     * @return null if no page is left for the root
     * @throws IllegalArgumentException if the format encodes entries that it does not decode, or no page size is left
     */
    public static RadixEditor create(PhysicalMemory memory, PageAllocator pages, RadixFormat format, long pageSizes) {
        long usable = pageSizes & FormatCheck.encodable(format);
        FormatCheck.encoding(format, usable);
        RadixStore store = new RadixStore(memory, pages, format);
        long root = store.allocate(format.levels - 1);
        return root == PageAllocator.NONE ? null : new RadixEditor(format, store, root, usable);
    }

    /** Whether pages of every size in use can grant at least {@code permissions}, and be told from nothing. */
    private boolean grants(int permissions) {
        for (int level = 0; level < format.levels; level++) {
            long leaf = format.leafBits[level] | format.permissionBits[permissions];
            short step = format.step(level, leaf);
            if ((pageSizes & 1L << format.shift[level]) != 0 && (RadixFormat.code(step) != RadixFormat.LEAF
                    || (format.permissions(step, true, leaf) & permissions) != permissions)) {
                return false;
            }
        }
        return true;
    }

    public long root() {
        return root;
    }

    /** Memory that the tables take, the root among them. */
    public long tableBytes() {
        return store.bytes();
    }

    /**
     * What pages have in their leaves, for {@link #map(long, long, long, long)}: the same as long as the editor is there.
     *
     * @param permissions at least these are granted; a format may be unable to withhold more
     * @param attributes further bits of each leaf (memory type, snoop), already in place
     * @return {@link #REFUSED} if the format cannot say it
     */
    public long leaf(int permissions, long attributes) {
        long bits = permissionBits[permissions];
        return bits == REFUSED || leafSize != 0 && !leaves.allows(bits | attributes) ? REFUSED : bits | attributes;
    }

    /** {@link #map(long, long, long, long)} with the {@link #leaf} of permissions and attributes. */
    public int map(long iova, long output, long size, int permissions, long attributes) {
        return map(iova, output, size, leaf(permissions, attributes));
    }

    /**
     * Maps {@code size} bytes with the largest pages that alignment allows.
     *
     * @param size bytes, unsigned, a multiple of the smallest page
     * @param leaf from {@link #leaf}
     * @return {@link #OK} or why nothing was mapped
     */
    public int map(long iova, long output, long size, long leaf) {
        if (leaf == REFUSED) {
            return NOT_EXPRESSIBLE;
        }
        if (size == leafSize && (leaves.covers(iova) || findLeafTable(iova))) {
            return leaves.map(iova, output, leaf);
        }
        return isInLeafTable(iova, size) ? leaves.mapRun(iova, output, size, leaf) : mapRange(iova, output, size, leaf);
    }

    /**
     * Maps ranges one after the other, each as {@link #map(long, long, long, long)} does, up to the first that is refused.
     *
     * @param iovas where the ranges start, ascending, and no range meets the next; the first {@code count} of each array
     * @return how many were mapped
     */
    public int mapEach(long[] iovas, long[] outputs, long[] sizes, int count, int permissions, long attributes) {
        return mapEach(iovas, outputs, sizes, count, leaf(permissions, attributes));
    }

    /** {@link #mapEach(long[], long[], long[], int, int, long)} with a {@link #leaf}. */
    public int mapEach(long[] iovas, long[] outputs, long[] sizes, int count, long leaf) {
        int done = 0;
        for (int before = -1; done < count && done != before;) {
            before = done;
            if (leaf != REFUSED && leafSize != 0 && leaves.covers(iovas[done])) {
                done = leaves.mapEach(iovas, outputs, sizes, done, count, leaf);
            }
            // What is not a free page of the table edited last goes there, becomes something larger, or is refused.
            done += done == before && map(iovas[done], outputs[done], sizes[done], leaf) == OK ? 1 : 0;
        }
        return done;
    }

    private int mapRange(long iova, long output, long size, long leaf) {
        if (!covers(iova, size) || !reaches(output, size, leaf)) {
            return NOT_EXPRESSIBLE;
        }
        journal.clear();
        // All that can be refused comes before the first leaf: hardware never sees pages that are taken back.
        long last = 0;
        for (long done = 0; done != size; done += last) {
            last = reserveRun(iova + done, output + done, size - done);
            if (last < 0) {
                undo();
                return (int) -last;
            }
        }
        if (last == size) {
            fillRun(output, leaf);
        } else {
            for (long done = 0; done != size;) {
                findRun(iova + done, leafLevel(iova + done, output + done, size - done), size - done);
                done += fillRun(output + done, leaf);
            }
        }
        for (int i = 0; i < journal.size(); i++) {
            releaseReplaced(journal.level(i), journal.before(i));
        }
        return OK;
    }

    /** Whether a range of input addresses is one that the tables have, in whole pages. */
    private boolean covers(long iova, long size) {
        long last = iova + size - 1;
        return size != 0 && ((iova | size) & smallest - 1) == 0 && Long.compareUnsigned(iova, last) < 0
                && format.accepts(iova) && format.accepts(last) && !(format.signExtended && (iova ^ last) < 0);
    }

    /** Whether leaves can hold every output address of a range. */
    private boolean reaches(long output, long size, long leaf) {
        long lastPage = output + size - smallest;
        int level = Long.numberOfTrailingZeros(smallest) == leafShift ? 0 : leafLevel(0, 0, smallest);
        return (output & smallest - 1) == 0 && Long.compareUnsigned(output, lastPage) <= 0
                && isLegal(level, output, leaf) && isLegal(level, lastPage, leaf);
    }

    private boolean isLegal(int level, long output, long leaf) {
        long encoded = format.encodeLeaf(output);
        return encoded != -1 && format.violations(level, true, encoded | leaf | format.leafBits[level]) == 0;
    }

    /** Makes room for pages of one size in one table; bytes of the run, or minus the refusal. */
    private long reserveRun(long iova, long output, long size) {
        int level = leafLevel(iova, output, size);
        long table = root;
        boolean fresh = false;
        for (int at = format.levels - 1; at > level; at--) {
            long address = store.slot(table, at, iova);
            MemoryWindow window = store.window(address);
            long entry = store.read(window, address);
            int code = store.code(at, entry);
            fresh = code == RadixFormat.EMPTY;
            if (fresh) {
                table = store.allocate(at - 1);
                if (table == PageAllocator.NONE) {
                    return -NO_MEMORY;
                }
                replace(window, address, at, entry, table);
            } else if (code == at - 1) {
                table = format.tableAddress(entry);
            } else {
                return -EXISTS;
            }
        }
        setRun(table, level, iova, size);
        return fresh || vacant(runWindow, runFirst, level, runCount) ? runCount << format.shift[level] : -EXISTS;
    }

    /** Goes to a run that was reserved. */
    private void findRun(long iova, int level, long size) {
        long table = root;
        for (int at = format.levels - 1; at > level; at--) {
            long address = store.slot(table, at, iova);
            table = format.tableAddress(store.read(store.window(address), address));
        }
        setRun(table, level, iova, size);
    }

    private void setRun(long table, int level, long iova, long size) {
        runWindow = store.window(table);
        runLevel = level;
        runFirst = store.slot(table, level, iova);
        runCount = Math.min(size >>> format.shift[level], format.indexMask[level] + 1 - (runFirst - table >>> 3));
        remember(level, iova, table, runWindow);
    }

    /** Fills the run with pages of one size; bytes mapped. */
    private long fillRun(long output, long leaf) {
        // Plain stores, and one fence behind them: a release store per entry costs half of a large map.
        store.fillLeaves(runWindow, runFirst, runLevel, runCount, output, leaf | format.leafBits[runLevel]);
        VarHandle.releaseFence();
        return runCount << format.shift[runLevel];
    }

    /** Whether nothing is mapped by entries of one table; empty tables in the way are noted for being replaced. */
    private boolean vacant(MemoryWindow window, long first, int level, long count) {
        for (long i = 0; i < count; i++) {
            long address = first + (i << 3);
            long entry = store.read(window, address);
            int code = store.code(level, entry);
            if (code == RadixFormat.EMPTY) {
                continue;
            }
            if (!RadixStore.isTable(code) || !store.isEmpty(format.tableAddress(entry), code)) {
                return false;
            }
            journal.add(address, level, 1, entry);
        }
        return true;
    }

    /** The highest level whose pages fit; the caller has checked that those of {@link #smallest} do. */
    private int leafLevel(long iova, long output, long size) {
        int level = 0;
        for (int up = 1; up < format.levels; up++) {
            long bytes = 1L << format.shift[up];
            if (((iova | output) & bytes - 1) == 0 && Long.compareUnsigned(size, bytes) >= 0 && (pageSizes & bytes) != 0) {
                level = up;
            }
        }
        return level;
    }

    /**
     * Unmaps what is mapped between {@code iova} and {@code iova + size - 1}; larger pages that reach beyond are split first.
     * Tables that lie wholly inside are freed.
     *
     * @return bytes that were mapped, or with nothing changed {@code -NO_MEMORY} if a page could not be split, {@code
     *         -NOT_EXPRESSIBLE} if the range is not one of whole pages within the width
     */
    public long unmap(long iova, long size) {
        if (size == leafSize && leaves.covers(iova) && (iova & leafSize - 1) == 0) {
            return leaves.unmap(iova);
        }
        return isInLeafTable(iova, size) ? leaves.unmapRun(iova, size) : unmapRange(iova, size);
    }

    /** {@link #unmap} of a range that starts there is about to be called: what it will wait for is fetched meanwhile. */
    public void approach(long iova) {
        if (!leaves.covers(iova) && findLeafTable(iova)) {
            leaves.fetch(iova);
        }
    }

    /** Whether a range is one of pages of the smallest size, in a table that stays whatever becomes of them; goes there. */
    private boolean isInLeafTable(long iova, long size) {
        return leafSize != 0 && leaves.isPart(iova, size) && (leaves.covers(iova) || findLeafTable(iova));
    }

    private long unmapRange(long iova, long size) {
        if (!covers(iova, size)) {
            return -NOT_EXPRESSIBLE;
        }
        long last = iova + size - 1;
        journal.clear();
        if (!cut(iova) || !cut(iova + size)) {
            undo();
            return -NO_MEMORY;
        }
        long bytes = clear(root, format.levels - 1, iova, last);
        VarHandle.releaseFence();
        return bytes;
    }

    /** Goes to the table of the smallest pages around an address, if there is one. */
    private boolean findLeafTable(long iova) {
        long table = format.accepts(iova) ? store.leafTable(root, iova) : PageAllocator.NONE;
        if (table != PageAllocator.NONE) {
            remember(0, iova, table, store.window(table));
        }
        return table != PageAllocator.NONE;
    }

    /** Splits pages until none reaches over {@code iova}; false if no table is left for that. */
    private boolean cut(long iova) {
        if (!format.accepts(iova)) {
            return true;
        }
        long table = root;
        int level = format.levels - 1;
        while (level > 0) {
            long address = store.slot(table, level, iova);
            MemoryWindow window = store.window(address);
            long entry = store.read(window, address);
            int code = store.code(level, entry);
            if (RadixStore.isTable(code)) {
                table = format.tableAddress(entry);
                level = code;
            } else if (code < 0 || (iova & (1L << format.shift[level]) - 1) == 0) {
                return true;
            } else {
                table = split(entry, level);
                if (table == PageAllocator.NONE) {
                    return false;
                }
                replace(window, address, level, entry, table);
                level--;
            }
        }
        return true; // ranges are whole pages of the smallest size
    }

    /** A table that translates as the leaf does, of pages one level down or tables of smaller ones. */
    private long split(long leaf, int level) {
        int below = level - 1;
        long table = store.allocate(below);
        if (table == PageAllocator.NONE) {
            return table;
        }
        int shift = format.shift[below];
        boolean pages = (pageSizes & 1L << shift) != 0;
        long output = format.leafAddress(leaf) & -(1L << format.shift[level]);
        long rest = leaf & ~format.leafAddressMask & ~format.pieceMaskInEntry() & ~format.leafBits[level] | format.leafBits[below];
        MemoryWindow window = store.window(table);
        for (long i = 0; i <= format.indexMask[below]; i++) {
            long entry = format.encodeLeaf(output + (i << shift)) | rest;
            if (!pages) {
                long lower = split(entry, below);
                if (lower == PageAllocator.NONE) {
                    store.release(table, below);
                    return lower;
                }
                entry = pointer(lower, below);
            }
            store.write(window, table + (i << 3), entry);
        }
        return table;
    }

    private void remember(int level, long iova, long table, MemoryWindow window) {
        if (level == 0) {
            leaves.enter(iova, table, window);
        }
    }

    /** Empties entries; no page reaches beyond the range. Bytes that were mapped. */
    private long clear(long table, int level, long iova, long last) {
        MemoryWindow window = store.window(table);
        remember(level, iova, table, window);
        long span = (1L << format.shift[level]) - 1;
        long bytes = 0;
        for (long from = iova;; from = (from | span) + 1) {
            long end = from | span;
            long to = Long.compareUnsigned(end, last) < 0 ? end : last;
            long address = store.slot(table, level, from);
            long entry = store.read(window, address);
            int code = store.code(level, entry);
            if (code >= RadixFormat.LEAF) {
                store.write(window, address, format.emptyEntry[level]);
                bytes += span + 1;
            } else if (code >= 0 && (from & span) == 0 && to == end) {
                store.publish(window, address, format.emptyEntry[level]);
                bytes += release(format.tableAddress(entry), code);
            } else if (code >= 0) {
                bytes += clear(format.tableAddress(entry), code, from, to);
            }
            if (to == last) {
                return bytes;
            }
        }
    }

    /** Frees every table, the root too; the editor must not be used again. */
    public void release() {
        release(root, format.levels - 1);
    }

    private long release(long table, int level) {
        leaves.leave();
        return store.release(table, level);
    }

    /** Points an entry to a table and notes what it was. */
    private void replace(MemoryWindow window, long address, int level, long before, long table) {
        journal.add(address, level, 1, before);
        store.publish(window, address, pointer(table, level));
    }

    private long pointer(long table, int level) {
        return format.encodeTable(table) | format.tableBits[level];
    }

    /** Takes back what the journal holds, newest first. */
    private void undo() {
        for (int i = journal.size() - 1; i >= 0; i--) {
            long address = journal.address(i);
            MemoryWindow window = store.window(address);
            long now = store.read(window, address);
            long before = journal.before(i);
            store.fill(window, address, journal.count(i), before);
            VarHandle.releaseFence();
            if (now != before) {
                releaseReplaced(journal.level(i), now);
            }
        }
    }

    /** Frees the table, if any, that an entry pointed to before it was replaced. */
    private void releaseReplaced(int level, long entry) {
        int code = store.code(level, entry);
        if (RadixStore.isTable(code)) {
            release(format.tableAddress(entry), code);
        }
    }
}
