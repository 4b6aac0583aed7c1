// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci.lookup;

import org.sluice.machine.MemoryWindow;
import org.sluice.machine.PhysicalMemory;

/** Big-endian words of memory: blocks that instructions read and store. As safe for many threads as the memory is. */
public final class Storage {
    private static final int BIT_IN_BYTE = 7;
    private static final int FIRST_BIT = 0x80;

    private final PhysicalMemory memory;

    public Storage(PhysicalMemory memory) {
        this.memory = memory;
    }

    /** Whether {@code bytes} from {@code address}, both multiples of 8, can be read. */
    public boolean canRead(long address, int bytes) {
        return memory.presence(address, bytes) == PhysicalMemory.Presence.PRESENT;
    }

    public boolean canWrite(long address, int bytes) {
        for (long at = address; Long.compareUnsigned(at - address, bytes) < 0;) {
            MemoryWindow window = memory.window(at);
            if (window == null || !window.isWritable()) {
                return false;
            }
            at = window.range().last() + 1;
        }
        return true;
    }

    public long word(long address) {
        return Long.reverseBytes(memory.readLong(address));
    }

    /** The words from {@code address}, which can be read. */
    public long[] words(long address, int count) {
        long[] words = new long[count];
        for (int i = 0; i < count; i++) {
            words[i] = word(address + (long) i * Long.BYTES);
        }
        return words;
    }

    public void put(long address, long word) {
        memory.writeLong(address, Long.reverseBytes(word));
    }

    public void put(long address, long[] words) {
        for (int i = 0; i < words.length; i++) {
            put(address + (long) i * Long.BYTES, words[i]);
        }
    }

    public void clear(long address, int bytes) {
        for (long at = address; at - address < bytes; at += Long.BYTES) {
            memory.writeLong(at, 0);
        }
    }

    /** Address of the byte that holds bit {@code bit} of a vector, the most significant bit of a byte first. */
    public static long byteOf(long vector, long bit) {
        return vector + (bit >>> Integer.numberOfTrailingZeros(Byte.SIZE));
    }

    /** The bit's mask in that byte. */
    public static int maskOf(long bit) {
        return FIRST_BIT >>> (int) (bit & BIT_IN_BYTE);
    }

    /** Sets a bit of a vector in one atomic step; whether it was set before. The byte must be writable. */
    public boolean setBit(long vector, long bit) {
        long at = byteOf(vector, bit);
        MemoryWindow window = memory.window(at);
        long word = at & -Long.BYTES;
        long mask = (long) maskOf(bit) << (at - word) * Byte.SIZE;
        long now = window.getLongAcquire(word);
        while ((now & mask) == 0) {
            if (window.compareAndSetLong(word, now, now | mask)) {
                return false;
            }
            now = window.getLongAcquire(word);
        }
        return true;
    }
}
