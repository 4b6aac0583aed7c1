// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.radix;

import org.sluice.api.Permissions;
import org.sluice.machine.MemoryWindow;
import org.sluice.machine.PhysicalMemory;

/**
 * Translates one address through a radix table, whatever its format. The answer is a {@code long}: the output address
 * (below 2<sup>63</sup>), or {@code -1 - outcome}. Details of the last walk stay in the walker until the next one.
 *
 * <p>Each level is below the last, so a walk ends after at most {@link RadixFormat#MAX_LEVELS} reads, whatever the tables say.
 * No allocation, no exceptions. One walker serves one thread; it may serve any table of its memory.
 */
public final class RadixWalker {
    /** An entry on the path maps nothing. */
    public static final int NOT_PRESENT = 0;
    /** An entry forbids the access. */
    public static final int NOT_PERMITTED = 1;
    /** An entry has bits that must not be so. */
    public static final int RESERVED = 2;
    /** The input address is wider than the table. */
    public static final int BEYOND_WIDTH = 3;
    /** Input bits that a skipped level would have used are not zero (AMD). */
    public static final int SKIPPED_BITS = 4;
    /** A table lies where there is no memory. */
    public static final int OUTSIDE_MEMORY = 5;
    /** A table lies in memory that the image does not hold. */
    public static final int UNKNOWN_MEMORY = 6;

    private final PhysicalMemory memory;
    private final boolean keepPath;
    private final long[] path = new long[2 * RadixFormat.MAX_LEVELS];
    private MemoryWindow window = MemoryWindow.NOWHERE;
    private int level;
    private int pageShift;
    private int granted;
    private long entry;
    private long entryAddress;
    private int depth;
    private long common;

    /** A walker that keeps only the last entry. */
    public RadixWalker(PhysicalMemory memory) {
        this(memory, false);
    }

    /** @param keepPath whether each entry read is kept, for reports */
    public RadixWalker(PhysicalMemory memory, boolean keepPath) {
        this.memory = memory;
        this.keepPath = keepPath;
    }

    /** The outcome that a negative answer of {@link #walk} stands for. */
    public static int outcome(long answer) {
        return (int) (-1 - answer);
    }

    /**
     * Walks.
     *
     * @param root physical address of the root table
     * @param iova input address; the caller has compared it with the unit's own limits, the format's width is checked here
     * @param need permission asked for, bits of {@link Permissions}; 0 for what is mapped however
     */
    public long walk(RadixFormat format, long root, long iova, int need) {
        long[] kept = keepPath ? path : null;
        depth = 0;
        common = -1L;
        if (!format.accepts(iova)) {
            return stop(format.levels - 1, 0, 0, BEYOND_WIDTH);
        }
        return need != 0 && (format.plain.permissions & need) == need ? descend(format, root, iova, need, kept)
                : descend(format, root, format.levels - 1, Permissions.ALL, iova, need, kept);
    }

    /**
     * The common case: tables as an editor writes them, all in one window, then a leaf. Anything else is left to the other method,
     * from the table on where it shows. The loop ends by its shift and not by the level so that the compiler does not take it for a
     * counted one, which it would unroll at a loss (docs/patterns.md).
     */
    private long descend(RadixFormat f, long root, long iova, int need, long[] kept) {
        PlainPath plain = f.plain;
        long tableMask = plain.tableMask;
        long value = plain.topValue;
        long indexMask = plain.topMask;
        int shift = plain.topShift;
        MemoryWindow w = window;
        long table = root;
        int lastShift = plain.lastShift;
        int top = f.levels - 1;
        int at = top;
        long all = -1L;
        while (true) {
            long address = table + (iova >>> shift & indexMask);
            if (!w.contains(address)) {
                break;
            }
            long e = w.getLong(address);
            all &= e;
            if (shift == lastShift || (e & tableMask) != value) {
                if ((e & plain.leafMask[at]) == plain.leafValue[at]) {
                    found(at, address, shift + 3, e, plain.permissions);
                    common = all;
                    if (kept != null) {
                        keep(kept, address, e);
                    }
                    long offset = (8L << shift) - 1;
                    return e & f.leafAddressMask & ~offset | iova & offset;
                }
                break;
            }
            if (kept != null) {
                keep(kept, address, e);
            }
            table = e & f.tableAddressMask;
            indexMask = plain.mask;
            shift -= plain.bits;
            value -= plain.valueStep;
            at--;
        }
        common = all;
        return descend(f, table, at, at == top ? Permissions.ALL : plain.tablePermissions, iova, need, kept);
    }

