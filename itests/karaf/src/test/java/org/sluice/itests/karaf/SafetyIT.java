// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.karaf;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import javax.inject.Inject;
import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.junit.PaxExam;
import org.ops4j.pax.exam.spi.reactors.ExamReactorStrategy;
import org.ops4j.pax.exam.spi.reactors.PerClass;
import org.osgi.framework.Bundle;
import org.osgi.service.cm.Configuration;
import org.osgi.service.cm.ConfigurationAdmin;

/** What the operator decides while the platform runs: who takes over, who may be a backend, who may run which command; and what the audit says of it. */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerClass.class)
public class SafetyIT extends ProductTest {
    private static final String PASSWORD = "changeit";
    private static final Logger AUDIT = Logger.getLogger("org.sluice.audit");

    @Inject
    private ConfigurationAdmin configurations;

    private final List<Bundle> installed = new ArrayList<>();
    private final List<String> lines = new CopyOnWriteArrayList<>();
    private final Handler listener = new Handler() {
        @Override
        public void publish(LogRecord line) {
            lines.add(line.getMessage());
        }

        @Override
        public void flush() {
            // Nothing is kept back.
        }

        @Override
        public void close() {
            // Nothing is open.
        }
    };

    @Before
    public void listen() {
        AUDIT.addHandler(listener);
    }

    @After
    public void cleanUp() throws Exception {
        AUDIT.removeHandler(listener);
        set("org.sluice.swap", "standby", "");
        set("org.sluice.backends", "allowed", "");
        set("org.sluice.backends", "requireSigned", "false");
        set("org.sluice.backends", "certificates", "");
        if (run("iommu:machine-list --json").contains("\"safe\"")) {
            run("iommu:machine-close safe");
        }
        for (Bundle bundle : installed) {
            if (bundle.getState() != Bundle.UNINSTALLED) {
                bundle.uninstall();
            }
        }
        awaitBackends(list -> rows(list, "vtd").size() == 1 && !list.contains("REFUSED"));
    }

    /**
     * As an operator does it: edits the file that ships, which is read again. Karaf writes a configuration back into its file a moment after it has
     * taken effect, over an edit that comes in between: so it is edited again until both say the same.
     */
    private void set(String pid, String key, String value) throws Exception {
        Path file = Path.of(System.getProperty("karaf.etc"), pid + ".cfg");
        String said = await(() -> {
            edit(file, key, value);
            return effective(pid, key);
        }, value::equals);
        assertEquals(pid + ": " + key, value, said);
    }

    /** Leaves a file alone that lacks the key: Karaf is in the middle of writing it. */
    private static void edit(Path file, String key, String value) throws IOException {
        List<String> before = Files.readAllLines(file);
        List<String> after = before.stream().map(l -> l.matches(key + " *=.*") ? (key + " = " + value).stripTrailing() : l).toList();
        if (!after.equals(before.stream().map(String::stripTrailing).toList())) {
            Files.write(file, after);
        }
    }

    private String effective(String pid, String key) throws Exception {
        Configuration[] found = configurations.listConfigurations("(service.pid=" + pid + ")");
        Object value = found == null ? null : found[0].getProperties().get(key);
        return value == null ? null : value.toString();
    }

    private Bundle install(Path jar) throws Exception {
        try (InputStream in = Files.newInputStream(jar)) {
            Bundle bundle = context.installBundle("safety:" + jar.getFileName(), in);
            installed.add(bundle);
            bundle.start();
            return bundle;
        }
    }

    private static List<String> rows(String list, String backend) {
        return list.lines().filter(l -> l.contains("\"backend\":\"" + backend + "\"")).toList();
    }

    private String awaitBackends(Predicate<String> wanted) throws Exception {
        String list = await(() -> run("iommu:backend-list --json"), wanted);
        assertTrue(list, wanted.test(list));
        return list;
    }

    private void assertAudited(String... parts) throws Exception {
        boolean found = await(() -> lines.stream().anyMatch(l -> List.of(parts).stream().allMatch(l::contains)), f -> f);
        assertTrue(String.join(" ", parts) + " in " + lines, found);
    }

    @Test
    public void standbyIsChosenByConfigurationAtRunTime() throws Exception {
        Bundle newer = install(VendorJar.version("9.1.0"));
        awaitBackends(list -> rows(list, "vtd").size() == 2);
        run("iommu:machine-open synthetic:smmuv3 --name safe");
        run("iommu:space-create safe s");
        run("iommu:device-attach safe 00:03.0 s");
        run("iommu:space-map safe s 0x100000000 0x1000 0x1000");
        run("iommu:unit-swap safe 0 vtd@9.1.0");
        set("org.sluice.swap", "standby", "nobody, smmuv3");
        newer.uninstall();
        String units = await(() -> run("iommu:unit-list safe --json"), u -> u.contains("\"backend\":\"smmuv3\""));
        assertTrue(units, units.contains("\"backend\":\"smmuv3\"") && units.contains("ACTIVE"));
        assertAudited("what=\"swap\"", "to=\"smmuv3@", "result=\"ACTIVE\"");
    }

