// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.qemu;

import java.io.EOFException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;

import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;

/**
 * The file behind a part of a guest's RAM, open for reading only. Pages are read and not mapped: where a mapped file is cut
 * short, Java reports the processor's fault at some later place of the thread, which no handler around the access catches
 * (seen on JDK 17), and the words read until then are zeros that nobody vouches for. A read that meets the end says so.
 * Thread-safe.
 */
final class RamFile implements AutoCloseable {
    static final int PAGE = 4096;
    private static final int ATTEMPTS = 4;

    private final String id;
    private final long size;
    /** Not a channel: an interrupted thread would close that. */
    private final RandomAccessFile file;
    private final byte[] once = new byte[PAGE];
    private final byte[] again = new byte[PAGE];
    private boolean closed;

    private RamFile(String id, long size, RandomAccessFile file) {
        this.id = id;
        this.size = size;
        this.file = file;
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
            return new RamFile(id, size, file);
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

    /**
     * Copies the page at {@code offset} into {@code into} from its position. It is read until two readings agree, so that no entry
     * that is being written is seen in part; a page that changes without a pause is taken as it was last.
     */
    synchronized void page(long offset, ByteBuffer into) {
        read(offset, once);
        for (int attempt = 1; attempt < ATTEMPTS; attempt++) {
            read(offset, again);
            if (Arrays.equals(once, again)) {
                break;
            }
            System.arraycopy(again, 0, once, 0, PAGE);
        }
        into.put(once);
    }

    /** Reads all of {@code bytes} from {@code offset}. */
    synchronized void read(long offset, byte[] bytes) {
        if (closed) {
            throw new IommuException(Reason.NOT_FOUND, "RAM '" + id + "' is closed; open the machine again");
        }
        try {
            file.seek(offset);
            file.readFully(bytes);
        } catch (EOFException e) {
            throw new IommuException(Reason.TRUNCATED, "the file behind RAM '" + id + "' was cut short while the machine was open: offset " + offset
                    + " is gone; close the machine, and start QEMU again", e);
        } catch (IOException e) {
            throw new IommuException(Reason.IO, "RAM '" + id + "' cannot be read any more: " + e.getMessage(), e);
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
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
