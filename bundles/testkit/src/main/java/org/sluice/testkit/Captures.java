// SPDX-License-Identifier: Apache-2.0
package org.sluice.testkit;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.JarURLConnection;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Stream;

/**
 * The captures that ship with the sources, as folders on disk. They lie beside this class as resources; out of a jar they
 * are unpacked once a process into a temporary folder that is removed at its end. Thread-safe.
 */
public final class Captures {
    /** Machines with VT-d tables written by Linux. */
    public static final List<String> VTD = List.of("vtd-legacy", "vtd-legacy-linux72", "vtd-scalable", "vtd-scalable-fs");
    public static final List<String> AMDVI = List.of("amdvi", "amdvi-linux72");
    /** SMMUv3 tables written by Linux; {@link #SMMUV3_VECTORS} were built by hand. */
    public static final List<String> SMMUV3 = List.of("smmuv3-4k-acpi", "smmuv3-16k-dt", "smmuv3-stage2");
    public static final String SMMUV3_VECTORS = "smmuv3-nested-vectors";
    public static final String ZPCI = "zpci";
    public static final List<String> VIRTIO = List.of("virtio-iommu-x86", "virtio-iommu-arm");

    private static final String ROOT = "captures/";
    private static final Map<String, Path> FOLDERS = new ConcurrentHashMap<>();

    private Captures() {
    }

    /** Names of all captures. */
    public static List<String> all() {
        return Stream.of(VTD, AMDVI, SMMUV3, List.of(SMMUV3_VECTORS, ZPCI), VIRTIO).flatMap(List::stream).toList();
    }

    /**
     * The folder of one capture, not to be written to.
     *
     * @throws IllegalArgumentException if there is none of that name
     */
    public static Path path(String name) {
        return FOLDERS.computeIfAbsent(name, Captures::locate);
    }

    /** A copy of a capture for a test that damages it: {@code parent/name}. */
    public static Path copy(String name, Path parent) {
        return copy(path(name), parent.resolve(name));
    }

    private static Path locate(String name) {
        URL url = Captures.class.getClassLoader().getResource(ROOT + name + "/machine.json");
        if (url == null) {
            throw new IllegalArgumentException("there is no capture '" + name + "'; there are " + all());
        }
        try {
            if (url.getProtocol().equals("file")) {
                return Path.of(url.toURI()).getParent();
            }
            return unpack(((JarURLConnection) url.openConnection()).getJarFile(), ROOT + name + "/");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Path unpack(JarFile jar, String prefix) throws IOException {
        Path folder = Files.createTempDirectory("sluice-capture");
        Runtime.getRuntime().addShutdownHook(new Thread(() -> delete(folder)));
        for (JarEntry entry : jar.stream().filter(e -> e.getName().startsWith(prefix) && !e.isDirectory()).toList()) {
            Path file = folder.resolve(prefix.substring(ROOT.length())).resolve(entry.getName().substring(prefix.length()));
            Files.createDirectories(file.getParent());
            try (InputStream in = jar.getInputStream(entry)) {
                Files.copy(in, file);
            }
        }
        return folder.resolve(prefix.substring(ROOT.length()));
    }

    private static Path copy(Path from, Path to) {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Path target = to.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(file, target);
                }
            }
            return to;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        } catch (IOException e) {
            // The process is ending; a temporary folder that stays harms nobody.
        }
    }
}
