// SPDX-License-Identifier: Apache-2.0
package org.sluice.api.layout;

import java.util.List;
import java.util.Map;

/**
 * Bits {@code high:low} (both inclusive) of a structure; at most 64 of them, and they may cross a 64-bit word.
 *
 * @param name the specification's name; reserved fields are called {@code reserved}
 * @param kind how hardware treats it
 * @param meaning one line for people
 * @param values names of particular values; empty if the value is a number or an address
 */
public record BitField(String name, int low, int high, Kind kind, String meaning, Map<Long, String> values) {
    /** How hardware treats a field. */
    public enum Kind {
        /** A number, flag or code. */
        VALUE,
        /** An address: the bits stay where they are, lower bits are zero. */
        ADDRESS,
        /** Must be zero. */
        RESERVED,
        /** Free for software, ignored by hardware. */
        IGNORED
    }

    public BitField {
        if (low < 0 || high < low || high - low >= Long.SIZE) {
            throw new IllegalArgumentException(name + ": bits " + high + ":" + low);
        }
        values = Map.copyOf(values);
    }

    /** By its name and place alone: fields serve as keys, and their value names need not be hashed. */
    @Override
    public int hashCode() {
        return 31 * name.hashCode() + low;
    }

    public int width() {
        return high - low + 1;
    }

    /** Mask of the field's width, not shifted. */
    public long mask() {
        return -1L >>> Long.SIZE - width();
    }

    /** Index of the 64-bit word that holds the lowest bit. */
    public int word() {
        return low / Long.SIZE;
    }

    /** The field's value out of the 64-bit word that holds it all; addresses too are shifted down. */
    public long get(long wordValue) {
        return wordValue >>> low % Long.SIZE & mask();
    }

    /** The field's value out of the whole structure. */
    public long get(List<Long> words) {
        int shift = low % Long.SIZE;
        long value = words.get(word()) >>> shift;
        if (shift + width() > Long.SIZE) {
            value |= words.get(word() + 1) << Long.SIZE - shift;
        }
        return value & mask();
    }

    /** {@code value} put in place within its 64-bit word; bits that do not fit are dropped. */
    public long put(long value) {
        return (value & mask()) << low % Long.SIZE;
    }

    /** The address an {@link Kind#ADDRESS} field holds, lower bits zero. */
    public long address(long wordValue) {
        return wordValue & mask() << low % Long.SIZE;
    }

    /** The name of {@code value}, or empty if it has none. */
    public String meaningOf(long value) {
        return values.getOrDefault(value, "");
    }
}
