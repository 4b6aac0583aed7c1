// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.qemu;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * The QEMU process behind a monitor, found by the threads of its processors, which the monitor names and {@code /proc} knows.
 * Through its descriptors its RAM can be opened even where no path leads there. Of a process of another user, or in another
 * container, nothing is found.
 */
final class QemuProcess {
    private static final Path PROC = Path.of("/proc");

    private final Path folder;

    private QemuProcess(Path folder) {
        this.folder = folder;
    }

    /** A file that the process holds open. */
    record OpenFile(Path descriptor, String target, Object key, long inode, long size) {
    }

    /** The process, if it can be told and looked into. */
    static Optional<QemuProcess> of(QmpClient qmp) {
        List<String> threads = qmp.objects("query-cpus-fast").stream().flatMap(cpu -> cpu.number("thread-id").stream())
                .map(String::valueOf).toList();
        // A number means another thread where QEMU counts in a container of its own: all of them must be of one process.
        return threads.isEmpty() ? Optional.empty() : group(threads.get(0)).map(PROC::resolve)
                .filter(p -> threads.stream().allMatch(t -> Files.exists(p.resolve("task").resolve(t))) && Files.isReadable(p.resolve("fd")))
                .map(QemuProcess::new);
    }

    private static Optional<String> group(String thread) {
        try {
            return Files.readAllLines(PROC.resolve(thread).resolve("status"), StandardCharsets.ISO_8859_1).stream()
                    .filter(line -> line.startsWith("Tgid:")).map(line -> line.substring(5).trim()).findFirst();
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    String pid() {
        return folder.getFileName().toString();
    }

    /** {@code path} as the process means it. */
    Path resolve(String path) {
        return folder.resolve("cwd").resolve(path);
    }

    /** Regular files that it holds, in the order in which they were made. */
    List<OpenFile> files() {
        List<OpenFile> files = new ArrayList<>();
        for (Path descriptor : list(folder.resolve("fd"), "*")) {
            try {
                BasicFileAttributes attributes = Files.readAttributes(descriptor, BasicFileAttributes.class);
                if (attributes.isRegularFile()) {
                    long inode = ((Number) Files.getAttribute(descriptor, "unix:ino")).longValue();
                    files.add(new OpenFile(descriptor, Files.readSymbolicLink(descriptor).toString(), attributes.fileKey(), inode, attributes.size()));
                }
            } catch (IOException e) {
                // Closed meanwhile: then it is none of the guest's RAM.
                continue;
            }
        }
        files.sort(Comparator.comparingLong(OpenFile::inode));
        return files;
    }

    /** Ids of the back ends of RAM in the order of its command line, which is the order in which it made them. */
    List<String> backendOrder() {
        List<String> ids = new ArrayList<>();
        try {
            for (String argument : Files.readString(folder.resolve("cmdline"), StandardCharsets.ISO_8859_1).split("\0")) {
                if (argument.startsWith("memory-backend-")) {
                    for (String option : argument.split(",")) {
                        if (option.startsWith("id=")) {
                            ids.add(option.substring(3));
                        }
                    }
                }
            }
        } catch (IOException e) {
            return List.of();
        }
        return ids;
    }

    private static List<Path> list(Path folder, String pattern) {
        List<Path> paths = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, pattern)) {
            entries.forEach(paths::add);
        } catch (IOException e) {
            return List.of();
        }
        return paths;
    }
}
