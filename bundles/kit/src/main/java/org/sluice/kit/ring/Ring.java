// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.ring;

import java.lang.invoke.VarHandle;

import org.sluice.machine.MemoryWindow;
import org.sluice.machine.PhysicalMemory;

/**
 * A queue of equal entries in memory between hardware and software: where it lies and how its head and tail registers count. The
 * registers stay with the unit; this is arithmetic and memory access. Immutable; entries are little-endian 64-bit words.
 *
 * <p>Two ways to tell full from empty: one entry stays free (VT-d, AMD-Vi), or the pointers carry a wrap bit above the index
 * (SMMUv3).
 */
public final class Ring {
    private final PhysicalMemory memory;
    private final long base;
    private final int log2Entries;
    private final int entryBytes;
    private final int pointerShift;
    /** What else the arithmetic wants to know, said once: pointers are moved for every command. */
    private final int indexMask;
    private final int pointerScale;
    private final long offsetMask;
    private final long pointerStep;
    private final long pointerMask;
    private final int most;
    /** What holds all of the ring for ever, so that nobody looks for it again; else {@link MemoryWindow#NOWHERE}. */
    private final MemoryWindow window;

    /**
     * A ring of which one entry stays free.
     *
     * @param base physical address of entry 0
     * @param log2Entries log2 of the number of entries
     * @param entryBytes bytes of an entry, a power of two and a multiple of 8
     * @param pointerShift how far the index is shifted in the registers: 4 where they hold byte offsets of 16-byte entries, and never more
     */
    public static Ring withOneFree(PhysicalMemory memory, long base, int log2Entries, int entryBytes, int pointerShift) {
        return new Ring(memory, base, log2Entries, entryBytes, pointerShift, false);
    }

    /** A ring whose pointers are the index with a wrap bit above it; else as {@link #withOneFree}. */
    public static Ring withWrapBit(PhysicalMemory memory, long base, int log2Entries, int entryBytes) {
        return new Ring(memory, base, log2Entries, entryBytes, 0, true);
    }

    private Ring(PhysicalMemory memory, long base, int log2Entries, int entryBytes, int pointerShift, boolean wrapBit) {
        this.memory = memory;
        this.base = base;
        this.log2Entries = log2Entries;
        this.entryBytes = entryBytes;
        this.pointerShift = pointerShift;
        indexMask = (1 << log2Entries) - 1;
        pointerScale = Integer.numberOfTrailingZeros(entryBytes) - pointerShift;
        offsetMask = (long) indexMask * entryBytes;
        pointerStep = 1L << pointerShift;
        pointerMask = (wrapBit ? 2L * indexMask + 1 : indexMask) << pointerShift;
        most = wrapBit ? indexMask + 1 : indexMask;
        // Pages that are fetched on demand come and go, and nobody has asked for these yet.
        MemoryWindow found = memory.isLoaded() ? null : memory.window(base);
        window = found != null && found.contains(base + ((long) entryBytes << log2Entries) - 1) ? found : MemoryWindow.NOWHERE;
    }

    /** Physical address of entry 0. */
    public long base() {
        return base;
    }

    /** log2 of the number of entries. */
    public int log2Entries() {
        return log2Entries;
    }

    /** Entries in the ring. */
    public int entries() {
        return indexMask + 1;
    }

    /** Bytes of an entry. */
    public int entryBytes() {
        return entryBytes;
    }

    /** Index of the entry that a pointer register names. */
    public int index(long pointer) {
        return (int) (pointer >>> pointerShift) & indexMask;
    }

    /** Physical address of the entry that a pointer register names. */
    public long address(long pointer) {
        return base + (pointer << pointerScale & offsetMask);
    }

    /** The pointer after this one. */
    public long next(long pointer) {
        return pointer + pointerStep & pointerMask;
    }

    public boolean isEmpty(long head, long tail) {
        return pending(head, tail) == 0;
    }

    public boolean isFull(long head, long tail) {
        return pending(head, tail) == most;
    }

    /** Entries from head up to, not including, tail. */
    public int pending(long head, long tail) {
        return (int) (((tail & pointerMask) - (head & pointerMask) & pointerMask) >>> pointerShift);
    }

    /** Whether the whole entry that a pointer names can be read. */
    public boolean isPresent(long pointer) {
        return window != MemoryWindow.NOWHERE || memory.presence(address(pointer), entryBytes) == PhysicalMemory.Presence.PRESENT;
    }

    /** A word of the entry that a pointer names; it must be present. */
    public long word(long pointer, int word) {
        long address = address(pointer) + (long) word * Long.BYTES;
        return window != MemoryWindow.NOWHERE ? window.getLong(address) : memory.readLong(address);
    }

    /** Writes an entry; words beyond those given are not touched. The last word is written with release ordering. */
    public void put(long pointer, long... words) {
        long address = address(pointer);
        for (int i = 0; i < words.length; i++) {
            write(address + (long) i * Long.BYTES, words[i]);
        }
    }

    /** Writes two words of an entry that nobody looks at before it is told of by what is written after {@link #publish}. */
    public void put(long pointer, long first, long second) {
        long address = address(pointer);
        if (window.isWritable()) {
            window.setLongsPlain(address, first, second);
        } else {
            memory.writeLong(address, first);
            memory.writeLong(address + Long.BYTES, second);
        }
    }

    /** Whoever sees what is written next, the tail, sees all that was put before. */
    public static void publish() {
        VarHandle.releaseFence();
    }

    /** Four words; the last is written with release ordering. */
    public void put(long pointer, long first, long second, long third, long fourth) {
        put(pointer, first, second);
        long address = address(pointer) + 2 * Long.BYTES;
        write(address, third);
        write(address + Long.BYTES, fourth);
    }

    private void write(long address, long value) {
        if (window.isWritable()) {
            window.setLong(address, value);
        } else {
            memory.writeLong(address, value);
        }
    }

    /** Takes entries; {@code words} is null if memory does not hold an entry that waits. */
    @FunctionalInterface
    public interface EntryVisitor {
        void entry(int index, long address, boolean pending, long[] words);
    }

    /**
     * Visits each entry once: those that wait, and those left of earlier rounds, which stay readable until they are overwritten. What
     * is all zero and does not wait was never written and is left out.
     *
     * @param first index to begin at
     * @param head pointer to the oldest entry that waits; negative if it is not known, then none is taken to wait
     * @param tail pointer behind the newest; negative if it is not known
     */
    public void visit(int first, long head, long tail, EntryVisitor visitor) {
        int waiting = head < 0 || tail < 0 ? 0 : Math.min(entries(), pending(head, tail));
        for (int i = 0; i < entries(); i++) {
            int index = first + i & entries() - 1;
            visit(index, waiting > 0 && (index - index(head) & entries() - 1) < waiting, visitor);
        }
    }

    private void visit(int index, boolean pending, EntryVisitor visitor) {
        long address = base + (long) index * entryBytes;
        if (memory.presence(address, entryBytes) != PhysicalMemory.Presence.PRESENT) {
            if (pending) {
                visitor.entry(index, address, true, null);
            }
            return;
        }
        long[] words = new long[entryBytes / Long.BYTES];
        long any = 0;
        for (int i = 0; i < words.length; i++) {
            words[i] = memory.readLong(address + (long) i * Long.BYTES);
            any |= words[i];
        }
        if (any != 0 || pending) {
            visitor.entry(index, address, pending, words);
        }
    }
}
