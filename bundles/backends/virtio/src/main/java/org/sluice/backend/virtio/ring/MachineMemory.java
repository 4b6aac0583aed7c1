// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.virtio.ring;

import java.lang.invoke.VarHandle;

import org.sluice.machine.MemoryWindow;
import org.sluice.machine.PhysicalMemory;

/** The memory of a machine. Thread-safe as far as the memory is. */
final class MachineMemory implements GuestMemory {
    private static final int WORD = Long.BYTES;

    private final PhysicalMemory memory;
    /** The piece of memory used last: a hint, and safe to pass between threads because windows never change. */
    private MemoryWindow recent = MemoryWindow.NOWHERE;

    MachineMemory(PhysicalMemory memory) {
        this.memory = memory;
    }

    @Override
    public boolean isReadable(long address, long bytes) {
        return isThere(address, bytes, false);
    }

    @Override
    public boolean isWritable(long address, long bytes) {
        return isThere(address, bytes, true);
    }

    private boolean isThere(long address, long bytes, boolean writable) {
        long last = address + (bytes - 1);
        MemoryWindow hint = recent;
        if (hint.contains(address) && hint.contains(last) && Long.compareUnsigned(last, address) >= 0) {
            return !writable || hint.isWritable();
        }
        if (Long.compareUnsigned(last, address) < 0) {
            return false;
        }
        for (long at = address;;) {
            MemoryWindow window = memory.window(at);
            if (window == null || writable && !window.isWritable()) {
                return false;
            }
            if (window.contains(last)) {
                return true;
            }
            at = window.range().last() + 1;
        }
    }

    /** The window of an address that was judged; one that is not there after all is the memory's to refuse. */
    private MemoryWindow window(long address) {
        MemoryWindow hint = recent;
        return hint.contains(address) ? hint : enter(address);
    }

    private MemoryWindow enter(long address) {
        MemoryWindow window = memory.window(address);
        if (window == null) {
            memory.readByte(address);
        }
        recent = window;
        return window;
    }

    @Override
    public int read16(long address) {
        int word = window(address & -Integer.BYTES).getInt(address & -Integer.BYTES);
        VarHandle.acquireFence();
        return word >>> (int) (address & 2) * Byte.SIZE & 0xffff;
    }

    @Override
    public long read64(long address) {
        int shift = (int) (address & WORD - 1) * Byte.SIZE;
        return shift == 0 ? aligned(address)
                : aligned(address & -WORD) >>> shift | aligned((address & -WORD) + WORD) << Long.SIZE - shift;
    }

    private long aligned(long address) {
        long word = window(address).getLong(address);
        VarHandle.acquireFence();
        return word;
    }

    @Override
    public void read(long address, long[] into, int count) {
        MemoryWindow window = window(address);
        if (count > MemoryWindow.FEW || !window.contains(address + (long) count * WORD - 1)) {
            GuestMemory.super.read(address, into, count);
            return;
        }
        window.getLongs(address, into, count);
        VarHandle.acquireFence();
    }

    @Override
    public void write(long address, long[] from, int count) {
        MemoryWindow window = window(address);
        if (!window.isWritable() || !window.contains(address + (long) count * WORD - 1)) {
            GuestMemory.super.write(address, from, count);
            return;
        }
        window.setLongsPlain(address, from, count);
    }

    @Override
    public void read(long address, byte[] into, int at, int count) {
        for (int i = 0; i < count; i++) {
            into[at + i] = window(address + i).getByte(address + i);
        }
    }

    @Override
    public void write(long address, byte[] from, int at, int count) {
        int done = 0;
        while (done < count) {
            long word = address + done & -WORD;
            int first = (int) (address + done - word);
            int bytes = Math.min(WORD - first, count - done);
            long value = 0;
            long mask = 0;
            for (int i = 0; i < bytes; i++) {
                int shift = (first + i) * Byte.SIZE;
                value |= (from[at + done + i] & 0xffL) << shift;
                mask |= 0xffL << shift;
            }
            merge(word, value, mask);
            done += bytes;
        }
    }

    /** The other bytes of the word may be another agent's, which writes them at this moment. */
    private void merge(long word, long value, long mask) {
        if (mask == -1L) {
            write64(word, value);
            return;
        }
        MemoryWindow window = window(word);
        long before = window.getLong(word);
        while (!window.compareAndSetLong(word, before, before & ~mask | value)) {
            before = window.getLong(word);
        }
    }

    @Override
    public void write32(long address, int value) {
        MemoryWindow window = window(address);
        if (window.isWritable()) {
            window.setInt(address, value);
        } else {
            memory.writeInt(address, value);
        }
    }

    @Override
    public void write64(long address, long value) {
        MemoryWindow window = window(address);
        if (window.isWritable()) {
            window.setLong(address, value);
        } else {
            memory.writeLong(address, value);
        }
    }
}
