// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.store;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channel;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.function.Consumer;

/**
 * Records in one file that outlive the platform. Opened, it is replayed once; then records are appended, and are safe once
 * {@link #sync} has returned for their position. Threads that sync at the same time share one write to the disk.
 *
 * <p>What is replayed is a prefix of what was appended, at least up to the last sync, whatever the disk or a crash left behind it; a bad record
 * ends it and is reported ({@link Recovery}). After an error of writing or syncing nothing is accepted any more: what the disk holds then is known
 * only when the file is opened again.
 *
 * <p>Safe for any number of threads, interrupted or not; one platform at a time, held by a lock on a file beside it.
 */
public final class Journal implements Closeable {
    private static final String NEW = ".new";
    private static final int COPIED = 1 << 20;
    private static final SecureRandom NUMBERS = new SecureRandom();

    /** Writes what a compacted journal starts with. */
    @FunctionalInterface
    public interface Snapshot {
        void write(Sink sink) throws IOException;
    }

    /** Where records of a snapshot go. */
    @FunctionalInterface
    public interface Sink {
        void append(ByteBuffer bytes) throws IOException;
    }

    private final Path path;
    private final FileLock lock;
    /** Led before the monitor of this object is taken, which guards what follows. */
    private final GroupCommit commit = new GroupCommit();
    private JournalWriter writer;
    private boolean failed;
    private boolean closed;
    /** What positions count from: they go on growing when compaction starts a new file. */
    private long base;

    private Journal(Path path, FileLock lock) {
        this.path = path;
        this.lock = lock;
    }

    /** @throws IOException with one line that says why, also if another platform has it open */
    public static Journal open(Path path) throws IOException {
        Path absolute = path.toAbsolutePath();
        Files.createDirectories(absolute.getParent());
        FileLock lock = StoreFile.uninterrupted(() -> lock(beside(absolute, ".lock")));
        if (lock == null) {
            throw new IOException(path + " is in use by another platform: close that one, or choose another store");
        }
        return new Journal(absolute, lock);
    }

    /** Null if another has it. */
    private static FileLock lock(Path path) throws IOException {
        FileChannel file = FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = null;
        try {
            lock = file.tryLock();
        } catch (OverlappingFileLockException e) {
            return null; // held by this very process
        } finally {
            if (lock == null) {
                file.close();
            }
        }
        return lock;
    }

    private static Path beside(Path path, String suffix) {
        return path.resolveSibling(path.getFileName() + suffix);
    }

    /**
     * Hands all good records over in order and readies the journal for appending. What follows them is taken out of it; if it is more than a torn
     * tail it is kept in a file beside.
     *
     * @param consumer must not keep the buffer
     */
    public Recovery replay(Consumer<ByteBuffer> consumer) throws IOException {
        Recovery[] recovery = new Recovery[1];
        commit.alone(before -> {
            synchronized (this) {
                if (writer != null || closed) {
                    throw new IllegalStateException("already replayed");
                }
                recovery[0] = Files.exists(path) ? recover(consumer) : new Recovery(0, 0, Recovery.State.CLEAN, 0, "", null);
                if (recovery[0].end() == 0) {
                    publish(create(sink -> { }));
                }
                return base + writer.end();
            }
        });
        return recovery[0];
    }

    private Recovery recover(Consumer<ByteBuffer> consumer) throws IOException {
        StoreFile file = StoreFile.open(path);
        try {
            JournalReader reader = new JournalReader(file);
            if (!reader.hasHeader()) {
                return without(file, reader.size());
            }
            reader.readAll(consumer);
            long lost = reader.size() - reader.offset();
            Recovery.State state = lost == 0 ? Recovery.State.CLEAN
                    : reader.goodRecordFollows() ? Recovery.State.CORRUPT : Recovery.State.TORN;
            Path kept = state == Recovery.State.CORRUPT ? keep(file, reader.offset()) : null;
            if (lost > 0) {
                file.truncate(reader.offset());
                file.force();
            }
            writer = new JournalWriter(file, reader.number(), reader.offset());
            return new Recovery(reader.records(), reader.offset(), state, lost, reader.reason(), kept);
        } finally {
            if (writer == null) {
                file.close();
            }
        }
    }

