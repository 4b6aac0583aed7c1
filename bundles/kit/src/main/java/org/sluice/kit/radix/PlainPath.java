// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.radix;

import org.sluice.api.Permissions;

/**
 * What a walk needs to pass over tables and leaves as an editor writes them, where all levels but the root are alike: then it
 * takes one comparison an entry and keeps everything in registers. Most formats are so; others are walked the general way.
 * Immutable.
 */
final class PlainPath {
    /** Value of no entry, with mask 0. */
    static final long NEVER = -1;

    /** Permissions that entries on such a path grant, the leaf included; 0 if the format is not of that kind. */
    final int permissions;
    /** What the tables alone grant. */
    final int tablePermissions;
    /** Shift that gives the offset of an entry in the root, once masked, and how much less it is at the next level. */
    final int topShift;
    final int bits;
    final int lastShift;
    final long topMask;
    final long mask;
    /** What is fixed in entries that lead to the next level, for the root, and how much less it is at the next level. */
    final long tableMask;
    final long topValue;
    final long valueStep;
    /** [level] bits that decide whether an entry is a leaf for reading and writing, and their value. */
    final long[] leafMask;
    final long[] leafValue;

    private final RadixFormat format;

    PlainPath(RadixFormat format) {
        this.format = format;
        int top = format.levels - 1;
        leafMask = new long[format.levels];
        leafValue = new long[format.levels];
        boolean usual = !format.bigEndian && format.pieceMask == 0 && top > 0;
        tablePermissions = usual ? granted(top, false, format.tableBits[top]) : 0;
        int leafPermissions = granted(0, true, leaf(0));
        for (int level = 0; level <= top; level++) {
            // A leaf in the root is not narrowed by a table above it, so its permissions may be others.
            boolean agrees = usual && level < top && isPlain(level, true, leaf(level), leafPermissions);
            leafMask[level] = agrees ? decidingLeaf(level, leafPermissions) : 0;
            leafValue[level] = agrees ? leaf(level) & leafMask[level] : NEVER;
        }
        topShift = format.shift[top] - 3;
        lastShift = format.shift[0] - 3;
        bits = top > 0 ? format.shift[top] - format.shift[top - 1] : 0;
        topMask = format.indexMask[top] << 3;
        mask = format.indexMask[0] << 3;
        tableMask = usual ? deciding(top, false, format.tableBits[top]) : 0;
        topValue = format.tableBits[top] & tableMask;
        valueStep = top > 1 ? topValue - (format.tableBits[top - 1] & tableMask) : 0;
        permissions = usual && levelsAreAlike() ? tablePermissions & leafPermissions : 0;
    }

    private long leaf(int level) {
        return format.leafBits[level] | format.permissionBits[Permissions.READ_WRITE];
    }

    private int granted(int level, boolean leaf, long entry) {
        return format.permissions(format.step(level, entry), leaf, entry);
    }

    private boolean isPlain(int level, boolean leaf, long entry, int permissions) {
        // An entry of zero may mean something of its own, so it must not pass for one of these.
        return (entry & deciding(level, leaf, entry)) != 0
                && RadixFormat.code(format.step(level, entry)) == (leaf ? RadixFormat.LEAF : level - 1)
                && format.violations(level, leaf, entry) == 0 && granted(level, leaf, entry) == permissions;
    }

    private boolean levelsAreAlike() {
        for (int level = format.levels - 1; level > 0; level--) {
            long entry = format.tableBits[level];
            if (!isPlain(level, false, entry, tablePermissions) || deciding(level, false, entry) != tableMask
                    || (entry & tableMask) != topValue - (format.levels - 1 - level) * valueStep
                    || format.indexMask[level - 1] << 3 != mask) {
                return false;
            }
        }
        return true;
    }

    /** Without the modifier, where a leaf with it grants the same as one without: what is written with hardware's dirty state is as usual. */
    private long decidingLeaf(int level, int permissions) {
        long mask = deciding(level, true, leaf(level));
        return isPlain(level, true, leaf(level) ^ format.modifier, permissions) ? mask & ~format.modifier : mask;
    }

    /** Bits in which an entry has to agree with {@code entry} to mean the same. */
    private long deciding(int level, boolean leaf, long entry) {
        short step = format.step(level, entry);
        int low = EntryPattern.deciding(RadixFormat.LOW_BITS, (int) entry & RadixFormat.LOW_VALUES - 1, bits -> format.step(level, bits) == step);
        int high = EntryPattern.deciding(RadixFormat.LOW_BITS, (int) (entry >>> RadixFormat.HIGH_SHIFT),
                bits -> format.highPermissions(leaf, (long) bits << RadixFormat.HIGH_SHIFT) == format.highPermissions(leaf, entry));
        return low | (long) high << RadixFormat.HIGH_SHIFT | format.fixedBits(level, leaf);
    }
}
