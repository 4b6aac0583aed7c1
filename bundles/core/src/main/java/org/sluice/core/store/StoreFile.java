// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.store;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * One file, read and written at offsets. Whoever changes a durable space may be interrupted at any moment, which would close a {@link FileChannel} for all
 * threads; here an interruption is left for later. Not thread-safe, except that {@link #force} may run beside the rest.
 */
final class StoreFile implements Closeable {
    private final RandomAccessFile file;

    private StoreFile(RandomAccessFile file) {
        this.file = file;
    }

    static StoreFile open(Path path) throws IOException {
        return new StoreFile(new RandomAccessFile(path.toFile(), "rw"));
    }

    /** As {@link #open}, and the file is empty then. */
    static StoreFile create(Path path) throws IOException {
        StoreFile created = open(path);
        created.truncate(0);
        return created;
    }

    long size() throws IOException {
        return file.length();
    }

    void truncate(long size) throws IOException {
        file.setLength(size);
    }

    /** Fills the buffer, which is one of the heap, from its position to its limit. */
    void read(ByteBuffer to, long offset) throws IOException {
        file.seek(offset);
        try {
            file.readFully(to.array(), to.arrayOffset() + to.position(), to.remaining());
        } catch (EOFException e) {
            throw new EOFException("the file became shorter while it was read");
        }
        to.position(to.limit());
    }

    /** Writes the rest of the buffer, which is one of the heap. */
    void write(ByteBuffer from, long offset) throws IOException {
        file.seek(offset);
        file.write(from.array(), from.arrayOffset() + from.position(), from.remaining());
        from.position(from.limit());
    }

    /** Returns when all that was written is on the disk. */
    void force() throws IOException {
        file.getFD().sync();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }

    /** What is asked of a channel. */
    @FunctionalInterface
    interface ChannelCall<T> {
        T call() throws IOException;
    }

    /** Makes a call that opens the channel it needs; one that an interruption broke is made again, and the thread is interrupted when it is done. */
    static <T> T uninterrupted(ChannelCall<T> call) throws IOException {
        boolean interrupted = Thread.interrupted();
        try {
            while (true) {
                try {
                    return call.call();
                } catch (ClosedByInterruptException e) {
                    interrupted |= Thread.interrupted();
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Returns when the names of a directory's files are on the disk. */
    static void forceDirectory(Path directory) throws IOException {
        uninterrupted(() -> {
            try (FileChannel names = FileChannel.open(directory, StandardOpenOption.READ)) {
                names.force(true);
            }
            return null;
        });
    }
}