    private Recovery without(StoreFile file, long size) throws IOException {
        if (size == 0) {
            return new Recovery(0, 0, Recovery.State.TORN, 0, "the file is empty", null);
        }
        return new Recovery(0, 0, Recovery.State.CORRUPT, size, "the file's header is not that of a journal", keep(file, 0));
    }

    private Path keep(StoreFile file, long from) throws IOException {
        int number = 1;
        while (Files.exists(beside(path, ".lost" + number))) {
            number++;
        }
        Path kept = beside(path, ".lost" + number);
        try (StoreFile to = StoreFile.open(Files.createFile(kept))) {
            ByteBuffer part = ByteBuffer.allocate(COPIED);
            for (long at = from; at < file.size(); at += part.limit()) {
                file.read(part.clear().limit((int) Math.min(COPIED, file.size() - at)), at);
                to.write(part.flip(), at - from);
            }
            to.force();
        }
        return kept;
    }

    /**
     * Adds a record of 1 byte to 16 MiB.
     *
     * @return its position, for {@link #sync}
     */
    public synchronized long append(ByteBuffer bytes) throws IOException {
        check();
        RecordFormat.check(bytes);
        failed = true; // until it is done
        writer.append(bytes);
        failed = false;
        return base + writer.end();
    }

    private void check() throws IOException {
        if (writer == null || closed) {
            throw new IllegalStateException(closed ? "closed" : "not replayed");
        }
        if (failed) {
            throw new IOException(path + " could not be written before: open it again");
        }
    }

    /** Returns when the record at {@code position}, and all before it, are on the disk. */
    public void sync(long position) throws IOException {
        commit.lead(position, before -> {
            JournalWriter current;
            long end;
            synchronized (this) {
                check();
                failed = true; // until it is done
                current = writer;
                current.flush();
                end = base + current.end();
                failed = false;
            }
            if (position > end) {
                throw new IllegalArgumentException("no record at " + position);
            }
            force(current);
            return end;
        });
    }

    /** Others append meanwhile. */
    private void force(JournalWriter current) throws IOException {
        boolean done = false;
        try {
            current.force();
            done = true;
        } finally {
            if (!done) {
                synchronized (this) {
                    failed = true;
                }
            }
        }
    }

    /**
     * Replaces all records by those of a snapshot, which has to say the same. It is a new file that takes the place of the old one when
     * it is on the disk; a crash leaves one or the other. Appending waits meanwhile; if the snapshot fails, everything stays.
     */
    public void compact(Snapshot snapshot) throws IOException {
        commit.alone(before -> {
            synchronized (this) {
                check();
                JournalWriter old = writer;
                long end = base + old.end();
                JournalWriter next = create(snapshot);
                failed = true; // until it is done
                publish(next);
                old.close();
                failed = false;
                base = end;
                return base + next.end();
            }
        });
    }

    private JournalWriter create(Snapshot snapshot) throws IOException {
        Path fresh = beside(path, NEW);
        StoreFile file = StoreFile.create(fresh);
        boolean done = false;
        try {
            JournalWriter next = JournalWriter.startFile(file, NUMBERS.nextLong());
            snapshot.write(bytes -> {
                RecordFormat.check(bytes);
                next.append(bytes);
            });
            next.flush();
            next.force();
            done = true;
            return next;
        } finally {
            if (!done) {
                file.close();
                Files.deleteIfExists(fresh);
            }
        }
    }

    private void publish(JournalWriter next) throws IOException {
        Files.move(beside(path, NEW), path, StandardCopyOption.ATOMIC_MOVE);
        writer = next;
        StoreFile.forceDirectory(path.getParent());
    }

    /** Bytes of the file, for the decision when to compact. */
    public synchronized long size() {
        return writer == null ? 0 : writer.end();
    }

    /** Syncs what was appended and lets others open the journal. */
    @Override
    public void close() throws IOException {
        commit.alone(before -> {
            synchronized (this) {
                if (closed) {
                    return before;
                }
                closed = true;
                try (Channel lockFile = lock.acquiredBy(); lock; JournalWriter last = writer) {
                    if (last == null || failed) {
                        return before;
                    }
                    last.flush();
                    last.force();
                    return base + last.end(); // who still waits for it need not ask a closed file
                }
            }
        });
    }
}
