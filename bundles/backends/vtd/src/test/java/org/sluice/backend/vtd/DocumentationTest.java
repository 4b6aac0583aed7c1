// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

import org.junit.Test;
import org.sluice.backend.vtd.layout.FaultReason;
import org.sluice.testkit.ReadmeTable;

/** Tables in documents that the code could leave behind. */
public class DocumentationTest {
    @Test
    public void readmeHasTheCapabilityTableOfTheCode() {
        ReadmeTable.assertHasCapabilities(new VtdBackend("test").info());
    }

    /** Every reason of the architecture has a row, and either a test that raises it or the reason why none does. */
    @Test
    public void faultCatalogueNamesEveryReasonAndItsTest() throws Exception {
        List<String> rows = ReadmeTable.rows(Path.of("../../../docs/backends/vtd.md"), "| code | name | meaning | qualified | raised by |");
        assertEquals(FaultReason.values().length, rows.size());
        for (int i = 0; i < rows.size(); i++) {
            FaultReason reason = FaultReason.values()[i];
            String facts = String.format("| %02Xh | `%s` | %s | %s | ", reason.code(), reason.label(), reason.meaning(), reason.qualified() ? "yes" : "no");
            assertTrue(rows.get(i) + " is not " + facts, rows.get(i).startsWith(facts));
            String by = rows.get(i).substring(facts.length()).replace(" |", "");
            if (!by.startsWith("not modelled: ")) {
                String[] test = by.replace("`", "").split("\\.");
                Class<?> type = Class.forName("org.sluice.backend.vtd." + test[0]);
                assertTrue(by, Arrays.stream(type.getMethods()).anyMatch(m -> m.getName().equals(test[1]) && m.isAnnotationPresent(Test.class)));
            }
        }
    }
}
