// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.virtio.ring;

import java.util.Arrays;

/**
 * A buffer that the driver made available: pieces that the device reads, then pieces that it writes. A queue builds each in the same object,
 * so it is valid until the next one is taken; not thread-safe. A chain that breaks a rule of the rings (a loop, a table in a table, a
 * readable piece after a writable one) is broken and gives nothing.
 */
public final class Chain {
    /** Descriptors that are read at once. */
    static final int FEW = 8;
    private static final int WORD_MASK = Long.BYTES - 1;

    private int id;
    private long[] addresses = new long[FEW];
    private long[] lengths = new long[FEW];
    private int readable;
    private int pieces;
    private long readableBytes;
    private long writableBytes;
    private boolean broken;
    private int slots;
    /** For descriptors as they are read. */
    private final long[] scratch = new long[2 * FEW];

    /** Begins another buffer. */
    Chain begin(int buffer) {
        id = buffer;
        readable = 0;
        pieces = 0;
        readableBytes = 0;
        writableBytes = 0;
        broken = false;
        slots = 1;
        return this;
    }

    /** What the driver knows the buffer by. */
    int id() {
        return id;
    }

    /** Places in a packed ring. */
    int slots() {
        return slots;
    }

    void setSlots(int count) {
        slots = count;
    }

    /** Room for {@link #FEW} descriptors, for whoever builds the chain. */
    long[] scratch() {
        return scratch;
    }

    void breakOff() {
        broken = true;
    }

    /** A descriptor's buffer; one of no bytes is no piece. */
    void add(long address, long length, boolean write) {
        broken |= !write && pieces > readable;
        if (length == 0) {
            return;
        }
        if (pieces == addresses.length) {
            addresses = Arrays.copyOf(addresses, 2 * pieces);
            lengths = Arrays.copyOf(lengths, 2 * pieces);
        }
        addresses[pieces] = address;
        lengths[pieces++] = length;
        if (write) {
            writableBytes += length;
        } else {
            readableBytes += length;
            readable = pieces;
        }
    }

    public boolean isBroken() {
        return broken;
    }

    /** What the driver wrote, at most {@code limit} bytes; null if the chain is broken or part of them is not in memory. */
    public byte[] read(GuestMemory memory, int limit) {
        int count = (int) Math.min(limit, readableBytes);
        if (broken || !isReadable(memory, count)) {
            return null;
        }
        byte[] bytes = new byte[count];
        int done = 0;
        for (int i = 0; i < readable && done < count; i++) {
            int some = (int) Math.min(lengths[i], count - done);
            memory.read(addresses[i], bytes, done, some);
            done += some;
        }
        return bytes;
    }

    /**
     * As {@link #read(GuestMemory, int)}, into little-endian words, for requests as drivers lay them out: in one piece at an 8-aligned address.
     *
     * @return how many bytes were read; -1 if the chain is of another form, and has to be read as bytes
     */
    public int read(GuestMemory memory, long[] words) {
        if (broken || readable != 1 || (addresses[0] & WORD_MASK) != 0) {
            return -1;
        }
        int count = (int) Math.min((long) words.length * Long.BYTES, readableBytes);
        if (!memory.isReadable(addresses[0], count)) {
            return -1;
        }
        memory.read(addresses[0], words, (count + WORD_MASK) / Long.BYTES);
        return count;
    }

    private boolean isReadable(GuestMemory memory, int bytes) {
        int left = bytes;
        for (int i = 0; i < readable && left > 0; i++) {
            int count = (int) Math.min(lengths[i], left);
            if (!memory.isReadable(addresses[i], count)) {
                return false;
            }
            left -= count;
        }
        return true;
    }

    /** Bytes that the device may write; 0 if the chain is broken. */
    public long room() {
        return broken ? 0 : writableBytes;
    }

    /** Writes from the start of the writable part; false, and nothing is written, if part of it is not in memory. */
    public boolean write(GuestMemory memory, byte[] bytes) {
        if (bytes.length > room() || !isWritable(memory, bytes.length)) {
            return false;
        }
        int done = 0;
        for (int i = readable; i < pieces && done < bytes.length; i++) {
            int count = (int) Math.min(lengths[i], bytes.length - done);
            memory.write(addresses[i], bytes, done, count);
            done += count;
        }
        return true;
    }

    /** Whether {@link #write(GuestMemory, int)} can: the writable part begins with a piece of an aligned word at least. */
    public boolean takesWord() {
        return !broken && pieces > readable && lengths[readable] >= Integer.BYTES && (addresses[readable] & Integer.BYTES - 1) == 0;
    }

    /** Writes 32 bits to the start of the writable part, if it {@linkplain #takesWord takes} them and they are in memory. */
    public boolean write(GuestMemory memory, int word) {
        if (!memory.isWritable(addresses[readable], Integer.BYTES)) {
            return false;
        }
        memory.write32(addresses[readable], word);
        return true;
    }

    private boolean isWritable(GuestMemory memory, int bytes) {
        int left = bytes;
        for (int i = readable; i < pieces && left > 0; i++) {
            int count = (int) Math.min(lengths[i], left);
            if (!memory.isWritable(addresses[i], count)) {
                return false;
            }
            left -= count;
        }
        return true;
    }
}
