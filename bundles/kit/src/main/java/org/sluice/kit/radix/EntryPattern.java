// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.radix;

import java.util.function.IntPredicate;

/**
 * Finds for an entry as an editor writes it which bits must stay so that it means the same: an entry that agrees in them is as
 * good, whatever its address and its accessed bits are. A walk then takes one comparison where a classification takes several
 * look-ups. Stateless.
 */
final class EntryPattern {
    private EntryPattern() {
    }

    /**
     * Bits among the low {@code width} that decide, given that {@code value} satisfies {@code same}: each is dropped that makes no
     * difference whatever the bits dropped before are.
     */
    static int deciding(int width, int value, IntPredicate same) {
        int mask = (1 << width) - 1;
        for (int bit = 1; bit < 1 << width; bit <<= 1) {
            if (holds(width, value, mask & ~bit, same)) {
                mask &= ~bit;
            }
        }
        return mask;
    }

    private static boolean holds(int width, int value, int mask, IntPredicate same) {
        int free = (1 << width) - 1 & ~mask;
        for (int bits = free;; bits = bits - 1 & free) {
            if (!same.test(value & mask | bits)) {
                return false;
            }
            if (bits == 0) {
                return true;
            }
        }
    }
}
