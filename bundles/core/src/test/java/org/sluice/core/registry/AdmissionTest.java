// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.registry;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.annotation.Annotation;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;
import org.osgi.framework.Bundle;
import org.osgi.framework.Version;

/** Who may be a backend. Keys and signatures are made by the JDK's own tools. */
public class AdmissionTest {
    private static final String NAME = "com.example.iommu";
    private static final String PASSWORD = "changeit";

    @Rule
    public final TemporaryFolder scratch = new TemporaryFolder();

    private static Admission admission(String allowed, boolean signed, String... certificates) {
        return Admission.of(new Admission.Rules() {
            @Override
            public String[] allowed() {
                return new String[] {allowed};
            }

            @Override
            public boolean requireSigned() {
                return signed;
            }

            @Override
            public String[] certificates() {
                return certificates;
            }

            @Override
            public Class<? extends Annotation> annotationType() {
                return Admission.Rules.class;
            }
        });
    }

    private static Bundle bundle(String version, Path jar) {
        return (Bundle) Proxy.newProxyInstance(Bundle.class.getClassLoader(), new Class<?>[] {Bundle.class}, (self, method, args) ->
                switch (method.getName()) {
                    case "getSymbolicName" -> NAME;
                    case "getVersion" -> Version.parseVersion(version);
                    case "adapt" -> null;
                    case "getEntry" -> entry(jar, (String) args[0]);
                    case "getEntryPaths" -> Collections.enumeration(args[0].equals("/") ? names(jar) : List.of());
                    default -> throw new UnsupportedOperationException(method.getName());
                });
    }

    private static URL entry(Path jar, String name) throws IOException {
        return names(jar).contains(name) ? URI.create("jar:" + jar.toUri() + "!/" + name).toURL() : null;
    }

    private static List<String> names(Path jar) throws IOException {
        try (JarFile file = new JarFile(jar.toFile(), false)) {
            return file.stream().filter(e -> !e.isDirectory()).map(JarEntry::getName).toList();
        }
    }

    private Path jar() throws IOException {
        Path jar = scratch.newFile().toPath();
        Manifest manifest = new Manifest();
        manifest.getMainAttributes().putValue("Manifest-Version", "1.0");
        try (OutputStream file = Files.newOutputStream(jar); JarOutputStream out = new JarOutputStream(file, manifest)) {
            out.putNextEntry(new ZipEntry("a/Driver.class"));
            out.write("code".getBytes(StandardCharsets.UTF_8));
            out.closeEntry();
        }
        return jar;
    }

    private static String tool(String name, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", name).toString()));
        command.addAll(Arrays.asList(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String answer = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(answer, 0, process.waitFor());
        return answer;
    }

    /** Makes a key and gives the fingerprint of its certificate as keytool prints it. */
    private String key(Path store) throws Exception {
        tool("keytool", "-genkeypair", "-alias", "k", "-keyalg", "EC", "-dname", "CN=test", "-keystore", store.toString(), "-storepass", PASSWORD);
        String list = tool("keytool", "-list", "-v", "-keystore", store.toString(), "-storepass", PASSWORD);
        return list.lines().filter(l -> l.contains("SHA256:")).map(l -> l.substring(l.indexOf(':') + 1).trim()).findFirst().orElseThrow();
    }

    private Path signed(Path store) throws Exception {
        Path jar = jar();
        tool("jarsigner", "-keystore", store.toString(), "-storepass", PASSWORD, jar.toString(), "k");
        return jar;
    }

    /** The jar with one more file, or one changed. */
    private Path with(Path jar, String name, String content) throws IOException {
        File changed = scratch.newFile();
        try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(changed.toPath())); JarFile in = new JarFile(jar.toFile(), false)) {
            for (String old : names(jar)) {
                if (!old.equals(name)) {
                    out.putNextEntry(new ZipEntry(old));
                    in.getInputStream(in.getEntry(old)).transferTo(out);
                    out.closeEntry();
                }
            }
            out.putNextEntry(new ZipEntry(name));
            out.write(content.getBytes(StandardCharsets.UTF_8));
            out.closeEntry();
        }
        return changed.toPath();
    }

    @Test
    public void withoutRulesEverybodyIsLetIn() {
        assertNull(admission("", false).refusal(bundle("1.0", null)));
        assertNull(Admission.OPEN.refusal(bundle("1.0", null)));
    }

    @Test
    public void listedNamesAndVersionsAreLetIn() {
        assertNull(admission("other, " + NAME, false).refusal(bundle("1.0", null)));
        assertNull(admission("com.example.*", false).refusal(bundle("1.0", null)));
        assertNull(admission("other," + NAME + "@[1.2,2)", false).refusal(bundle("1.5", null)));
    }

    @Test
    public void othersAreRefusedByNameAndVersion() {
        for (String allowed : List.of("other", "com.example", "com.exam.*", NAME + "@[1.2,2)", NAME + "@no-range", NAME + "@")) {
            String refusal = admission(allowed, false).refusal(bundle("2.0", null));
            assertTrue(allowed + ": " + refusal, refusal != null && refusal.contains(NAME + " 2.0.0"));
        }
    }

    @Test
    public void signedWithAnAcceptedCertificateIsLetIn() throws Exception {
        Path store = scratch.getRoot().toPath().resolve("keys");
        String fingerprint = key(store);
        assertNull(admission("", true, "00:11," + fingerprint).refusal(bundle("1.0", signed(store))));
    }

    @Test
    public void unsignedIsRefused() throws Exception {
        String refusal = admission("", true, "00").refusal(bundle("1.0", jar()));
        assertTrue(refusal, refusal.contains("is not signed"));
    }

    @Test
    public void signedBySomebodyElseIsRefused() throws Exception {
        Path store = scratch.getRoot().toPath().resolve("keys");
        key(store);
        String other = key(scratch.getRoot().toPath().resolve("others"));
        String refusal = admission("", true, other).refusal(bundle("1.0", signed(store)));
        assertTrue(refusal, refusal.contains("not accepted"));
    }

    @Test
    public void withoutCertificatesNobodyIsLetIn() throws Exception {
        Path store = scratch.getRoot().toPath().resolve("keys");
        key(store);
        assertTrue(admission("", true).refusal(bundle("1.0", signed(store))).contains("not accepted"));
    }

    @Test
    public void fileAddedOrChangedAfterSigningIsRefused() throws Exception {
        Path store = scratch.getRoot().toPath().resolve("keys");
        Admission admission = admission("", true, key(store));
        Path signed = signed(store);
        String added = admission.refusal(bundle("1.0", with(signed, "a/Extra.class", "more")));
        assertTrue(added, added.contains("is not signed: a/Extra.class"));
        String changed = admission.refusal(bundle("1.0", with(signed, "a/Driver.class", "evil")));
        assertTrue(changed, changed.contains("was changed after it was signed"));
    }
}
