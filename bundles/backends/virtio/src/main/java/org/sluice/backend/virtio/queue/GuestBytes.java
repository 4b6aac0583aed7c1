// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.virtio.queue;

import org.sluice.machine.MemoryWindow;
import org.sluice.machine.PhysicalMemory;

/** Reads of any alignment from memory that may not be there. Stateless. */
final class GuestBytes {
    /** Not known. */
    static final int ABSENT = -1;

    private GuestBytes() {
    }

    /** 16 bits, or {@link #ABSENT}. */
    static int u16(PhysicalMemory memory, long address) {
        byte[] bytes = read(memory, address, Short.BYTES);
        return bytes == null ? ABSENT : bytes[0] & 0xff | (bytes[1] & 0xff) << Byte.SIZE;
    }

    /** {@code count} bytes, or null if one of them is not known. */
    static byte[] read(PhysicalMemory memory, long address, int count) {
        byte[] bytes = new byte[count];
        MemoryWindow window = null;
        for (int i = 0; i < count; i++) {
            long at = address + i;
            if (window == null || !window.contains(at)) {
                window = memory.window(at);
            }
            if (window == null) {
                return null;
            }
            bytes[i] = window.getByte(at);
        }
        return bytes;
    }

    /** 64-bit little-endian words, the last one filled with zeros. */
    static long[] words(byte[] bytes) {
        long[] words = new long[(bytes.length + Long.BYTES - 1) / Long.BYTES];
        for (int i = 0; i < bytes.length; i++) {
            words[i / Long.BYTES] |= (bytes[i] & 0xffL) << i % Long.BYTES * Byte.SIZE;
        }
        return words;
    }
}
