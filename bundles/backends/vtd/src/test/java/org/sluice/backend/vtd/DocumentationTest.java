// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

import org.junit.Test;
import org.sluice.api.BackendInfo.Capability;
import org.sluice.backend.vtd.layout.FaultReason;

/** Tables in documents that the code could leave behind. */
public class DocumentationTest {
    private static List<String> rows(Path file, String header) throws IOException {
        List<String> lines = Files.readAllLines(file);
        int start = lines.indexOf(header) + 2;
        assertTrue(file + " has no table " + header, start > 1);
        return lines.subList(start, lines.size()).stream().takeWhile(line -> line.startsWith("|")).toList();
    }

    @Test
    public void readmeHasTheCapabilityTableOfTheCode() throws IOException {
        List<String> expected = new VtdBackend("test").info().capabilities().stream()
                .map((Capability c) -> "| " + c.name() + " | " + c.support() + " | " + c.guestSees() + " |").toList();
        assertEquals(expected, rows(Path.of("README.md"), "| capability | support | what a guest or user sees |"));
    }

    /** Every reason of the architecture has a row, and either a test that raises it or the reason why none does. */
    @Test
    public void faultCatalogueNamesEveryReasonAndItsTest() throws Exception {
        List<String> rows = rows(Path.of("../../../docs/backends/vtd.md"), "| code | name | meaning | qualified | raised by |");
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
