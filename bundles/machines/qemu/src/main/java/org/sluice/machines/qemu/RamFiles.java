// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.qemu;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.sluice.machine.Attributes;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;
import org.sluice.machines.qemu.QemuProcess.OpenFile;

/**
 * Finds and opens the files behind the back ends of a guest's RAM. RAM that QEMU keeps to itself cannot be read from outside:
 * then the answer is which option makes it shared. Not thread-safe.
 */
final class RamFiles implements AutoCloseable {
    private static final String FILE = "memory-backend-file";
    private static final String MEMFD = "/memfd:";
    private static final String CANONICAL = "/objects/";

    private final QmpClient qmp;
    private final QemuProcess process;
    private final Map<String, RamFile> open = new HashMap<>();
    private Map<String, Attributes> backends = Map.of();

    /** @param process null if it could not be told */
    RamFiles(QmpClient qmp, QemuProcess process) {
        this.qmp = qmp;
        this.process = process;
    }

    /** Asks which back ends there are; they come and go with memory that is plugged in. */
    void refresh() {
        Map<String, Attributes> known = new HashMap<>();
        for (Attributes backend : qmp.objects("query-memdev")) {
            backend.text("id").ifPresent(id -> known.put(id, backend));
        }
        backends = known;
    }

    /** The back end that a region of that name is; empty if it is none, but a device's own memory. */
    Optional<String> backendOf(String region) {
        String id = region.startsWith(CANONICAL) ? region.substring(CANONICAL.length()) : region;
        return backends.containsKey(id) ? Optional.of(id) : Optional.empty();
    }

    /** @throws IommuException if it is not shared, or its file cannot be found or opened */
    RamFile file(String id) {
        RamFile file = open.get(id);
        if (file == null) {
            Attributes backend = backends.get(id);
            long size = backend.number("size").orElse(0L);
            if (!backend.flag("share") || size <= 0) {
                throw notShared(id, size);
            }
            file = RamFile.open(id, path(id, size), size);
            open.put(id, file);
        }
        return file;
    }

    private IommuException notShared(String id, long size) {
        String type = property(id, "type");
        String advice = FILE.equals(type) ? "add share=on to its -object " + FILE + ",id=" + id
                : "start it with -object memory-backend-memfd,id=ram,size=" + (size >>> 20) + "M,share=on -machine ...,memory-backend=ram"
                        + " (with NUMA nodes: one such object for each -numa node,memdev=...)";
        return new IommuException(Reason.UNSUPPORTED, "RAM '" + id + "' of this QEMU is private to its process, so that nobody can read it from outside; "
                + advice);
    }

    private String property(String id, String name) {
        return String.valueOf(qmp.execute("qom-get", Map.of("path", CANONICAL + id, "property", name)));
    }

    private Path path(String id, long size) {
        boolean isFile = FILE.equals(property(id, "type"));
        String memPath = isFile ? property(id, "mem-path") : null;
        if (process == null) {
            if (isFile && Path.of(memPath).isAbsolute() && Files.isRegularFile(Path.of(memPath))) {
                return Path.of(memPath);
            }
            throw new IommuException(Reason.UNSUPPORTED, "RAM '" + id + "' has no path that leads to it, and the QEMU process cannot be looked into; "
                    + "run as the user who started QEMU, or use memory-backend-file with an absolute mem-path");
        }
        List<OpenFile> files = process.files().stream().filter(f -> f.size() >= size).toList();
        return (isFile ? named(id, memPath, files) : anonymous(id, size, files)).descriptor();
    }

    /** The file at {@code mem-path}; if that is a folder, the file without a name that QEMU made in it. */
    private OpenFile named(String id, String memPath, List<OpenFile> files) {
        Path path = process.resolve(memPath);
        try {
            if (Files.isDirectory(path)) {
                String folder = path.toRealPath().toString();
                return only(id, files.stream().filter(f -> f.target().startsWith(folder + "/")).toList());
            }
            if (!Files.exists(path) && !Path.of(memPath).isAbsolute()) {
                // A daemon has left the folder that its relative path begins in.
                return only(id, files.stream().filter(f -> Path.of(f.target()).endsWith(Path.of(memPath).normalize())).toList());
            }
            Object key = Files.readAttributes(path, BasicFileAttributes.class).fileKey();
            return files.stream().filter(f -> f.key().equals(key)).findFirst().orElseThrow(() -> new IommuException(Reason.CONFLICT,
                    memPath + " is not the file that QEMU has as RAM '" + id + "': it was replaced or cut short; start QEMU again"));
        } catch (IOException e) {
            throw new IommuException(Reason.NOT_FOUND, memPath + ": the file of RAM '" + id + "' is not there any more; start QEMU again", e);
        }
    }

    /**
     * Several memfds of one size look alike from outside; they were made in the order of the command line, and inodes are given
     * in that order.
     */
    private OpenFile anonymous(String id, long size, List<OpenFile> files) {
        List<OpenFile> candidates = files.stream().filter(f -> f.target().startsWith(MEMFD) && f.size() == size).toList();
        if (candidates.size() <= 1) {
            return only(id, candidates);
        }
        List<String> order = process.backendOrder().stream().filter(b -> backends.containsKey(b)
                && backends.get(b).number("size").orElse(0L) == size && !FILE.equals(property(b, "type"))).toList();
        if (order.size() != candidates.size() || !order.contains(id)) {
            throw new IommuException(Reason.UNSUPPORTED, "QEMU has " + candidates.size() + " memfds of " + size + " bytes, and nothing tells which is RAM '"
                    + id + "'; use memory-backend-file, or sizes that differ");
        }
        return candidates.get(order.indexOf(id));
    }

    private OpenFile only(String id, List<OpenFile> candidates) {
        if (candidates.size() != 1) {
            throw new IommuException(Reason.UNSUPPORTED, "of the files that QEMU (process " + process.pid() + ") holds, " + candidates.size()
                    + " could be RAM '" + id + "'; use memory-backend-memfd, or memory-backend-file with a file's path as mem-path");
        }
        return candidates.get(0);
    }

    @Override
    public void close() {
        open.values().forEach(RamFile::close);
    }
}
