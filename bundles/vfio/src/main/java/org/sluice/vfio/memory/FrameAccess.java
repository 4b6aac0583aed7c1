// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.memory;

import org.sluice.machine.MemoryWindow;
import org.sluice.machine.PhysicalMemory;

/** Bytes of physical memory, whatever their alignment. The range must be present and writable. Thread-safe. */
final class FrameAccess {
    private final PhysicalMemory memory;

    FrameAccess(PhysicalMemory memory) {
        this.memory = memory;
    }

    /** Copies bytes out; they may lie in several frames in a row. */
    void read(long physical, byte[] into, int offset, int length) {
        for (int i = 0; i < length; i++) {
            into[offset + i] = memory.readByte(physical + i);
        }
    }

    /** Copies bytes in; parts of words are exchanged as one, so that neighbours written meanwhile stay. */
    void write(long physical, byte[] from, int offset, int length) {
        for (int done = 0; done < length;) {
            long at = physical + done;
            long word = at & -Long.BYTES;
            int first = (int) (at - word);
            int count = Math.min(Long.BYTES - first, length - done);
            long mask = 0;
            long bits = 0;
            for (int i = 0; i < count; i++) {
                mask |= 0xffL << (first + i) * Byte.SIZE;
                bits |= (from[offset + done + i] & 0xffL) << (first + i) * Byte.SIZE;
            }
            exchange(word, mask, bits);
            done += count;
        }
    }

    private void exchange(long word, long mask, long bits) {
        MemoryWindow window = memory.window(word);
        if (mask == -1L) {
            window.setLong(word, bits);
            return;
        }
        long old;
        do {
            old = window.getLongAcquire(word);
        } while (!window.compareAndSetLong(word, old, old & ~mask | bits));
    }
}
