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
    private static final String ERRORS = "fd/2";

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
        for (String argument : arguments()) {
            if (argument.startsWith("memory-backend-")) {
                for (String option : argument.split(",")) {
                    if (option.startsWith("id=")) {
                        ids.add(option.substring(3));
                    }
                }
            }
        }
        return ids;
    }

    private List<String> arguments() {
        try {
            return List.of(Files.readString(folder.resolve("cmdline"), StandardCharsets.UTF_8).split("\0"));
        } catch (IOException e) {
            return List.of();
        }
    }

    /**
     * The file that it logs to: that of its -D option, else where its errors go. Empty if that is none, or it has closed the file
     * since to log elsewhere.
     */
    Optional<Path> log() {
        List<String> arguments = arguments();
        int option = Math.max(arguments.lastIndexOf("-D"), arguments.lastIndexOf("--D"));
        if (option >= 0 && option + 1 < arguments.size()) {
            Path named = resolve(arguments.get(option + 1));
            return files().stream().filter(f -> f.key().equals(key(named))).map(OpenFile::descriptor).findFirst();
        }
        return Optional.of(folder.resolve(ERRORS)).filter(Files::isRegularFile);
    }

    private static Object key(Path file) {
        try {
            return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
        } catch (IOException e) {
            return null;
        }
    }

    /** What QEMU must be told to log to so that it is as if nobody had named a file; a socket cannot be opened by a name. */
    String errors() {
        try {
            return Files.readSymbolicLink(folder.resolve(ERRORS)).toString().startsWith("socket:") ? "/dev/null" : "/dev/stderr";
        } catch (IOException e) {
            return "/dev/null";
        }
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
