// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.synthetic.device;

import org.sluice.machine.MemoryWindow;
import org.sluice.machine.PhysicalMemory;

/** Bytes that tell which operation they belong to, and what memory holds where none should be. Stateless. */
final class Payload {
    private static final long STEP = 0x9E37_79B9_7F4A_7C15L;
    /** What pages hold that no device may write to. */
    static final long CANARY = 0xc0de_c0de_c0de_c0deL;

    private Payload() {
    }

    /** SplitMix64's output function. */
    static long mix(long value) {
        long z = value;
        z = (z ^ z >>> 30) * 0xBF58_476D_1CE4_E5B9L;
        z = (z ^ z >>> 27) * 0x94D0_49BB_1331_11EBL;
        return z ^ z >>> 31;
    }

    /** Fills {@code length} bytes, a multiple of 8, with those of operation {@code number}. */
    static void fill(byte[] bytes, int length, long number) {
        long word = mix(number);
        for (int at = 0; at < length; at += Long.BYTES) {
            word += STEP;
            for (int i = 0; i < Long.BYTES; i++) {
                bytes[at + i] = (byte) (word >>> Byte.SIZE * i);
            }
        }
    }

    /** Whether memory holds the bytes of that operation. */
    static boolean isAt(PhysicalMemory memory, long address, int length, long number) {
        MemoryWindow window = memory.window(address);
        long word = mix(number);
        for (int at = 0; at < length; at += Long.BYTES) {
            word += STEP;
            if (window.getLong(address + at) != word) {
                return false;
            }
        }
        return true;
    }

    static boolean isFilledWith(PhysicalMemory memory, long address, int length, long word) {
        MemoryWindow window = memory.window(address);
        return window.matches(address, length / Long.BYTES, -1L, word) == length / Long.BYTES;
    }

    static void fillWith(PhysicalMemory memory, long address, int length, long word) {
        memory.window(address).fill(address, length / Long.BYTES, word, 0);
    }
}
