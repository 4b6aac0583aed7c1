// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.karaf;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.Before;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;

/** What the licences of others ask of whoever passes their work on, in the archive as it ships. */
public class NoticesIT {
    private static final Path TOP = Path.of(System.getProperty("sluice.top"));
    private static final String CHANGED = "Changed by Sluice";
    private static final String REDIRECTED = "org/sluice/jdk25/Subjects";

    @Rule
    public final TemporaryFolder scratch = new TemporaryFolder();

    private Path home;
    private final List<Path> bundled = new ArrayList<>();

    @Before
    public void unpack() throws Exception {
        Process tar = new ProcessBuilder("tar", "-xzf", System.getProperty("sluice.product"), "-C", scratch.getRoot().toString()).inheritIO().start();
        assertTrue(tar.waitFor(60, TimeUnit.SECONDS));
        assertEquals(0, tar.exitValue());
        home = scratch.getRoot().listFiles()[0].toPath();
        try (Stream<Path> files = Files.walk(home)) {
            files.filter(file -> file.toString().endsWith(".jar") && !file.getFileName().toString().startsWith("org.sluice.")).forEach(bundled::add);
        }
        assertTrue(bundled.toString(), bundled.size() > 40);
    }

    @Test
    public void theLicenceAndKarafsNoticeAreThere() throws IOException {
        assertEquals(Files.readString(TOP.resolve("LICENSE")), Files.readString(home.resolve("LICENSE")));
        String notice = Files.readString(home.resolve("NOTICE"));
        assertTrue("of the Karaf that is in it", notice.contains("Apache Karaf " + System.getProperty("karaf.version")));
        assertTrue(notice, notice.contains("Apache Karaf\nCopyright 2025 The Apache Software Foundation\n"));
        assertTrue(notice, notice.contains("# Notices for osgi"));
        Path main = bundled.stream().filter(jar -> name(jar).equals("org.apache.karaf.main")).findFirst().orElseThrow();
        String attribution = text(main, "META-INF/NOTICE").lines().filter(line -> line.startsWith("The Apache Software Foundation")).findFirst().orElseThrow();
        assertTrue(attribution, notice.contains(attribution));
    }

    /** Each jar stands in the list, each line of the list is about a jar, and the text that it names is where it says. */
    @Test
    public void everyBundledArtifactHasItsLicence() throws IOException {
        TreeMap<String, String> texts = new TreeMap<>();
        for (String line : Files.readAllLines(home.resolve("licenses/README.md"))) {
            if (line.startsWith("| ") && line.contains("https://")) {
                String[] cells = line.split("\\|");
                texts.put(cells[1].strip(), cells[3].strip());
            }
        }
        TreeSet<String> unused = new TreeSet<>(texts.keySet());
        List<String> missing = new ArrayList<>();
        for (Path jar : bundled) {
            String listed = texts.keySet().stream().filter(name -> name.equals(name(jar)) || name.endsWith("*") && name(jar).startsWith(name.substring(0,
                    name.length() - 1))).findFirst().orElse(null);
            unused.remove(listed);
            if (listed == null || !Files.exists(home.resolve("licenses").resolve(texts.get(listed))) && text(jar, texts.get(listed)) == null) {
                missing.add(name(jar));
            }
        }
        assertEquals(List.of(), missing);
        assertEquals("nothing of that name is bundled", Collections.emptySet(), unused);
    }

    /** Section 4(b) of the Apache License: files that were changed say so. */
    @Test
    public void jarsThatWereChangedSaySo() throws IOException {
        int changed = 0;
        for (Path jar : bundled) {
            boolean redirected = hasRedirectedCalls(jar);
            String notice = text(jar, "META-INF/NOTICE");
            assertEquals(name(jar), redirected, notice != null && notice.contains(CHANGED));
            changed += redirected ? 1 : 0;
        }
        assertTrue("some were", changed > 0);
    }

    private static boolean hasRedirectedCalls(Path jar) throws IOException {
        try (ZipFile file = new ZipFile(jar.toFile())) {
            for (ZipEntry entry : Collections.list(file.entries())) {
                if (entry.getName().endsWith(".class") && content(file, entry).contains(REDIRECTED)) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Without version. */
    private static String name(Path jar) {
        return jar.getFileName().toString().replaceFirst("-\\d+\\.\\d+\\.\\d+(_\\d+)?\\.jar$", "");
    }

    /** Null if the jar has no such file. */
    private static String text(Path jar, String path) throws IOException {
        try (ZipFile file = new ZipFile(jar.toFile())) {
            ZipEntry entry = file.getEntry(path);
            return entry == null ? null : content(file, entry);
        }
    }

    private static String content(ZipFile file, ZipEntry entry) throws IOException {
        try (InputStream bytes = file.getInputStream(entry)) {
            return new String(bytes.readAllBytes(), StandardCharsets.ISO_8859_1);
        }
    }
}
