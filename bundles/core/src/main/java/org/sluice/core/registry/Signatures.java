// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.registry;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSigner;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Enumeration;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

import org.osgi.framework.Bundle;
import org.osgi.framework.wiring.BundleWire;
import org.osgi.framework.wiring.BundleWiring;

/**
 * Whether a bundle is signed. The framework's own answer ({@link Bundle#getSignerCertificates}) is always "by nobody" in a Felix without
 * its security extension, so what the framework has loaded is read back, file by file, and given to the JDK's verification of jars.
 */
final class Signatures {
    private static final String META = "META-INF/";

    private Signatures() {
    }

    /** What is wrong with the signatures of a bundle and of its fragments; null if every file is signed with an accepted certificate. */
    static String fault(Bundle bundle, Set<String> accepted) {
        String fault = faultOfOne(bundle, accepted);
        BundleWiring wiring = bundle.adapt(BundleWiring.class);
        List<BundleWire> fragments = wiring == null ? null : wiring.getProvidedWires("osgi.wiring.host");
        if (fault != null || fragments == null) {
            return fault;
        }
        for (BundleWire wire : fragments) {
            Bundle fragment = wire.getRequirer().getBundle();
            String inside = faultOfOne(fragment, accepted);
            if (inside != null) {
                return "has the fragment " + fragment.getSymbolicName() + ", which " + inside;
            }
        }
        return null;
    }

    private static String faultOfOne(Bundle bundle, Set<String> accepted) {
        try {
            Path copy = Files.createTempFile("sluice-bundle", ".jar");
            try {
                write(bundle, copy);
                return faultOfJar(copy, accepted);
            } finally {
                Files.delete(copy);
            }
        } catch (SecurityException e) {
            return "was changed after it was signed: " + e.getMessage();
        } catch (IOException | UncheckedIOException e) {
            return "cannot be read: " + e.getMessage();
        }
    }

    private static void write(Bundle bundle, Path copy) throws IOException {
        try (OutputStream file = Files.newOutputStream(copy); ZipOutputStream jar = new ZipOutputStream(file)) {
            // The order that the JDK wants: manifest, signatures, the rest. The second visit of META-INF passes over what is there.
            put(bundle, JarFile.MANIFEST_NAME, jar);
            Deque<String> folders = new ArrayDeque<>(List.of("/"));
            while (!folders.isEmpty()) {
                Enumeration<String> names = bundle.getEntryPaths(folders.pop());
                while (names != null && names.hasMoreElements()) {
                    String name = names.nextElement();
                    if (name.endsWith("/")) {
                        folders.push(name);
                    } else if (!name.equals(JarFile.MANIFEST_NAME)) {
                        put(bundle, name, jar);
                    }
                }
            }
        }
    }

    private static void put(Bundle bundle, String name, ZipOutputStream jar) throws IOException {
        URL entry = bundle.getEntry(name);
        if (entry == null) {
            throw new IOException("it has no " + name);
        }
        jar.putNextEntry(new ZipEntry(name));
        try (InputStream in = entry.openStream()) {
            in.transferTo(jar);
        }
        jar.closeEntry();
    }

    private static String faultOfJar(Path file, Set<String> accepted) throws IOException {
        try (JarFile jar = new JarFile(file.toFile(), true)) {
            for (JarEntry entry : jar.stream().toList()) {
                try (InputStream in = jar.getInputStream(entry)) {
                    // Signers are known once an entry was read to its end.
                    in.transferTo(OutputStream.nullOutputStream());
                }
                CodeSigner[] signers = entry.getCodeSigners();
                if (!isSignature(entry.getName()) && signers == null) {
                    return "is not signed: " + entry.getName();
                }
                if (!isSignature(entry.getName()) && !anyAccepted(signers, accepted)) {
                    return "is signed with a certificate that is not accepted";
                }
            }
            return null;
        }
    }

    /** What cannot be signed because it is the signature: manifest and signature files directly below META-INF. */
    private static boolean isSignature(String name) {
        return name.startsWith(META) && name.indexOf('/', META.length()) < 0
                && (name.equals(JarFile.MANIFEST_NAME) || name.matches("(?i).*\\.(SF|RSA|DSA|EC)"));
    }

    private static boolean anyAccepted(CodeSigner[] signers, Set<String> accepted) {
        for (CodeSigner signer : signers) {
            try {
                byte[] encoded = signer.getSignerCertPath().getCertificates().get(0).getEncoded();
                if (accepted.contains(HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(encoded)))) {
                    return true;
                }
            } catch (GeneralSecurityException e) {
                // A certificate that has no fingerprint is none of those accepted.
                continue;
            }
        }
        return false;
    }
}
