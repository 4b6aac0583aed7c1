// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.radix;

import org.sluice.api.Permissions;
import org.sluice.api.layout.TableFormat;

/**
 * A page-table format as data: what {@link RadixWalker}, {@link RadixEditor} and {@link RadixSweep} need to know and nothing
 * they could call. Levels are counted from the leaves: level 0 is the table whose entries can only be leaves, the root is at
 * {@code levels() - 1}, whatever the vendor numbers it. Immutable, thread-safe; built once per configuration of a unit.
 *
 * <p>An entry is 64 bits. Its low 12 bits choose a {@linkplain RadixFormatBuilder#classify step}; they and the high 12 bits give
 * permissions; every bit in between is address or must have a fixed value.
 */
public final class RadixFormat {
    /** Longest chain of tables that any format here has. */
    public static final int MAX_LEVELS = 7;

    /** Step codes below {@link #LEAF} and not negative are the level of the next table. */
    static final int EMPTY = -1;
    static final int BAD = -2;
    static final int LEAF = 16;
    /** A leaf whose size stands in the entry as the number of trailing ones of its address field (AMD, NextLevel 7). */
    static final int LEAF_SIZED = 17;

    static final int LOW_BITS = 12;
    static final int LOW_VALUES = 1 << LOW_BITS;
    static final int HIGH_SHIFT = Long.SIZE - LOW_BITS;
    private static final int PERMISSION_SHIFT = 8;
    /** Where the permissions of a leaf with the modifier stand, above the others. */
    private static final int MODIFIED_SHIFT = 3;

    final int levels;
    final int inputBits;
    final boolean signExtended;
    final long canonicalHalf;
    final boolean bigEndian;
    final boolean permissionsAtEachLevel;
    /** Address bits below a page's size take no part, whatever they are. */
    final boolean alignmentUnchecked;
    /** Lowest input bit that indexes the table of a level. */
    final int[] shift;
    /** Highest index value of a level, which is a mask. */
    final long[] indexMask;
    /** [level &lt;&lt; 12 | low bits]: step code in the low byte (signed), permissions above. */
    private final short[] step;
    /** [level]: what an all-zero entry is; its low bits alone could not tell. */
    private final short[] zeroStep;
    /** Bit of a leaf that selects its second set of permissions, or 0 (Arm: dirty state managed by hardware). */
    final long modifier;
    /** [leaf &lt;&lt; 12 | high bits] of permissions, or null if the high bits have none. */
    private final byte[] high;
    /** [level &lt;&lt; 1 | leaf]: bits with a fixed value, and that value. */
    private final long[] fixedMask;
    private final long[] fixedValue;
    /** [level &lt;&lt; 1 | leaf]: bits that the specification reserves and hardware does not look at. */
    private final long[] unchecked;
    final long tableAddressMask;
    final long leafAddressMask;
    /** Second piece of an address: {@code entry << pieceShift & pieceMask} (Arm, 52-bit addresses). */
    final int pieceShift;
    final long pieceMask;
    /** Bit of a leaf of level 0 that makes it stand for a group of entries, or 0, and log2 of what the group covers (RISC-V NAPOT). */
    private final long groupBit;
    private final int groupShift;
    final PlainPath plain;
    /** Encoding: what an entry of a level has beside address and permissions, as a pointer to a table, a leaf, or neither. */
    final long[] tableBits;
    final long[] leafBits;
    final long[] emptyEntry;
    /** [permissions] bits of a leaf. */
    final long[] permissionBits;
    /** log2 of page sizes that the unit supports, as a bit set. */
    final long pageSizes;
    private final TableFormat description;

