// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.radix;

import org.sluice.api.Permissions;
import org.sluice.machine.MemoryWindow;
import org.sluice.machine.PhysicalMemory;

/**
 * Translates one address through two radix tables, whatever their formats: the inner one is owned by a guest, and each of its table
 * reads and its result go through the outer one (its parent). The answer is that of {@link RadixWalker}; which part of the
 * two-dimensional walk ended it, {@link #part} tells.
 *
 * <p>At most ({@link RadixFormat#MAX_LEVELS} + 1)<sup>2</sup> - 1 reads, whatever the tables say. No allocation, no exceptions. One
 * walker serves one thread.
 */
public final class NestedWalker {
    /** The outer walk for the address of an inner table. */
    public static final int TABLE_READ = 0;
    /** The inner walk: an entry of an inner table, or its fetch. */
    public static final int INNER = 1;
    /** The outer walk for the inner walk's result. */
    public static final int RESULT = 2;

    private final PhysicalMemory memory;
    private final RadixWalker outer;
    /** Four values for each inner entry read: inner address, physical address, entry, permissions of its page in the outer table. */
    private final long[] path = new long[4 * RadixFormat.MAX_LEVELS];
    private MemoryWindow window = MemoryWindow.NOWHERE;
    private int depth;
    private long common;
    private int part;
    private int level;
    private int pageShift;
    private int granted;
    private long between;
    private long entry;
    private long entryAddress;

    /** A walker for hot paths: of the outer walks it keeps only the last entry. */
    public NestedWalker(PhysicalMemory memory) {
        this(memory, false);
    }

    /** @param keepPath whether each entry that an outer walk reads is kept too, for reports */
    public NestedWalker(PhysicalMemory memory, boolean keepPath) {
        this.memory = memory;
        this.outer = new RadixWalker(memory, keepPath);
    }

    /**
     * Walks.
     *
     * @param innerRoot address of the inner root table, which the outer table translates
     * @param outerRoot physical address of the outer root table
     * @param need permission asked for; inner tables themselves are read with {@link Permissions#READ}
     */
    public long walk(RadixFormat inner, long innerRoot, RadixFormat outerFormat, long outerRoot, long iova, int need) {
        return walk(inner, innerRoot, outerFormat, outerFormat, outerRoot, iova, need);
    }

    /**
     * Walks where the outer table treats reads of inner tables differently.
     *
     * @param tableFormat format of the outer table for reads of inner tables: the same tables, but perhaps other permissions
     */
    public long walk(RadixFormat inner, long innerRoot, RadixFormat tableFormat, RadixFormat outerFormat, long outerRoot, long iova, int need) {
        depth = 0;
        common = -1L;
        part = INNER;
        level = inner.levels - 1;
        if (!inner.accepts(iova)) {
            return -1L - RadixWalker.BEYOND_WIDTH;
        }
        long table = innerRoot;
        int rights = Permissions.ALL;
        PlainPath plain = inner.plain;
        long usual = need != 0 && (plain.permissions & need) == need ? plain.topValue : PlainPath.NEVER;
        while (true) {
            long address = table + ((iova >>> inner.shift[level] & inner.indexMask[level]) << 3);
            between = address;
            part = TABLE_READ;
            long at = outer.walk(tableFormat, outerRoot, address, Permissions.READ);
            if (at < 0) {
                return at;
            }
            part = INNER;
            entryAddress = at;
            entry = 0;
            if (!enter(at)) {
                return -1L - (memory.isRam(at) ? RadixWalker.UNKNOWN_MEMORY : RadixWalker.OUTSIDE_MEMORY);
            }
            long e = window.getLong(at);
            e = inner.bigEndian ? Long.reverseBytes(e) : e;
            entry = e;
            common &= e;
            keep(address, at, e);
            if (level > 0 && (e & plain.tableMask) == usual) { // what editors write, as in RadixWalker
                rights &= plain.tablePermissions;
                usual -= plain.valueStep;
                table = e & inner.tableAddressMask;
                level--;
                continue;
            }
            usual = PlainPath.NEVER;
            short step = inner.step(level, e);
            int code = RadixFormat.code(step);
            boolean leaf = code >= RadixFormat.LEAF;
            rights &= inner.permissions(step, leaf, e);
            boolean denied = (rights & need) != need && (leaf || inner.permissionsAtEachLevel);
            boolean violated = inner.violations(level, leaf, e) != 0;
            if (code < 0 || denied || violated) {
                return -1L - RadixWalker.why(inner, code, denied, violated);
            }
            if (leaf) {
                return result(inner, code, rights, outerFormat, outerRoot, iova, need);
            }
            if (code != level - 1 && (iova & RadixWalker.skipped(inner, level, code)) != 0) {
                return -1L - RadixWalker.SKIPPED_BITS;
            }
            table = inner.tableAddress(e);
            level = code;
        }
    }

    private boolean enter(long address) {
        if (window.contains(address)) {
            return true;
        }
        MemoryWindow found = memory.window(address);
        window = found == null ? MemoryWindow.NOWHERE : found;
        return found != null;
    }

    /** From the leaf that was found. */
    private long result(RadixFormat inner, int code, int rights, RadixFormat outerFormat, long outerRoot, long iova, int need) {
        int size = inner.pageShift(level, code, entry);
        if (size < 0) {
            return -1L - RadixWalker.RESERVED;
        }
        long offset = (1L << size) - 1;
        between = inner.leafAddress(entry) & ~offset | iova & offset;
        part = RESULT;
        long answer = outer.walk(outerFormat, outerRoot, between, need);
        if (answer >= 0) {
            pageShift = Math.min(size, outer.pageShift());
            granted = rights & outer.permissions();
        }
        return answer;
    }

    private void keep(long address, long at, long e) {
        int i = 4 * depth++;
        path[i] = address;
        path[i + 1] = at;
        path[i + 2] = e;
        path[i + 3] = outer.permissions();
    }

    /** Where the last walk ended: {@link #TABLE_READ}, {@link #INNER} or {@link #RESULT}. */
    public int part() {
        return part;
    }

    /** Level of the inner table where the last walk ended or found its leaf, counted from the leaves. */
    public int level() {
        return level;
    }

    /** The address between the two tables that the last outer walk was asked for. */
    public long between() {
        return between;
    }

    /** The last inner entry read; 0 if it could not be read. */
    public long entry() {
        return entry;
    }

    /** Physical address of that entry. */
    public long entryAddress() {
        return entryAddress;
    }

    /** The outer walker as the last outer walk left it. */
    public RadixWalker outer() {
        return outer;
    }

    /** log2 of the smaller of the two pages found. */
    public int pageShift() {
        return pageShift;
    }

    /** Permissions that both tables grant. */
    public int permissions() {
        return granted;
    }

    /** Bits that are set in each inner entry that the last walk has read. */
    public long common() {
        return common;
    }

    /** Inner entries read by the last walk. */
    public int depth() {
        return depth;
    }

    /** Address of the {@code i}-th inner entry as the inner table's owner sees it. */
    public long pathAddress(int i) {
        return path[4 * i];
    }

    /** Physical address of the {@code i}-th inner entry. */
    public long pathPhysical(int i) {
        return path[4 * i + 1];
    }

    /** The {@code i}-th inner entry. */
    public long pathEntry(int i) {
        return path[4 * i + 2];
    }

    /** What the outer table permits at the {@code i}-th inner entry. */
    public int pathPermissions(int i) {
        return (int) path[4 * i + 3];
    }
}
