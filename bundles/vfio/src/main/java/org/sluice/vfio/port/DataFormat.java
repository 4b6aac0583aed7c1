// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.port;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;

import org.sluice.vfio.Errno;
import org.sluice.vfio.VfioException;

/**
 * How typed data must look: length, and bits that may be set. A later version is longer; data longer than this one is taken if what
 * follows is zero, since then it says nothing that this version does not know.
 *
 * @param length bytes, a multiple of 4
 * @param allowed bits that may be set in each 64-bit word; the last may be half a word
 * @param reserved name of the refusal for other bits
 */
public record DataFormat(int type, String name, int length, List<Long> allowed, Errno reserved) {
    public DataFormat {
        allowed = List.copyOf(allowed);
        if (allowed.size() != (length + Long.BYTES - 1) / Long.BYTES) {
            throw new IllegalArgumentException(name + " needs a mask for each word of " + length + " bytes");
        }
    }

    /** The data in this format's length, or why it is refused. */
    public byte[] check(TypedData data) {
        if (data.type() != type) {
            throw new VfioException(Errno.EOPNOTSUPP, "data of type " + data.type() + " where " + name + " is type " + type);
        }
        byte[] bytes = data.bytes();
        if (bytes.length < length) {
            throw new VfioException(Errno.EINVAL, name + " has " + length + " bytes, not " + bytes.length);
        }
        for (int i = length; i < bytes.length; i++) {
            if (bytes[i] != 0) {
                throw new VfioException(Errno.E2BIG, name + ": byte " + i + " means something that is not known here");
            }
        }
        byte[] known = Arrays.copyOf(bytes, length);
        for (int word = 0; word < allowed.size(); word++) {
            long bad = word(known, word) & ~allowed.get(word);
            if (bad != 0) {
                throw new VfioException(reserved, name + ": reserved bit " + Long.numberOfTrailingZeros(bad) + " of word " + word + " is set");
            }
        }
        return known;
    }

    /** The 64-bit word of that index; what lies behind the end is zero. */
    public static long word(byte[] bytes, int index) {
        byte[] word = Arrays.copyOfRange(bytes, index * Long.BYTES, (index + 1) * Long.BYTES);
        return ByteBuffer.wrap(word).order(ByteOrder.LITTLE_ENDIAN).getLong();
    }
}