    /** The general case, from the table of a level down with the permissions that the levels above have left. */
    private long descend(RadixFormat f, long from, int level, int granted, long iova, int need, long[] kept) {
        MemoryWindow w = window;
        long table = from;
        int rights = granted;
        int at = level;
        while (true) {
            long address = table + ((iova >>> f.shift[at] & f.indexMask[at]) << 3);
            if (!w.contains(address)) {
                w = enter(address);
                if (w == null) {
                    return absent(at, address);
                }
            }
            long e = w.getLong(address);
            if (f.bigEndian) {
                e = Long.reverseBytes(e);
            }
            common &= e;
            if (kept != null) {
                keep(kept, address, e);
            }
            short step = f.step(at, e);
            int code = RadixFormat.code(step);
            boolean leaf = code >= RadixFormat.LEAF;
            rights &= f.permissions(step, leaf, e);
            boolean denied = (rights & need) != need && (leaf || f.permissionsAtEachLevel);
            if (code < 0 || denied || f.violations(at, leaf, e) != 0) {
                return stop(at, address, e, why(f, code, denied, f.violations(at, leaf, e) != 0));
            }
            if (leaf) {
                int size = f.pageShift(at, code, e);
                return size < 0 ? stop(at, address, e, RESERVED) : found(f, at, address, size, e, rights, iova);
            }
            if (code != at - 1 && (iova & skipped(f, at, code)) != 0) {
                return stop(at, address, e, SKIPPED_BITS);
            }
            table = f.tableAddress(e);
            at = code;
        }
    }

    private void keep(long[] kept, long address, long e) {
        kept[2 * depth] = address;
        kept[2 * depth++ + 1] = e;
    }

    private MemoryWindow enter(long address) {
        MemoryWindow w = memory.window(address);
        window = w == null ? MemoryWindow.NOWHERE : w;
        return w;
    }

    private long absent(int at, long address) {
        return stop(at, address, 0, memory.isRam(address) ? UNKNOWN_MEMORY : OUTSIDE_MEMORY);
    }

    private long found(RadixFormat f, int at, long address, int size, long e, int rights, long iova) {
        found(at, address, size, e, rights);
        long offset = (1L << size) - 1;
        return f.leafAddress(e) & ~offset | iova & offset;
    }

    private void found(int at, long address, int size, long e, int rights) {
        level = at;
        entry = e;
        entryAddress = address;
        pageShift = size;
        granted = rights;
    }

    /** Input bits of the levels between {@code at} and {@code next}, which take no part in the walk. */
    static long skipped(RadixFormat f, int at, int next) {
        return (1L << f.shift[at]) - (1L << f.shift[next + 1]);
    }

    /** The reason that comes first in the order of the format. */
    static int why(RadixFormat f, int code, boolean denied, boolean violated) {
        if (code == RadixFormat.EMPTY) {
            return NOT_PRESENT;
        }
        boolean broken = code == RadixFormat.BAD || violated;
        return denied && (f.permissionsAtEachLevel || !broken) ? NOT_PERMITTED : RESERVED;
    }

    private long stop(int at, long address, long e, int outcome) {
        level = at;
        entry = e;
        entryAddress = address;
        return -1L - outcome;
    }

    /** Level where the last walk ended, counted from the leaves. */
    public int level() {
        return level;
    }

    /** log2 of the page that the last walk found. */
    public int pageShift() {
        return pageShift;
    }

    /** Permissions on the path of the last walk that found a page. */
    public int permissions() {
        return granted;
    }

    /** The entry at which the last walk ended; 0 if it could not be read. */
    public long entry() {
        return entry;
    }

    /** Physical address of that entry. */
    public long entryAddress() {
        return entryAddress;
    }

    /** Bits that are set in each entry that the last walk has read. */
    public long common() {
        return common;
    }

    /** Entries read by the last walk; 0 if it kept no path. */
    public int depth() {
        return depth;
    }

    /** Physical address of the {@code i}-th entry read. */
    public long pathAddress(int i) {
        return path[2 * i];
    }

    /** The {@code i}-th entry read. */
    public long pathEntry(int i) {
        return path[2 * i + 1];
    }
}
