// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.layering;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.Test;

/**
 * Who may use whom, read from the manifests of the built bundles. By the table below no vendor bundle reaches the allocator of addresses,
 * which core does not export (RIV-01).
 */
public class ManifestTest {
    /** Kind of bundle to the bundles that it may import from. */
    private static final Map<String, Set<String>> ALLOWED = Map.ofEntries(
            Map.entry("machine", Set.of()),
            Map.entry("api", Set.of("machine")),
            Map.entry("kit", Set.of("machine", "api")),
            Map.entry("core", Set.of("machine", "api", "kit")),
            Map.entry("backend", Set.of("machine", "api", "kit")),
            Map.entry("machines", Set.of("machine", "api", "kit")),
            Map.entry("vfio", Set.of("machine", "api")),
            Map.entry("events", Set.of("api")),
            Map.entry("bridge", Set.of("machine", "api")),
            Map.entry("endpoint", Set.of("machine", "api", "vfio")),
            Map.entry("tool", Set.of("machine", "api", "kit")),
            Map.entry("shell", Set.of("machine", "api")),
            Map.entry("launcher", Set.of()),
            Map.entry("jdk25", Set.of()),
            Map.entry("testkit", Set.of("machine", "api", "kit")));

    /** Everybody else is found by services and may be replaced at any time without a refresh of its users. */
    private static final Set<String> MAY_EXPORT = Set.of("machine", "api", "kit", "vfio", "bridge");

    private final List<Bundle> bundles = Project.bundles();

    @Test
    public void allBundlesAreLookedAt() {
        List<String> names = bundles.stream().map(Bundle::name).toList();
        assertTrue("found only " + names, names.containsAll(List.of("machine", "api", "kit", "core", "shell", "backend.vtd")));
    }

    @Test
    public void everyBundleIsInTheTable() {
        assertEquals(List.of(), bundles.stream().filter(b -> !ALLOWED.containsKey(b.kind())).map(Bundle::name).toList());
    }

    @Test
    public void importsFollowTheTable() {
        Map<String, String> exporters = new HashMap<>();
        bundles.forEach(b -> b.exports().forEach(p -> exporters.put(p, b.name())));
        List<String> broken = new ArrayList<>();
        for (Bundle bundle : bundles) {
            for (String imported : bundle.imports()) {
                String exporter = exporters.get(imported);
                boolean ours = imported.startsWith(Bundle.PREFIX);
                if (ours && !bundle.name().equals(exporter)
                        && !ALLOWED.getOrDefault(bundle.kind(), Set.of()).contains(String.valueOf(exporter))) {
                    broken.add(bundle.name() + " imports " + imported + " of " + exporter);
                }
            }
        }
        assertEquals(List.of(), broken);
    }

    @Test
    public void onlyTheSharedOnesExport() {
        assertEquals(List.of(), bundles.stream().filter(b -> !MAY_EXPORT.contains(b.kind()) && !b.exports().isEmpty())
                .map(b -> b.name() + " exports " + b.exports()).toList());
    }

    @Test
    public void internalPackagesAreNotExported() {
        assertEquals(List.of(), bundles.stream().flatMap(b -> b.exports().stream())
                .filter(p -> (p + ".").contains(".internal.")).toList());
    }

    @Test
    public void noPackageIsSplitOverBundles() {
        Map<String, String> owners = new HashMap<>();
        List<String> split = new ArrayList<>();
        for (Bundle bundle : bundles) {
            for (String name : bundle.packages()) {
                String other = name.startsWith(Bundle.PREFIX) ? owners.put(name, bundle.name()) : null;
                if (other != null) {
                    split.add(name + " in " + other + " and " + bundle.name());
                }
            }
        }
        assertEquals(List.of(), split);
    }

    @Test
    public void onlyTheShellAndTheLauncherKnowKaraf() {
        assertEquals(List.of(), bundles.stream().filter(b -> !Set.of("shell", "launcher").contains(b.kind()))
                .filter(b -> b.imports().stream().anyMatch(p -> p.startsWith("org.apache.karaf"))).map(Bundle::name).toList());
    }
}
