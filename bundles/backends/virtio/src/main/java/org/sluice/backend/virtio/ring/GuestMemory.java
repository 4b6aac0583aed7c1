// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.virtio.ring;

import org.sluice.machine.PhysicalMemory;

/**
 * What both ends of a virtqueue need of memory: small, so that a test can stand in and record the order of writes. Single reads acquire and
 * single writes release. Addresses must have been judged by {@link #isReadable} or {@link #isWritable}.
 */
public interface GuestMemory {
    /** Whether all {@code bytes} (unsigned, not 0) can be read. */
    boolean isReadable(long address, long bytes);

    /** Whether all {@code bytes} (unsigned, not 0) can be written. */
    boolean isWritable(long address, long bytes);

    /** 16 bits at any even address. */
    int read16(long address);

    /** 64 bits at any address; the halves of an odd one may be read one after the other. */
    long read64(long address);

    /** Fills the first {@code count} words from an 8-aligned address, each as {@link #read64} does. */
    default void read(long address, long[] into, int count) {
        for (int i = 0; i < count; i++) {
            into[i] = read64(address + (long) i * Long.BYTES);
        }
    }

    /** Writes the first {@code count} words to an 8-aligned address, in any order; a single write releases them. */
    default void write(long address, long[] from, int count) {
        for (int i = 0; i < count; i++) {
            write64(address + (long) i * Long.BYTES, from[i]);
        }
    }

    /** Fills {@code into} from {@code at} on. */
    void read(long address, byte[] into, int at, int count);

    /** Writes bytes at any address without touching their neighbours. */
    void write(long address, byte[] from, int at, int count);

    /** Writes 32 bits at a 4-aligned address. */
    void write32(long address, int value);

    /** Writes 64 bits at an 8-aligned address. */
    void write64(long address, long value);

    static GuestMemory of(PhysicalMemory memory) {
        return new MachineMemory(memory);
    }
}