    @Test
    public void versionsStandSideBySideAndTheListSaysWhoServes() throws Exception {
        install(VendorJar.version("9.1.0"));
        install(VendorJar.version("9.10.0"));
        awaitBackends(list -> rows(list, "vtd").size() == 3);
        run("iommu:machine-open synthetic:vtd --name safe");
        run("iommu:space-create safe s");
        run("iommu:device-attach safe 00:03.0 s");
        assertEquals("the highest of several", "9.10.0", serving());
        run("iommu:unit-swap safe 0 vtd@9.1.0");
        assertEquals("9.1.0", serving());
        assertAudited("who=\"the-admin\"", "what=\"swap\"", "subject=\"safe/", "to=\"vtd@9.1.0\"", "result=\"ACTIVE\"");
    }

    private String serving() throws Exception {
        List<String> rows = rows(run("iommu:backend-list --json"), "vtd").stream().filter(r -> r.contains("\"SERVING\"")).toList();
        assertEquals(rows.toString(), 1, rows.size());
        String version = rows.get(0).substring(rows.get(0).indexOf("\"version\":\"") + 11);
        return version.substring(0, version.indexOf('"'));
    }

    @Test
    public void whoIsNotListedIsNoBackend() throws Exception {
        set("org.sluice.backends", "allowed", "org.sluice.backend.*@[0,5)");
        install(VendorJar.version("9.1.0"));
        // The file is read again within a second; until then the new bundle may have been let in, and leaves then.
        String list = awaitBackends(l -> l.contains("REFUSED"));
        assertTrue(list, list.lines().anyMatch(l -> l.contains("REFUSED") && l.contains("\"version\":\"9.1.0\"") && l.contains("list of allowed")));
        assertThrows(IllegalStateException.class, () -> run("iommu:machine-open synthetic:vtd --name safe; iommu:unit-swap safe 0 vtd@9.1.0"));
        assertAudited("what=\"refuse backend\"", "subject=\"" + VendorJar.BUNDLE + "\"", "to=\"9.1.0\"");
        set("org.sluice.backends", "allowed", "");
        awaitBackends(l -> rows(l, "vtd").size() == 2 && !l.contains("REFUSED"));
        set("org.sluice.backends", "allowed", "org.sluice.backend.*@[0,5)");
        awaitBackends(l -> rows(l, "vtd").size() == 1 && l.contains("REFUSED"));
    }

    private static String tool(String name, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", name).toString()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String answer = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(answer, 0, process.waitFor());
        return answer;
    }

    @Test
    public void whenSignaturesAreWantedOnlyTheSignedServe() throws Exception {
        Path store = Files.createTempDirectory("keys").resolve("store");
        tool("keytool", "-genkeypair", "-alias", "k", "-keyalg", "EC", "-dname", "CN=vendor", "-keystore", store.toString(), "-storepass", PASSWORD);
        String fingerprint = tool("keytool", "-list", "-v", "-keystore", store.toString(), "-storepass", PASSWORD).lines()
                .filter(l -> l.contains("SHA256:")).map(l -> l.substring(l.indexOf(':') + 1).trim()).findFirst().orElseThrow();
        Path signed = VendorJar.version("9.1.0");
        tool("jarsigner", "-keystore", store.toString(), "-storepass", PASSWORD, signed.toString(), "k");
        set("org.sluice.backends", "certificates", fingerprint);
        set("org.sluice.backends", "requireSigned", "true");
        install(signed);
        install(VendorJar.version("9.2.0"));
        // What shipped is not signed and leaves, one bundle after the other.
        String list = awaitBackends(l -> rows(l, "vtd").size() == 1 && rows(l, "smmuv3").isEmpty() && l.contains("\"version\":\"9.2.0\""));
        assertTrue(list, rows(list, "vtd").get(0).contains("\"version\":\"9.1.0\""));
        assertTrue(list, rows(list, VendorJar.BUNDLE).stream().anyMatch(r -> r.contains("9.2.0") && r.contains("is not signed")));
    }

    @Test
    public void viewerLooksAndOperatorActs() throws Exception {
        run("iommu:machine-open synthetic:vtd --name safe");
        assertTrue(runAs("viewer", "iommu:unit-list safe --json").contains("\"state\""));
        for (String command : List.of("machine-open synthetic:vtd --name other", "machine-close safe", "space-create safe s",
                "unit-swap safe 0 smmuv3", "traffic-start safe 00:03.0")) {
            IllegalStateException refused = assertThrows(command, IllegalStateException.class, () -> runAs("viewer", "iommu:" + command));
            assertTrue(refused.getMessage(), refused.getMessage().contains("Command not found"));
        }
        runAs("operator", "iommu:space-create safe s");
        runAs("operator", "iommu:device-attach safe 00:03.0 s");
        runAs("operator", "iommu:unit-swap safe 0 smmuv3");
        assertAudited("who=\"the-operator\"", "what=\"swap\"", "to=\"smmuv3@");
        for (String log : List.of("audit.log", "karaf.log")) {
            Path file = Path.of(System.getProperty("karaf.log"), log);
            String kept = await(() -> Files.readString(file), t -> t.contains("who=\"the-operator\""));
            assertTrue(log, kept.lines().anyMatch(l -> l.contains("who=\"the-operator\" what=\"swap\" subject=\"safe/") && l.endsWith("result=\"ACTIVE\"")));
        }
        assertThrows(IllegalStateException.class, () -> runAs("viewer", "bundle:install file:x"));
    }
}
