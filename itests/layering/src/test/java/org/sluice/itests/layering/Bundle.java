// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.layering;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.stream.Collectors;

/** What a built jar's manifest says. */
record Bundle(String name, Path jar, Set<String> imports, Set<String> exports, Set<String> packages) {
    static final String PREFIX = "org.sluice.";

    static Bundle read(Path jar) {
        try (JarFile file = new JarFile(jar.toFile())) {
            Attributes main = file.getManifest().getMainAttributes();
            Set<String> packages = file.stream().map(e -> e.getName()).filter(n -> n.endsWith(".class") && n.contains("/"))
                    .map(n -> n.substring(0, n.lastIndexOf('/')).replace('/', '.'))
                    .collect(Collectors.toCollection(TreeSet::new));
            return new Bundle(main.getValue("Bundle-SymbolicName").split(";")[0].substring(PREFIX.length()), jar,
                    packages(main.getValue("Import-Package")), packages(main.getValue("Export-Package")), packages);
        } catch (IOException unreadable) {
            throw new UncheckedIOException(unreadable);
        }
    }

    /** The package names of a manifest header: what stands before the first semicolon of each clause. */
    static Set<String> packages(String header) {
        if (header == null) {
            return Set.of();
        }
        return Arrays.stream(header.replaceAll("\"[^\"]*\"", "").split(","))
                .map(clause -> clause.split(";")[0].strip()).collect(Collectors.toCollection(TreeSet::new));
    }

    /** Its kind is its first word: backend.vtd and backend.none are of one kind. */
    String kind() {
        int dot = name.indexOf('.');
        return dot < 0 ? name : name.substring(0, dot);
    }
}
