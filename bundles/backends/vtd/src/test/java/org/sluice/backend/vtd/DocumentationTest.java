// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd;

import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;

import org.junit.Test;
import org.sluice.backend.vtd.layout.FaultReason;
import org.sluice.testkit.EmulatorQuirks;
import org.sluice.testkit.ReadmeTable;

/** Tables in documents that the code could leave behind. */
public class DocumentationTest {
    @Test
    public void readmeHasTheCapabilityTableOfTheCode() {
        ReadmeTable.assertHasCapabilities(new VtdBackend("test").info());
    }

    @Test
    public void whereQemuDiffersIsSaid() {
        EmulatorQuirks.assertDocumented("## intel-iommu (VT-d)", new VtdBackend("test"));
    }

    @Test
    public void catalogueNamesTheReasonsThatAreAlwaysRecorded() throws IOException {
        String always = Arrays.stream(FaultReason.values()).filter(r -> !r.qualified()).map(r -> String.format("%02Xh", r.code()))
                .collect(Collectors.joining(", "));
        assertTrue(always, Files.readString(Path.of("../../../docs/backends/vtd.md")).contains("which always are: " + always + "."));
    }
}