    RadixFormat(RadixFormatBuilder b) {
        FormatCheck.widths(b.name, b.inputBits, b.signExtended, b.tableAddressMask | b.leafAddressMask | b.pieceMask);
        levels = b.levels.size();
        inputBits = b.inputBits;
        signExtended = b.signExtended;
        canonicalHalf = signExtended ? 1L << inputBits - 1 : 0;
        bigEndian = b.bigEndian;
        permissionsAtEachLevel = b.permissionsAtEachLevel;
        alignmentUnchecked = b.alignmentUnchecked;
        shift = new int[levels];
        indexMask = new long[levels];
        fixedMask = new long[levels << 1];
        fixedValue = new long[levels << 1];
        unchecked = new long[levels << 1];
        modifier = b.modifier;
        tableBits = new long[levels];
        leafBits = new long[levels];
        emptyEntry = new long[levels];
        step = new short[levels << LOW_BITS];
        zeroStep = new short[levels];
        high = b.highPermissions == null ? null : new byte[2 << LOW_BITS];
        tableAddressMask = b.tableAddressMask;
        leafAddressMask = b.leafAddressMask;
        pieceShift = b.pieceShift;
        pieceMask = b.pieceMask;
        groupBit = b.groupBit;
        groupShift = b.groupShift;
        permissionBits = b.permissionBits.clone();
        for (int level = 0; level < levels; level++) {
            FormatLevel l = b.levels.get(level);
            shift[level] = l.shift;
            indexMask[level] = (1L << l.indexBits) - 1;
            tableBits[level] = l.tableBits == null ? b.tableBits : l.tableBits;
            leafBits[level] = l.leafBits;
            emptyEntry[level] = l.emptyEntry;
            fixedMask[level << 1] = l.tableFixedMask;
            fixedValue[level << 1] = l.tableFixedValue;
            fixedMask[level << 1 | 1] = l.leafFixedMask;
            fixedValue[level << 1 | 1] = l.leafFixedValue;
            unchecked[level << 1] = l.tableUnchecked;
            unchecked[level << 1 | 1] = l.leafUnchecked;
            sampleLow(b, level);
        }
        sampleHigh(b);
        FormatCheck.geometry(b.name, this);
        plain = new PlainPath(this);
        pageSizes = b.extraPageSizes | FormatDescription.naturalPageSizes(this);
        description = FormatDescription.of(this, b);
    }

    private void sampleLow(RadixFormatBuilder b, int level) {
        for (int low = 0; low < LOW_VALUES; low++) {
            int code = b.classifier.step(level, low).code;
            if (code >= 0 && code < LEAF && code >= level) {
                throw new IllegalArgumentException(b.name + ": a table at level " + level + " leads to level " + code);
            }
            int permissions = code == EMPTY ? 0 : b.lowPermissions.of(level, code >= LEAF, low);
            int modified = b.modifier == 0 || code < LEAF ? permissions : b.modifiedPermissions.of(level, true, low);
            step[level << LOW_BITS | low] = (short) ((modified << MODIFIED_SHIFT | permissions) << PERMISSION_SHIFT | code & 0xff);
        }
        zeroStep[level] = b.zeroStep == null ? step[level << LOW_BITS] : (short) (b.zeroStep.code & 0xff);
    }

    private void sampleHigh(RadixFormatBuilder b) {
        for (int i = 0; high != null && i < high.length; i++) {
            high[i] = (byte) b.highPermissions.of(0, i >= LOW_VALUES, i & LOW_VALUES - 1);
        }
    }

    public static RadixFormatBuilder builder(String backend, String name) {
        return new RadixFormatBuilder(backend, name);
    }

    /** The format for people and tools. */
    public TableFormat description() {
        return description;
    }

    public int levels() {
        return levels;
    }

    /** The vendor's number of a level. */
    public int vendorLevel(int level) {
        return description.levels().get(levels - 1 - level).vendorLevel();
    }

    /** log2 of what one entry of a level covers. */
    public int shift(int level) {
        return shift[level];
    }

    /** Bytes of a table of a level. */
    public long tableBytes(int level) {
        return indexMask[level] + 1 << 3;
    }

    /** Whether an input address is within the width of this format (canonical where the format sign-extends). */
    public boolean accepts(long iova) {
        // Canonical addresses become a range from 0 when half of it is added. Two shifts, since one by 64 is none.
        return iova + canonicalHalf >>> inputBits - 1 >>> 1 == 0;
    }

    /** The address of the next table that a table entry holds. */
    public long tableAddress(long entry) {
        return entry & tableAddressMask | entry << pieceShift & pieceMask;
    }

    /** The address field of a leaf, low bits as they stand in the entry. */
    public long leafAddress(long entry) {
        return entry & leafAddressMask | entry << pieceShift & pieceMask;
    }

    /** The address of a table as it stands in an entry, or -1 if an entry cannot hold it. */
    long encodeTable(long address) {
        long entry = address & tableAddressMask | (address & pieceMask) >>> pieceShift;
        return tableAddress(entry) == address ? entry : -1;
    }

    /** The address of a page as it stands in a leaf, or -1 if a leaf cannot hold it. */
    long encodeLeaf(long address) {
        long entry = address & leafAddressMask | (address & pieceMask) >>> pieceShift;
        return leafAddress(entry) == address ? entry : -1;
    }

    /** Bits of an entry that hold the second piece of its address. */
    long pieceMaskInEntry() {
        return pieceMask >>> pieceShift;
    }

