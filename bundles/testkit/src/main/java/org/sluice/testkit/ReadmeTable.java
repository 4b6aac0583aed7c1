// SPDX-License-Identifier: Apache-2.0
package org.sluice.testkit;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

import org.sluice.api.BackendInfo;

/** Tables in documents that the code could leave behind. */
public final class ReadmeTable {
    private static final String CAPABILITIES = "| capability | support | what a guest or user sees |";

    private ReadmeTable() {
    }

    /** The capability table of the README beside a backend's {@code pom.xml} is what the backend says of itself, row by row. */
    public static void assertHasCapabilities(BackendInfo backend) {
        assertEquals(backend.capabilities().stream().map(c -> "| " + c.name() + " | " + c.support().name().toLowerCase(Locale.ROOT).replace('_', '-') + " | "
                + c.guestSees() + " |").toList(),
                rows(Path.of("README.md"), CAPABILITIES));
    }

    /** The rows under a header, as they stand; a document without that header is an error. */
    public static List<String> rows(Path file, String header) {
        return rows(file, header, lines(file));
    }

    /** The rows of the first such table behind a heading. */
    static List<String> rows(Path file, String heading, String header) {
        List<String> lines = lines(file);
        int start = lines.indexOf(heading);
        assertTrue(file + " has no " + heading, start >= 0);
        return rows(file, header, lines.subList(start, lines.size()));
    }

    private static List<String> rows(Path file, String header, List<String> lines) {
        int start = lines.indexOf(header) + 2;
        assertTrue(file + " has no table " + header, start > 1);
        return lines.subList(start, lines.size()).stream().takeWhile(line -> line.startsWith("|")).toList();
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
