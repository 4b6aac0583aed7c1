// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

import org.junit.Test;
import org.sluice.backend.zpci.layout.ConditionCodes;
import org.sluice.backend.zpci.layout.ConditionCodes.Status;
import org.sluice.testkit.EmulatorQuirks;
import org.sluice.testkit.ReadmeTable;

/** Tables in documents that the code could leave behind. */
public class DocumentationTest {
    private static final Path PAGE = Path.of("../../../docs/backends/zpci.md");

    @Test
    public void readmeHasTheCapabilityTableOfTheCode() {
        ReadmeTable.assertHasCapabilities(new ZpciBackend("test").info());
    }

    @Test
    public void whereQemuDiffersIsSaid() {
        EmulatorQuirks.assertDocumented("## s390 zPCI", new ZpciBackend("test"));
    }

    @Test
    public void everyStatusIsNamedWithItsTest() throws Exception {
        List<String> rows = ReadmeTable.rows(PAGE, "| instruction | status | meaning | raised by |");
        assertEquals(ConditionCodes.statuses().size(), rows.size());
        for (int i = 0; i < rows.size(); i++) {
            Status status = ConditionCodes.statuses().get(i);
            String instruction = switch (status.instruction()) {
                case LOAD_STORE -> "load, store, refresh";
                case MODIFY_CONTROLS -> "MPCIFC";
                case STORE_CONTROLS -> "STPCIFC";
                case REFRESH_TRANSLATIONS -> "RPCIT";
            };
            assertRow(rows.get(i), "| " + instruction + " | " + status.code() + " | " + status.meaning() + " | ");
        }
    }

    private static void assertRow(String row, String facts) throws ClassNotFoundException {
        assertTrue(row + " is not " + facts, row.startsWith(facts));
        String by = row.substring(facts.length()).replace(" |", "");
        if (!by.startsWith("not modelled: ")) {
            String[] test = by.replace("`", "").split("\\.");
            Class<?> type = Class.forName("org.sluice.backend.zpci." + test[0]);
            assertTrue(by, Arrays.stream(type.getMethods()).anyMatch(m -> m.getName().equals(test[1]) && m.isAnnotationPresent(Test.class)));
        }
    }
}
