// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.layout;

import org.sluice.api.layout.BitField;
import org.sluice.api.layout.BitField.Kind;
import org.sluice.api.layout.StructureLayout;
import org.sluice.machine.Hex;

/** Bits of a structure that must be zero in one unit: those of the layout and those its capabilities add. Immutable. */
public final class ReservedBits {
    private final long[] masks;

    private ReservedBits(long[] masks) {
        this.masks = masks;
    }

    public static ReservedBits of(StructureLayout layout) {
        long[] masks = new long[(layout.bits() + Long.SIZE - 1) / Long.SIZE];
        for (BitField field : layout.fields()) {
            if (field.kind() == Kind.RESERVED) {
                masks[field.word()] |= field.put(-1L);
            }
        }
        return new ReservedBits(masks);
    }

    /** The bits of an address field from {@code hostBits} up are reserved too. */
    public ReservedBits andAbove(int hostBits, BitField address) {
        return and(address.word(), address.put(-1L) & -(1L << hostBits));
    }

    public ReservedBits and(int word, long bits) {
        long[] more = masks.clone();
        more[word] |= bits;
        return new ReservedBits(more);
    }

    /** The bits of a word. */
    public long mask(int word) {
        return masks[word];
    }

    /** Whether any of the bits is set. */
    public boolean violatedBy(Structure structure) {
        for (int i = 0; i < masks.length; i++) {
            if ((structure.word(i) & masks[i]) != 0) {
                return true;
            }
        }
        return false;
    }

    /** Whether any of the bits is set in a structure of two words. */
    public boolean violatedBy(long low, long high) {
        return (low & masks[0] | high & masks[1]) != 0;
    }

    /** The bits set, for people: {@code 0x10 of word 0}. */
    public String text(Structure structure) {
        for (int i = 0; i < masks.length; i++) {
            long bits = structure.word(i) & masks[i];
            if (bits != 0) {
                return Hex.of(bits) + " of word " + i;
            }
        }
        return "none";
    }
}
