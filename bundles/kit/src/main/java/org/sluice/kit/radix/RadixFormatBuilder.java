// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.radix;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntToLongFunction;

import org.sluice.api.Permissions;

/** Collects what a format is; levels are added from the leaves up. Not thread-safe. */
public final class RadixFormatBuilder {
    final String backend;
    final String name;
    final List<FormatLevel> levels = new ArrayList<>();
    final int[] vendorLevels = new int[RadixFormat.MAX_LEVELS];
    final long[] permissionBits = new long[Permissions.ALL + 1];
    String title = "";
    String clause = "";
    int inputBits;
    int outputBits;
    boolean signExtended;
    boolean bigEndian;
    boolean permissionsAtEachLevel;
    boolean alignmentUnchecked;
    RadixFormat.Classifier classifier;
    RadixFormat.Step zeroStep;
    RadixFormat.PermissionRule lowPermissions = (level, leaf, low) -> Permissions.ALL;
    RadixFormat.PermissionRule highPermissions;
    long modifier;
    RadixFormat.PermissionRule modifiedPermissions;
    long tableAddressMask;
    long leafAddressMask;
    int pieceShift;
    long pieceMask;
    long groupBit;
    int groupShift;
    long tableBits;
    long extraPageSizes;

    RadixFormatBuilder(String backend, String name) {
        this.backend = backend;
        this.name = name;
    }

    public RadixFormatBuilder title(String text, String specificationClause) {
        title = text;
        clause = specificationClause;
        return this;
    }

    /**
     * Adds the next level up.
     *
     * @param vendorLevel the vendor's number for it
     * @param shift lowest input bit that indexes its table
     * @param indexBits how many bits do
     * @param entryLayout layout's name of its entries
     */
    public RadixFormatBuilder level(int vendorLevel, int shift, int indexBits, String entryLayout) {
        vendorLevels[levels.size()] = vendorLevel;
        levels.add(new FormatLevel(shift, indexBits, entryLayout));
        return this;
    }

    /** Bits of table entries of a level that must have the value given. */
    public RadixFormatBuilder fixedInTable(int level, long mask, long value) {
        levels.get(level).tableFixedMask |= mask;
        levels.get(level).tableFixedValue |= value;
        return this;
    }

    /** Bits of leaves of a level that must have the value given. */
    public RadixFormatBuilder fixedInLeaf(int level, long mask, long value) {
        levels.get(level).leafFixedMask |= mask;
        levels.get(level).leafFixedValue |= value;
        return this;
    }

    /** Bits of table entries of a level that must be 0 although hardware does not check them. */
    public RadixFormatBuilder uncheckedInTable(int level, long mask) {
        levels.get(level).tableUnchecked |= mask;
        return this;
    }

    /** Bits of leaves of a level that must be 0 although hardware does not check them. */
    public RadixFormatBuilder uncheckedInLeaf(int level, long mask) {
        levels.get(level).leafUnchecked |= mask;
        return this;
    }

    /** Input width in bits; canonical addresses if {@code extended}. */
    public RadixFormatBuilder input(int bits, boolean extended) {
        inputBits = bits;
        signExtended = extended;
        return this;
    }

    public RadixFormatBuilder classify(RadixFormat.Classifier rule) {
        classifier = rule;
        return this;
    }

    /** What an all-zero entry is, {@link RadixFormat.Step#NONE} or {@link RadixFormat.Step#FORBIDDEN}; absent: what its low bits say (s390: forbidden). */
    public RadixFormatBuilder zeroEntry(RadixFormat.Step step) {
        zeroStep = step;
        return this;
    }

    /** Permissions by bits 11:0 of an entry; absent: all. */
    public RadixFormatBuilder lowPermissions(RadixFormat.PermissionRule rule) {
        lowPermissions = rule;
        return this;
    }

    /** Permissions by bits 63:52 of an entry (level is always 0 here); absent: all. */
    public RadixFormatBuilder highPermissions(RadixFormat.PermissionRule rule) {
        highPermissions = rule;
        return this;
    }

    /** Permissions by bits 11:0 of leaves that have {@code bit} set, instead of {@link #lowPermissions}' own; table entries never differ. */
    public RadixFormatBuilder modifiedPermissions(long bit, RadixFormat.PermissionRule rule) {
        modifier = bit;
        modifiedPermissions = rule;
        return this;
    }

    /** A denied upper entry faults before the lower one is read; otherwise the leaf decides. */
    public RadixFormatBuilder permissionsAtEachLevel() {
        permissionsAtEachLevel = true;
        return this;
    }

    /** Hardware ignores the address bits below a page's size; a page that has some set is a defect all the same (AMD). */
    public RadixFormatBuilder alignmentUnchecked() {
        alignmentUnchecked = true;
        return this;
    }

    /** Where addresses stand in entries, and how wide outputs are. */
    public RadixFormatBuilder addresses(long tableMask, long leafMask, int physicalBits) {
        tableAddressMask = tableMask;
        leafAddressMask = leafMask;
        outputBits = physicalBits;
        return this;
    }

    /** A second piece of each address: {@code entry << leftShift & mask}. */
    public RadixFormatBuilder addressPiece(int leftShift, long mask) {
        pieceShift = leftShift;
        pieceMask = mask;
        return this;
    }

    /**
     * A leaf of level 0 with {@code bit} set stands for 2<sup>{@code log2}</sup> bytes and is repeated in every entry of them; of its
     * address bits below that, exactly the highest is set, or the entry is broken. Decoded only. The bit must be fixed elsewhere.
     */
    public RadixFormatBuilder groupedPages(long bit, int log2) {
        groupBit = bit;
        groupShift = log2;
        return this;
    }

    public RadixFormatBuilder bigEndian() {
        bigEndian = true;
        return this;
    }

    /** Encoding of a pointer to a lower table, beside the address, wherever no other is given for a level. */
    public RadixFormatBuilder encodeTable(long bits) {
        tableBits = bits;
        return this;
    }

    /** Encoding of a pointer that stands in a table of {@code level}. */
    public RadixFormatBuilder encodeTable(int level, long bits) {
        levels.get(level).tableBits = bits;
        return this;
    }

    /** The word that an unused entry of a level holds; absent: 0. */
    public RadixFormatBuilder encodeEmpty(int level, long word) {
        levels.get(level).emptyEntry = word;
        return this;
    }

    /** Encoding of a leaf of a level, beside address and permissions. */
    public RadixFormatBuilder encodeLeaf(int level, long bits) {
        levels.get(level).leafBits = bits;
        return this;
    }

    /** Encoding of permissions in a leaf; the bits should grant what is asked for, or the editor refuses to map so. */
    public RadixFormatBuilder encodePermissions(IntToLongFunction bits) {
        for (int p = 0; p < permissionBits.length; p++) {
            permissionBits[p] = bits.applyAsLong(p);
        }
        return this;
    }

    /** Further page sizes, as a bit set of log2, where leaves carry their size. */
    public RadixFormatBuilder sizedPages(long log2Set) {
        extraPageSizes = log2Set;
        return this;
    }

    public RadixFormat build() {
        return new RadixFormat(this);
    }
}
