// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.karaf;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotNull;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.junit.PaxExam;
import org.ops4j.pax.exam.spi.reactors.ExamReactorStrategy;
import org.ops4j.pax.exam.spi.reactors.PerClass;
import org.osgi.framework.Bundle;

/** The started product: everything is active, commands run, and a vendor comes and goes while it runs. */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerClass.class)
public class PlatformIT extends ProductTest {
    private static final String VENDOR = "org.sluice.backend.vtd";

    @Test
    public void everyBundleIsActive() throws Exception {
        // The last ones, shell and launcher, may be about to start still when the test is told that the platform has.
        assertEquals(List.of(), await(this::sleeping, List::isEmpty));
    }

    private List<String> sleeping() {
        return Arrays.stream(context.getBundles()).filter(b -> b.getHeaders().get("Fragment-Host") == null && b.getState() != Bundle.ACTIVE)
                .map(Bundle::toString).toList();
    }

    @Test
    public void shippedCaptureOpens() throws Exception {
        Path capture = Path.of(System.getProperty("karaf.home"), "captures", "vtd-legacy");
        String answer = run("iommu:machine-open '" + capture + "' --name shipped --json");
        assertTrue(answer, answer.contains("\"arch\":\"x86_64\""));
        assertTrue(run("iommu:machine-list --json").contains("\"machine\":\"shipped\""));
        run("iommu:machine-close shipped");
    }

    @Test
    public void vendorBundleComesAndGoes() throws Exception {
        Path capture = Path.of(System.getProperty("karaf.home"), "captures", "vtd-legacy");
        run("iommu:machine-open '" + capture + "' --name swapped");
        bundle(VENDOR).uninstall();
        assertNull(bundle(VENDOR));
        String missing = await(() -> run("iommu:unit-list swapped --json"), answer -> answer.contains("ABSENT"));
        assertTrue(missing, missing.contains("ABSENT"));

        Path deploy = Path.of(System.getProperty("karaf.base"), "deploy");
        Path dropped = deploy.resolve("vendor.jar");
        // The watcher must never see half a jar: a name that it passes over, then a rename.
        Path hidden = deploy.resolve(".vendor.part");
        Files.copy(Path.of(System.getProperty("sluice.vendor")), hidden, StandardCopyOption.REPLACE_EXISTING);
        Files.move(hidden, dropped, StandardCopyOption.ATOMIC_MOVE);
        try {
            assertNotNull(await(() -> bundle(VENDOR), b -> b != null && b.getState() == Bundle.ACTIVE));
            String found = await(() -> run("iommu:unit-list swapped --json"), answer -> !answer.contains("ABSENT"));
            assertTrue(found, found.contains("\"backend\":\"vtd\"") && !found.contains("ABSENT"));
            assertTrue(run("iommu:backend-list --json").contains("\"vtd\""));
            assertTrue(run("iommu:quirk-list vtd --qemu 7.2 --json").contains("\"vtd-rid-pasid\""));
            assertFalse(run("iommu:quirk-list vtd --qemu 10.0.2 --json").contains("\"vtd-rid-pasid\""));
        } finally {
            Files.delete(dropped);
        }
        assertNull(await(() -> bundle(VENDOR), b -> b == null));
        String gone = await(() -> run("iommu:unit-list swapped --json"), answer -> answer.contains("ABSENT"));
        assertTrue(gone, gone.contains("ABSENT") && gone.contains("no installed backend"));
        run("iommu:machine-close swapped");
    }
}