    /** log2 of page sizes that a leaf may have, as a bit set. */
    public long pageSizes() {
        return pageSizes;
    }

    /** Whether an all-zero entry of that level maps nothing, as it does in nearly every format. */
    boolean zeroIsEmpty(int level) {
        return code(zeroStep[level]) == EMPTY;
    }

    short step(int level, long entry) {
        return entry == 0 ? zeroStep[level] : step[level << LOW_BITS | (int) entry & LOW_VALUES - 1];
    }

    /** What an entry with these low bits is while its address is not zero. */
    short stepOfBits(int level, long bits) {
        return step[level << LOW_BITS | (int) bits & LOW_VALUES - 1];
    }

    static int code(short step) {
        return (byte) step;
    }

    /** Permissions that one entry grants. */
    int permissions(short step, boolean leaf, long entry) {
        int low = step >>> ((entry & modifier) == 0 ? PERMISSION_SHIFT : PERMISSION_SHIFT + MODIFIED_SHIFT) & Permissions.ALL;
        return low & highPermissions(leaf, entry);
    }

    int highPermissions(boolean leaf, long entry) {
        return high == null ? Permissions.ALL : high[(leaf ? LOW_VALUES : 0) + (int) (entry >>> HIGH_SHIFT)];
    }

    /** Bits of an entry beyond the low and high ones on which its meaning depends. */
    long fixedBits(int level, boolean leaf) {
        return fixedMask[level << 1 | (leaf ? 1 : 0)] | modifier | groupBit;
    }

    /** Bits of an entry that have a fixed value. */
    long fixedMask(int level, boolean leaf) {
        return fixedMask[level << 1 | (leaf ? 1 : 0)];
    }

    long fixedValue(int level, boolean leaf) {
        return fixedValue[level << 1 | (leaf ? 1 : 0)];
    }

    /** Bits of an entry that are not as the format fixes them; 0 if all is well. */
    long violations(int level, boolean leaf, long entry) {
        int i = level << 1 | (leaf ? 1 : 0);
        return (entry ^ fixedValue[i]) & fixedMask[i];
    }

    /** Bits of an entry that are reserved and set although hardware does not look at them: nothing for a walk, a defect for an audit. */
    long uncheckedViolations(int level, boolean leaf, long entry) {
        return entry & unchecked[level << 1 | (leaf ? 1 : 0)];
    }

    /** log2 of the bytes that a leaf covers; -1 if the size it codes is not one between its level's own and the next level's. */
    int pageShift(int level, int code, long entry) {
        if (code == LEAF) {
            return (entry & groupBit) == 0 ? shift[level] : groupShift(entry);
        }
        int size = LOW_BITS + 1 + Long.numberOfTrailingZeros(~(leafAddress(entry) >>> LOW_BITS));
        boolean between = size > shift[level] && size < shift[level] + Long.bitCount(indexMask[level]);
        return between && (1L << size - 1 & leafAddressMask) != 0 ? size : -1;
    }

    /** Of the address bits that the place in the group replaces, exactly the highest must be set. */
    private int groupShift(long entry) {
        return (leafAddress(entry) & (1L << groupShift) - 1) == 1L << groupShift - 1 ? groupShift : -1;
    }

    /** What an entry of a table is, as sampled once over its low 12 bits. */
    public static final class Step {
        /** Maps nothing. */
        public static final Step NONE = new Step(EMPTY);
        /**
         * A combination that the specification forbids. It is reported after {@link #NONE} and, where permissions are checked
         * at each level, after a missing permission.
         */
        public static final Step FORBIDDEN = new Step(BAD);
        /** A leaf of the level's own size. */
        public static final Step PAGE = new Step(LEAF);
        /** A leaf whose size is coded in the address field. */
        public static final Step SIZED_PAGE = new Step(LEAF_SIZED);

        final int code;

        private Step(int code) {
            this.code = code;
        }

        /** A table of {@code level}, counted from the leaves; it must be below the entry's own. */
        public static Step table(int level) {
            return level >= 0 && level < MAX_LEVELS ? new Step(level) : FORBIDDEN;
        }
    }

    /** Says what an entry is by its low 12 bits; called once per value while the format is built. */
    @FunctionalInterface
    public interface Classifier {
        Step step(int level, int low12);
    }

    /** Permissions that 12 bits of an entry leave; called once per value while the format is built. */
    @FunctionalInterface
    public interface PermissionRule {
        int of(int level, boolean leaf, int bits12);
    }
}
