// SPDX-License-Identifier: Apache-2.0
package org.sluice.testkit;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

import org.junit.Test;
import org.sluice.api.Fault;

/**
 * A backend's document has a table with every fault of the architecture, its clause, and the test that raises it or the reason why none
 * does. A backend subclasses this beside its tests, and gives its faults in the order of the table:
 *
 * <pre>
 * | code | fault | meaning | clause | raised by |
 * |---|---|---|---|---|
 * | 01h | `root-not-present` | the root entry of the bus is not present | section 7, fault reason 01h | `FaultReasonsTest.legacyStructures` |
 * | 29h | `interrupt-pasid-state` | ... | ... | not modelled: its exact condition is not public |
 * </pre>
 *
 * Several tests are told apart by commas; test classes without a package are in that of the subclass.
 */
public abstract class FaultCatalogue {
    private static final String HEADER = "| code | fault | meaning | clause | raised by |";
    private static final String NOT_MODELLED = "not modelled: ";

    /** Every fault of the backend, in the order of the table. */
    protected abstract List<Fault> faults();

    /** How the table writes a fault's code. */
    protected String code(Fault fault) {
        return String.format("0x%02x", fault.code());
    }

    /** The document with the table; tests run in the bundle's folder. */
    protected Path document() {
        return Path.of("README.md");
    }

    /** The table is as this says, row by row; what the code knows cannot be left behind by the document. */
    @Test
    public final void everyFaultHasItsRow() {
        List<String> rows = ReadmeTable.rows(document(), HEADER);
        for (int i = 0; i < Math.min(rows.size(), faults().size()); i++) {
            assertTrue(rows.get(i) + "\nis not\n" + facts(faults().get(i)), rows.get(i).startsWith(facts(faults().get(i))));
        }
        assertEquals(faults().size(), rows.size());
    }

    private String facts(Fault fault) {
        return "| " + code(fault) + " | `" + fault.name() + "` | " + fault.meaning() + " | " + fault.clause() + " | ";
    }

    @Test
    public final void everyRowNamesATestOrAReason() throws ClassNotFoundException {
        for (String row : ReadmeTable.rows(document(), HEADER)) {
            String[] cells = row.split("\\|");
            String by = cells[cells.length - 1].trim();
            if (by.startsWith(NOT_MODELLED)) {
                assertFalse(row, by.substring(NOT_MODELLED.length()).isBlank());
                continue;
            }
            for (String test : by.replace("`", "").split(",")) {
                assertIsTest(row, test.trim());
            }
        }
    }

    private void assertIsTest(String row, String test) throws ClassNotFoundException {
        int dot = test.lastIndexOf('.');
        assertTrue(row + " names no test", dot > 0);
        String type = test.substring(0, dot);
        Class<?> found = Class.forName(type.contains(".") ? type : getClass().getPackageName() + "." + type);
        assertTrue(row + ": no such test", Arrays.stream(found.getMethods())
                .anyMatch(m -> m.getName().equals(test.substring(dot + 1)) && m.isAnnotationPresent(Test.class)));
    }
}
