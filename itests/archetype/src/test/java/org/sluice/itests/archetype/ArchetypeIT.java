// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.archetype;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Stream;

import org.junit.Test;

/**
 * A backend is generated from the archetype just built, and built with its tests against the platform just built, as somebody outside
 * would do it. Nothing is installed: Maven is given a repository that is the user's own by links, with our artifacts beside. The bundle
 * and its archive stay in {@code target/outside}, where itests/karaf takes them to deploy them.
 */
public class ArchetypeIT {
    private static final Path TOP = Path.of(System.getProperty("sluice.top"));
    private static final String VERSION = System.getProperty("sluice.version");
    private static final Path TARGET = Path.of("target").toAbsolutePath();
    private static final long TIMEOUT_SECONDS = 300;

    @Test
    public void generatedBackendBuildsAndPassesItsTests() throws Exception {
        Path repository = repository();
        Path outside = TARGET.resolve("outside");
        delete(outside);
        Files.createDirectories(outside);
        maven(outside, repository, "org.apache.maven.plugins:maven-archetype-plugin:" + System.getProperty("archetype.version") + ":generate",
                "-DinteractiveMode=false", "-DarchetypeCatalog=local", "-DarchetypeGroupId=org.sluice", "-DarchetypeArtifactId=backend-archetype",
                "-DarchetypeVersion=" + VERSION, "-DgroupId=com.example", "-DartifactId=com.example.iommu.dart", "-Dversion=1.0.0",
                "-Dpackage=com.example.iommu.dart", "-Dbackend=dart", "-DclassName=Dart", "-DsluiceVersion=" + VERSION);
        Path project = outside.resolve("com.example.iommu.dart");
        assertTrue(Files.exists(project.resolve("src/main/java/com/example/iommu/dart/driver/DartDriver.java")));
        try (Stream<Path> files = Files.walk(project)) {
            List<Path> foreign = files.filter(Files::isRegularFile).filter(ArchetypeIT::speaksOfNone).toList();
            assertEquals(List.of(), foreign);
        }
        maven(project, repository, "package");
        try (JarFile jar = new JarFile(project.resolve("target/com.example.iommu.dart-1.0.0.jar").toFile())) {
            assertEquals("com.example.iommu.dart", jar.getManifest().getMainAttributes().getValue("Bundle-SymbolicName"));
            assertEquals("a backend exports nothing", null, jar.getManifest().getMainAttributes().getValue("Export-Package"));
        }
        try (JarFile archive = new JarFile(project.resolve("target/com.example.iommu.dart-1.0.0.kar").toFile())) {
            List<String> names = archive.stream().map(JarEntry::getName).toList();
            assertTrue(names.toString(), names.contains("repository/com/example/com.example.iommu.dart/1.0.0/com.example.iommu.dart-1.0.0.jar"));
            assertTrue(names.toString(), names.stream().anyMatch(n -> n.endsWith("-features.xml")));
            assertTrue("neither the platform's bundles nor loose classes are in it: " + names, names.stream().noneMatch(n -> n.contains("sluice") || n.endsWith(".class")));
        }
        for (String suite : List.of("DartBackendTest", "DartConformanceTest")) {
            String report = Files.readString(project.resolve("target/surefire-reports/com.example.iommu.dart." + suite + ".txt"));
            assertTrue(report, report.contains("Failures: 0, Errors: 0, Skipped: 0") && !report.contains("Tests run: 0"));
        }
    }

    private static boolean speaksOfNone(Path file) {
        try {
            String text = Files.readString(file);
            return text.contains("None") || text.contains("\"none") || text.contains("backend.none") || text.contains("${package}");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The user's repository by links, but for our own group, which has what the build has just made. */
    private static Path repository() throws IOException {
        Path users = Path.of(System.getProperty("repository"));
        Path made = TARGET.resolve("repository");
        delete(made);
        Files.createDirectories(made.resolve("org/sluice"));
        link(users, made, "org");
        link(users.resolve("org"), made.resolve("org"), "sluice");
        publish(made, TOP, "sluice", "pom");
        publish(made, TOP.resolve("bundles"), "bundles", "pom");
        for (String bundle : List.of("machine", "api", "kit", "testkit")) {
            publish(made, TOP.resolve("bundles").resolve(bundle), "org.sluice." + bundle, "jar");
        }
        publish(made, TOP.resolve("archetype"), "backend-archetype", "jar");
        return made;
    }

    private static void link(Path from, Path to, String without) throws IOException {
        try (Stream<Path> entries = Files.list(from)) {
            for (Path entry : entries.filter(e -> !e.getFileName().toString().equals(without)).toList()) {
                Files.createSymbolicLink(to.resolve(entry.getFileName()), entry);
            }
        }
    }

    private static void publish(Path repository, Path module, String artifact, String type) throws IOException {
        Path folder = Files.createDirectories(repository.resolve("org/sluice").resolve(artifact).resolve(VERSION));
        Files.copy(module.resolve("pom.xml"), folder.resolve(artifact + "-" + VERSION + ".pom"), StandardCopyOption.REPLACE_EXISTING);
        if (type.equals("jar")) {
            String name = artifact + "-" + VERSION + ".jar";
            Files.copy(module.resolve("target").resolve(name), folder.resolve(name), StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private static void delete(Path folder) throws IOException {
        if (Files.exists(folder)) {
            // Links are removed, not followed.
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    private static void maven(Path folder, Path repository, String... arguments) throws IOException, InterruptedException {
        String home = System.getProperty("maven.home");
        List<String> command = new ArrayList<>(List.of(home == null ? "mvn" : home + "/bin/mvn", "-o", "-B", "-ntp",
                "-Dmaven.repo.local=" + repository));
        command.addAll(List.of(arguments));
        File log = folder.resolve("maven.log").toFile();
        ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).redirectOutput(log);
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        Process process = builder.start();
        try {
            assertTrue("still running: " + log, process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS));
        } finally {
            process.destroyForcibly();
        }
        assertEquals(Files.readString(log.toPath()), 0, process.exitValue());
    }
}
