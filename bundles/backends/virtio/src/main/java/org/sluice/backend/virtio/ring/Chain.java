// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.virtio.ring;

import java.util.ArrayList;
import java.util.List;

/**
 * A buffer that the driver made available: pieces that the device reads, then pieces that it writes. Built by a queue; not thread-safe. A
 * chain that breaks a rule of the rings (a loop, a table in a table, a readable piece after a writable one) is broken and gives nothing.
 */
public final class Chain {
    private final int id;
    private final List<Piece> readable = new ArrayList<>();
    private final List<Piece> writable = new ArrayList<>();
    private boolean broken;
    private int slots = 1;

    private record Piece(long address, long length) {
    }

    Chain(int id) {
        this.id = id;
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

    void breakOff() {
        broken = true;
    }

    /** A descriptor's buffer; one of no bytes is no piece. */
    void add(long address, long length, boolean write) {
        broken |= !write && !writable.isEmpty();
        if (length != 0) {
            (write ? writable : readable).add(new Piece(address, length));
        }
    }

    public boolean isBroken() {
        return broken;
    }

    /** What the driver wrote, at most {@code limit} bytes; null if the chain is broken or part of them is not in memory. */
    public byte[] read(GuestMemory memory, int limit) {
        if (broken) {
            return null;
        }
        byte[] bytes = new byte[(int) Math.min(limit, length(readable))];
        int done = 0;
        for (Piece piece : readable) {
            int count = (int) Math.min(piece.length(), bytes.length - done);
            if (count > 0 && !memory.isReadable(piece.address(), count)) {
                return null;
            }
            memory.read(piece.address(), bytes, done, count);
            done += count;
        }
        return bytes;
    }

    /** Bytes that the device may write; 0 if the chain is broken. */
    public long room() {
        return broken ? 0 : length(writable);
    }

    /** Writes from the start of the writable part; false, and nothing is written, if part of it is not in memory. */
    public boolean write(GuestMemory memory, byte[] bytes) {
        if (bytes.length > room() || !isWritable(memory, bytes.length)) {
            return false;
        }
        int done = 0;
        for (Piece piece : writable) {
            int count = (int) Math.min(piece.length(), bytes.length - done);
            memory.write(piece.address(), bytes, done, count);
            done += count;
        }
        return true;
    }

    private boolean isWritable(GuestMemory memory, int bytes) {
        int left = bytes;
        for (Piece piece : writable) {
            int count = (int) Math.min(piece.length(), left);
            if (count > 0 && !memory.isWritable(piece.address(), count)) {
                return false;
            }
            left -= count;
        }
        return true;
    }

    private static long length(List<Piece> pieces) {
        return pieces.stream().mapToLong(Piece::length).sum();
    }
}
