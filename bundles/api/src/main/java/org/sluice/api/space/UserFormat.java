// SPDX-License-Identifier: Apache-2.0
package org.sluice.api.space;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;

import org.sluice.api.space.Refusal.Rule;

/**
 * How data of the owner of a table must look: what of the vendor's structure is the owner's, and not one bit more (NST-09). Data that is longer is
 * taken if what follows is zero, since then it says nothing that is not known here.
 *
 * @param length bytes, a multiple of 4
 * @param allowed bits that may be set in each 64-bit word; the last may be half a word
 */
public record UserFormat(int type, String name, int length, List<Long> allowed) {
    public UserFormat {
        allowed = List.copyOf(allowed);
        if (allowed.size() != (length + Long.BYTES - 1) / Long.BYTES) {
            throw new IllegalArgumentException(name + " needs a mask for each word of " + length + " bytes");
        }
    }

    /**
     * The words of the data.
     *
     * @throws RefusedException it is of another type ({@code STAGES}) or breaks the format ({@code INVALID})
     */
    public long[] words(int givenType, byte[] bytes) {
        if (givenType != type) {
            throw new RefusedException(Refusal.of(Rule.STAGES, null, "data of type " + givenType + " where " + name + " is type " + type));
        }
        if (bytes.length < length) {
            throw new RefusedException(Refusal.of(Rule.INVALID, null, name + " has " + length + " bytes, not " + bytes.length));
        }
        for (int i = length; i < bytes.length; i++) {
            if (bytes[i] != 0) {
                throw new RefusedException(Refusal.of(Rule.INVALID, null, name + ": byte " + i + " means something that is not known here"));
            }
        }
        ByteBuffer in = ByteBuffer.wrap(Arrays.copyOf(bytes, allowed.size() * Long.BYTES)).order(ByteOrder.LITTLE_ENDIAN);
        long[] words = new long[allowed.size()];
        for (int i = 0; i < words.length; i++) {
            words[i] = in.getLong();
            long bad = words[i] & ~allowed.get(i);
            if (bad != 0) {
                throw new RefusedException(Refusal.of(Rule.INVALID, null, name + ": bit " + Long.numberOfTrailingZeros(bad) + " of word " + i
                        + " is not the user's to set"));
            }
        }
        return words;
    }
}
