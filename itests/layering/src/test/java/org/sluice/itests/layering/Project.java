// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.layering;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** The source tree and the jars that this build made of it. */
final class Project {
    static final Path TOP = Path.of(System.getProperty("sluice.top"));

    private static final Set<String> NOT_SOURCES = Set.of("target", ".git", "captures", "golden", ".idea");

    private Project() {
    }

    /** Every bundle's jar, found by its pom so that a stale jar of a removed module does not count. */
    static List<Bundle> bundles() {
        List<Bundle> bundles = new ArrayList<>();
        for (Path pom : sources("pom.xml")) {
            Path target = pom.resolveSibling("target");
            if (!pom.startsWith(TOP.resolve("bundles")) || !Files.isDirectory(target)) {
                continue;
            }
            try (Stream<Path> files = Files.list(target)) {
                files.filter(file -> file.getFileName().toString().matches("org\\.sluice\\..*\\.jar"))
                        .filter(file -> !file.getFileName().toString().matches(".*-(sources|javadoc|tests)\\.jar"))
                        .map(Bundle::read).forEach(bundles::add);
            } catch (IOException unreadable) {
                throw new UncheckedIOException(unreadable);
            }
        }
        return bundles;
    }

    /** Files of the source tree whose name ends like this. */
    static List<Path> sources(String end) {
        List<Path> found = new ArrayList<>();
        try {
            Files.walkFileTree(TOP, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
                    return NOT_SOURCES.contains(folder.getFileName().toString())
                            ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                    if (file.getFileName().toString().endsWith(end)) {
                        found.add(file);
                    }
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
        found.sort(null);
        return found;
    }

    static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }
}
