// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.karaf;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Collections;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;

/** A vendor's bundle in other versions, and the folder into which they are dropped. */
final class VendorJar {
    static final String BUNDLE = "org.sluice.backend.vtd";
    static final Path DEPLOY = Path.of(System.getProperty("karaf.base"), "deploy");

    private VendorJar() {
    }

    /** The built bundle with another version in its manifest. */
    static Path version(String version) throws IOException {
        Path made = Files.createTempFile("vendor", ".jar");
        try (JarFile jar = new JarFile(System.getProperty("sluice.vendor"))) {
            Manifest manifest = new Manifest(jar.getManifest());
            manifest.getMainAttributes().putValue("Bundle-Version", version);
            try (OutputStream file = Files.newOutputStream(made); JarOutputStream out = new JarOutputStream(file, manifest)) {
                for (JarEntry entry : Collections.list(jar.entries())) {
                    if (!entry.isDirectory() && !entry.getName().equals(JarFile.MANIFEST_NAME)) {
                        out.putNextEntry(new ZipEntry(entry.getName()));
                        try (InputStream in = jar.getInputStream(entry)) {
                            in.transferTo(out);
                        }
                        out.closeEntry();
                    }
                }
            }
        }
        return made;
    }

    /** Drops it: the watcher must never see half a jar, so it gets a name that is passed over, then a rename. */
    static Path drop(Path jar, String name) throws IOException {
        Path hidden = DEPLOY.resolve("." + name + ".part");
        Files.createDirectories(DEPLOY);
        Files.copy(jar, hidden, StandardCopyOption.REPLACE_EXISTING);
        return Files.move(hidden, DEPLOY.resolve(name), StandardCopyOption.ATOMIC_MOVE);
    }
}
