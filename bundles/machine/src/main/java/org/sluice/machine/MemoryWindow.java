// SPDX-License-Identifier: Apache-2.0
package org.sluice.machine;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A contiguous piece of physical memory behind one buffer. Walkers keep the window of the table they are in and ask
 * {@link PhysicalMemory#window} only when an address leaves it, so an access costs a compare and a load.
 *
 * <p>All words are read little-endian; callers of big-endian tables reverse the bytes. Reads are plain, because buffers
 * over dump files need not be aligned; {@link #setLong} publishes with release ordering, which needs (and every writable
 * window has) natural alignment. Safe for concurrent use as far as the memory itself is.
 */
public final class MemoryWindow {
    private static final VarHandle LONGS = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INTS = MethodHandles.byteBufferViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    /** A window of zeros repeats one zero word, whatever its size. Direct, as all buffers here: see {@link #of}. */
    private static final ByteBuffer ZEROS = ByteBuffer.allocateDirect(Long.BYTES).asReadOnlyBuffer();

    private final long start;
    private final long size;
    private final long offsetMask;
    private final ByteBuffer data;
    private final boolean writable;

    private MemoryWindow(long start, long size, long offsetMask, ByteBuffer data, boolean writable) {
        this.start = start;
        this.size = size;
        this.offsetMask = offsetMask;
        this.data = data;
        this.writable = writable;
    }

    /**
     * @param data direct: a third class of buffer in the process would make each access a virtual call, because all views
     *        share one type profile in the JDK
     */
    static MemoryWindow of(long start, ByteBuffer data, boolean writable) {
        return new MemoryWindow(start, data.capacity(), -1L, data, writable);
    }

    static MemoryWindow zeros(AddressRange range) {
        return new MemoryWindow(range.start(), range.size(), 0, ZEROS, false);
    }

    public AddressRange range() {
        return AddressRange.ofSize(start, size);
    }

    public boolean isWritable() {
        return writable;
    }

    /** Whether the window holds the naturally aligned 8 bytes at {@code address}. */
    public boolean contains(long address) {
        return Long.compareUnsigned(address - start, size) < 0;
    }

    /** The 8 bytes at {@code address}, which is 8-aligned and inside. */
    public long getLong(long address) {
        return (long) LONGS.get(data, (int) (address - start & offsetMask));
    }

    /** The 8 bytes at {@code address} with acquire ordering, for memory that another agent writes; needs a writable window. */
    public long getLongAcquire(long address) {
        return (long) LONGS.getAcquire(data, (int) (address - start & offsetMask));
    }

    /** The 4 bytes at {@code address}, which is 4-aligned and inside. */
    public int getInt(long address) {
        return (int) INTS.get(data, (int) (address - start & offsetMask));
    }

    /** The byte at {@code address}, which is inside. */
    public byte getByte(long address) {
        return data.get((int) (address - start & offsetMask));
    }

    /** Writes 8 bytes with plain ordering; visible to others after {@link #setLong} or a fence. */
    public void setLongPlain(long address, long value) {
        LONGS.set(data, (int) (address - start), value);
    }

    /** Writes 8 bytes with release ordering: all earlier writes are visible to whoever reads this one with acquire. */
    public void setLong(long address, long value) {
        LONGS.setRelease(data, (int) (address - start), value);
    }

    public void setInt(long address, int value) {
        INTS.setRelease(data, (int) (address - start), value);
    }

    public boolean compareAndSetLong(long address, long expected, long value) {
        return LONGS.compareAndSet(data, (int) (address - start), expected, value);
    }

    /** Fills {@code bytes} (a multiple of 8) from {@code address} (8-aligned) with zeros. */
    public void clear(long address, int bytes) {
        int from = (int) (address - start);
        for (int at = from; at < from + bytes; at += Long.BYTES) {
            LONGS.set(data, at, 0L);
        }
    }
}
