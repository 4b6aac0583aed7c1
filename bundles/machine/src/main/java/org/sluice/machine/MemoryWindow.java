// SPDX-License-Identifier: Apache-2.0
package org.sluice.machine;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import java.nio.MappedByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.util.Arrays;

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
    /** What windows of zeros repeat, whatever their size, and what clears others. */
    private static final int ZERO_BYTES = 4096;
    /** As many words as are read and written one by one: copying them would take longer. */
    public static final int FEW = 16;
    private static final ByteBuffer ZEROS = ByteBuffer.allocateDirect(ZERO_BYTES).asReadOnlyBuffer();

    /** A window that contains nothing, where code would else have to ask for null first. */
    public static final MemoryWindow NOWHERE = new MemoryWindow(0, 0, 0, ZEROS, false, null);

    private final long start;
    private final long size;
    private final long offsetMask;
    /**
     * Direct buffers, mapped or not, are of this class. Declaring it lets the compiler see that only one implementation of
     * {@code getLong} is possible, whatever buffers the rest of the process uses; with {@code ByteBuffer} it would have to ask.
     * {@code getLong} and not the handle, because the handle also serves arrays and so makes the compiler forget fields.
     */
    private final MappedByteBuffer data;
    /** The same as words, for many at once. */
    private final LongBuffer words;
    private final boolean writable;
    /** Null but in tests of the order of writes. */
    private final WriteObserver observer;

    private MemoryWindow(long start, long size, long offsetMask, ByteBuffer data, boolean writable, WriteObserver observer) {
        this.start = start;
        this.size = size;
        this.offsetMask = offsetMask;
        this.data = (MappedByteBuffer) data.order(ByteOrder.LITTLE_ENDIAN);
        this.words = this.data.asLongBuffer();
        this.writable = writable;
        this.observer = observer;
    }

    static MemoryWindow of(long start, ByteBuffer data, boolean writable) {
        return new MemoryWindow(start, data.capacity(), -1L, data, writable, null);
    }

    static MemoryWindow zeros(AddressRange range) {
        return new MemoryWindow(range.start(), range.size(), 0, ZEROS, false, null);
    }

    /** The same memory, whose writes through this window are told. */
    MemoryWindow observedBy(WriteObserver watcher) {
        return new MemoryWindow(start, size, offsetMask, data, writable, watcher);
    }

    public AddressRange range() {
        return AddressRange.ofSize(start, size);
    }

    public boolean isWritable() {
        return writable;
    }

    /** Whether the window holds the naturally aligned 8 bytes at {@code address}. */
    public boolean contains(long address) {
        long offset = address - start;
        return offset >= 0 && offset < size;
    }

    /** The 8 bytes at {@code address}, which is 8-aligned and inside. */
    public long getLong(long address) {
        return data.getLong((int) (address - start & offsetMask));
    }

    /** The 8 bytes at {@code address} with acquire ordering, for memory that another agent writes; needs a writable window. */
    public long getLongAcquire(long address) {
        return (long) LONGS.getAcquire(data, (int) (address - start & offsetMask));
    }

    /** The 4 bytes at {@code address}, which is 4-aligned and inside. */
    public int getInt(long address) {
        return data.getInt((int) (address - start & offsetMask));
    }

    /** The byte at {@code address}, which is inside. */
    public byte getByte(long address) {
        return data.get((int) (address - start & offsetMask));
    }

    /** Copies {@code length} bytes from {@code address}, all inside, plain. */
    public void get(long address, byte[] into, int offset, int length) {
        if (offsetMask == 0) {
            Arrays.fill(into, offset, offset + length, (byte) 0);
        } else {
            data.get((int) (address - start), into, offset, length);
        }
    }

    /** Copies {@code length} bytes to {@code address}, all inside, plain; the window must be writable. */
    public void put(long address, byte[] from, int offset, int length) {
        data.put((int) (address - start), from, offset, length);
    }

    /** Writes 8 bytes with plain ordering; visible to others after {@link #setLong} or a fence. */
    public void setLongPlain(long address, long value) {
        if (observer != null) {
            tellLong(address, value);
            return;
        }
        data.putLong((int) (address - start), value);
    }

    /** Writes 8 bytes with release ordering: all earlier writes are visible to whoever reads this one with acquire. */
    public void setLong(long address, long value) {
        if (observer != null) {
            tellLong(address, value);
            return;
        }
        MappedByteBuffer words = data; // before the fence: behind it the compiler would ask again what it is
        VarHandle.releaseFence(); // with a store of one aligned word a release store, without what the handle takes
        words.putLong((int) (address - start), value);
    }

    /** As {@link #setLong}, if {@code expected} is there, and nobody else writes there meanwhile; what was there. */
    public long replaceLong(long address, long expected, long value) {
        int at = index(address);
        LongBuffer there = writable();
        VarHandle.releaseFence();
        long before = there.get(at);
        if (before == expected && observer == null) {
            there.put(at, value);
        } else if (before == expected) {
            tellLong(address, value);
        }
        return before;
    }

    /** As {@link #setLong}, while nobody else writes there; what was there. */
    public long exchangeLong(long address, long value) {
        int at = index(address);
        LongBuffer there = writable();
        VarHandle.releaseFence();
        long before = there.get(at);
        if (observer == null) {
            there.put(at, value);
        } else {
            tellLong(address, value);
        }
        return before;
    }

    /** Writes two words that follow each other, plain as {@link #setLongPlain}. */
    public void setLongsPlain(long address, long first, long second) {
        if (observer != null) {
            tellLong(address, first);
            tellLong(address + Long.BYTES, second);
            return;
        }
        int at = (int) (address - start);
        data.putLong(at, first);
        data.putLong(at + Long.BYTES, second);
    }

    /** Reads the first {@code count} words from {@code address}, plain; more than {@value #FEW} only of a writable window. */
    public void getLongs(long address, long[] into, int count) {
        if (count > FEW) {
            words.get(index(address), into, 0, count);
            return;
        }
        int from = (int) (address - start & offsetMask);
        for (int i = 0; i < count; i++) {
            into[i] = data.getLong(from + i * Long.BYTES);
        }
    }

    /** Writes the first {@code count} words to {@code address}, plain as {@link #setLongPlain}. */
    public void setLongsPlain(long address, long[] from, int count) {
        if (observer != null) {
            for (int i = 0; i < count; i++) {
                tellLong(address + (long) i * Long.BYTES, from[i]);
            }
            return;
        }
        if (count > FEW) {
            words.put(index(address), from, 0, count);
            return;
        }
        int at = (int) (address - start);
        for (int i = 0; i < count; i++) {
            data.putLong(at + i * Long.BYTES, from[i]);
        }
    }

    /** The words, for reading and writing: once it has been asked, the compiler knows what they are and looks at the buffer once for both. */
    private LongBuffer writable() {
        LongBuffer there = words;
        if (there.isReadOnly()) {
            throw new ReadOnlyBufferException();
        }
        return there;
    }

    private int index(long address) {
        return (int) (address - start) >>> 3;
    }

    private void tellLong(long address, long value) {
        long before = getLong(address);
        LONGS.setRelease(data, (int) (address - start), value);
        observer.wrote(address, Long.BYTES, before, value);
    }

    public void setInt(long address, int value) {
        if (observer != null) {
            tellInt(address, value);
            return;
        }
        VarHandle.releaseFence();
        data.putInt((int) (address - start), value);
    }

    private void tellInt(long address, int value) {
        int before = getInt(address);
        INTS.setRelease(data, (int) (address - start), value);
        observer.wrote(address, Integer.BYTES, Integer.toUnsignedLong(before), Integer.toUnsignedLong(value));
    }

    public boolean compareAndSetLong(long address, long expected, long value) {
        boolean done = LONGS.compareAndSet(data, (int) (address - start), expected, value);
        if (done && observer != null) {
            observer.wrote(address, Long.BYTES, expected, value);
        }
        return done;
    }

    /** Writes {@code first}, {@code first + step}, ... to {@code count} words from {@code address}, plain as {@link #setLongPlain}. */
    public void fill(long address, int count, long first, long step) {
        if (observer != null) {
            tellFill(address, count, first, step);
            return;
        }
        if (step == 0 && count > FEW) {
            repeat(index(address), count, first);
            return;
        }
        int from = (int) (address - start);
        long value = first;
        for (int at = from; at < from + count * Long.BYTES; at += Long.BYTES) {
            data.putLong(at, value);
            value += step;
        }
    }

    /** Writes a few words and copies what is written behind it, twice as much each time. */
    private void repeat(int at, int count, long value) {
        for (int i = 0; i < FEW; i++) {
            words.put(at + i, value);
        }
        for (int done = FEW; done < count; done += Math.min(done, count - done)) {
            words.put(at + done, words, at, Math.min(done, count - done));
        }
    }

    private void tellFill(long address, int count, long first, long step) {
        for (int i = 0; i < count; i++) {
            tellLong(address + (long) i * Long.BYTES, first + i * step);
        }
    }

    /** How many of the {@code count} words from {@code address} equal {@code value} in the bits of {@code mask}; no window of zeros. */
    public int matches(long address, int count, long mask, long value) {
        int from = (int) (address - start);
        int found = 0;
        for (int at = from; at < from + count * Long.BYTES; at += Long.BYTES) {
            found += (data.getLong(at) & mask) == value ? 1 : 0;
        }
        return found;
    }

    /** Fills {@code bytes} (a multiple of 8) from {@code address} (8-aligned) with zeros. */
    public void clear(long address, int bytes) {
        if (observer != null) {
            tellFill(address, bytes / Long.BYTES, 0, 0);
            return;
        }
        int from = (int) (address - start);
        for (int done = 0; done < bytes; done += ZERO_BYTES) {
            data.put(from + done, ZEROS, 0, Math.min(ZERO_BYTES, bytes - done));
        }
    }
}
