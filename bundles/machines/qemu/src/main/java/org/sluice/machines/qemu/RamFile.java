// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.qemu;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;

import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;

/**
 * The file behind a part of a guest's RAM, open and mapped for reading only. Pages are copied out of it word by word, so
 * that no entry of a table is torn, and only here is the mapping touched: a file that was cut short in the meantime makes
 * the processor raise a fault, which Java reports as an {@code InternalError} at the access or soon after it. Thread-safe.
 */
final class RamFile implements AutoCloseable {
    static final int PAGE = 4096;
    private static final int CHUNK_SHIFT = 30;

    private final String id;
    private final long size;
    /** Not a channel: an interrupted thread would close that. */
    private final RandomAccessFile file;
    private volatile MappedByteBuffer[] chunks;

    private RamFile(String id, long size, RandomAccessFile file, MappedByteBuffer[] chunks) {
        this.id = id;
        this.size = size;
        this.file = file;
        this.chunks = chunks;
    }

    /**
     * @param id the back end's name, for messages
     * @throws IommuException if it cannot be opened, or is shorter than the back end
     */
    static RamFile open(String id, Path path, long size) {
        RandomAccessFile file = null;
        try {
            file = new RandomAccessFile(path.toFile(), "r");
            if (file.length() < size) {
                throw new IommuException(Reason.TRUNCATED, path + ": has " + file.length() + " bytes, but RAM '" + id + "' has " + size
                        + ": it is not the file that QEMU uses, or was cut short");
            }
            MappedByteBuffer[] chunks = new MappedByteBuffer[(int) (size - 1 >>> CHUNK_SHIFT) + 1];
            for (int i = 0; i < chunks.length; i++) {
                long start = (long) i << CHUNK_SHIFT;
                chunks[i] = file.getChannel().map(MapMode.READ_ONLY, start, Math.min(1L << CHUNK_SHIFT, size - start));
                chunks[i].order(ByteOrder.LITTLE_ENDIAN);
            }
            return new RamFile(id, size, file, chunks);
        } catch (IOException e) {
            closeQuietly(file);
            throw new IommuException(Reason.IO, path + ": RAM '" + id + "' cannot be read: " + e.getMessage(), e);
        } catch (RuntimeException e) {
            closeQuietly(file);
            throw e;
        }
    }

    long size() {
        return size;
    }

    /** Copies the page at {@code offset} into {@code into} from its position. */
    void page(long offset, ByteBuffer into) {
        MappedByteBuffer[] open = chunks;
        if (open == null) {
            throw new IommuException(Reason.NOT_FOUND, "RAM '" + id + "' is closed; open the machine again");
        }
        MappedByteBuffer chunk = open[(int) (offset >>> CHUNK_SHIFT)];
        int start = (int) (offset & (1L << CHUNK_SHIFT) - 1);
        into.order(ByteOrder.LITTLE_ENDIAN);
        try {
            check(offset);
            for (int at = start; at < start + PAGE; at += Long.BYTES) {
                into.putLong(chunk.getLong(at));
            }
            // Zeros read past the new end are noticed here; so is, since the call leaves compiled code, a fault still to be reported.
            check(offset);
        } catch (InternalError e) {
            throw cut(offset, e);
        }
    }

    private void check(long offset) {
        try {
            if (file.length() < offset + PAGE) {
                throw cut(offset, null);
            }
        } catch (IOException e) {
            throw new IommuException(Reason.IO, "RAM '" + id + "' cannot be read any more: " + e.getMessage(), e);
        }
    }

    private IommuException cut(long offset, Throwable cause) {
        return new IommuException(Reason.TRUNCATED, "the file behind RAM '" + id + "' was cut short while the machine was open: offset " + offset
                + " is gone; close the machine, and start QEMU again", cause);
    }

    /** Reads {@code bytes} (all of it) from {@code offset} without touching the mapping, so that a hole in the file stays one. */
    synchronized void read(long offset, byte[] bytes) {
        try {
            file.seek(offset);
            file.readFully(bytes);
        } catch (IOException e) {
            throw cut(offset, e);
        }
    }

    /** Closes the file; the mapping goes when the garbage collector finds it unused, since Java 17 ends none by force. */
    @Override
    public synchronized void close() {
        chunks = null;
        closeQuietly(file);
    }

    private static void closeQuietly(RandomAccessFile file) {
        try {
            if (file != null) {
                file.close();
            }
        } catch (IOException e) {
            // It was opened for reading: nothing can be lost.
        }
    }
}
