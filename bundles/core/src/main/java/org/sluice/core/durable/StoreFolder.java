// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.durable;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/** A folder with one journal for each machine; one platform's at a time. */
final class StoreFolder implements Closeable {
    private static final String SUFFIX = ".journal";
    private static final int LONGEST_NAME = 40;
    private static final int KEY_BYTES = 8;

    private final Path path;
    private final FileChannel lockFile;
    private final FileLock lock;

    private StoreFolder(Path path, FileChannel lockFile, FileLock lock) {
        this.path = path;
        this.lockFile = lockFile;
        this.lock = lock;
    }

    /** @return null if another platform has it */
    static StoreFolder open(Path path) throws IOException {
        Files.createDirectories(path);
        FileChannel file = FileChannel.open(path.resolve("platform.lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = null;
        try {
            lock = file.tryLock();
        } catch (OverlappingFileLockException e) {
            // Held by a platform in this very process, which is another platform as well.
            lock = null;
        } finally {
            if (lock == null) {
                file.close();
            }
        }
        return lock == null ? null : new StoreFolder(path, file, lock);
    }

    /** A name to recognize it by, and what tells machines of one name apart. */
    Path fileOf(String origin, String name) {
        String plain = name.replaceAll("[^A-Za-z0-9._-]", "-");
        return path.resolve(plain.substring(0, Math.min(plain.length(), LONGEST_NAME)) + "-" + key(origin + '\0' + name) + SUFFIX);
    }

    private static String key(String text) {
        try {
            byte[] sum = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(sum, 0, KEY_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }

    List<Path> files() throws IOException {
        try (Stream<Path> all = Files.list(path)) {
            return all.filter(file -> file.getFileName().toString().endsWith(SUFFIX)).sorted().toList();
        }
    }

    @Override
    public void close() throws IOException {
        try (lockFile; lock) {
            // Both are given up, the lock first.
            return;
        }
    }
}
