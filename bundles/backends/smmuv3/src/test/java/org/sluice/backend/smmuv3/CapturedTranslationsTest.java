// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.util.List;

import org.junit.Test;
import org.junit.runner.RunWith;
import org.junit.runners.Parameterized;
import org.junit.runners.Parameterized.Parameters;
import org.sluice.api.Access;
import org.sluice.api.Permissions;
import org.sluice.api.TranslationReport;
import org.sluice.api.TranslationReport.Result;
import org.sluice.api.TranslationRequest;
import org.sluice.machine.DeviceId;
import org.sluice.machine.Hex;
import org.sluice.testkit.Captures;
import org.sluice.testkit.TsvRows;
import org.sluice.testkit.TsvRows.Row;

/** Every translation that Linux and QEMU are known to have made, against the inspector, row by row. */
@RunWith(Parameterized.class)
public class CapturedTranslationsTest {
    private final String name;

    public CapturedTranslationsTest(String name) {
        this.name = name;
    }

    @Parameters(name = "{0}")
    public static List<String> captures() {
        return Captures.SMMUV3;
    }

    @Test
    public void everyRowAgrees() {
        List<Row> rows = TsvRows.ofCapture(name, "expected-translations.tsv");
        assertTrue(rows.size() > 300);
        try (OpenCapture capture = new OpenCapture(name)) {
            for (Row row : rows) {
                TranslationRequest request = new TranslationRequest(DeviceId.parse(row.text("device").orElseThrow()),
                        TranslationRequest.NO_PASID, row.number("iova").orElseThrow(), Access.parse(row.text("access").orElseThrow()));
                for (boolean steps : new boolean[] {false, true}) {
                    agrees(row, capture.inspector.translate(request, steps));
                }
            }
        }
    }

    private static void agrees(Row row, TranslationReport report) {
        String where = row + " -> " + report.reason();
        if (row.text("result").orElseThrow().equals("mapped")) {
            assertEquals(where, Result.MAPPED, report.result());
            assertEquals(where, row.text("output").orElseThrow(), Hex.of(report.output()));
        } else {
            assertEquals(where, Result.FAULT, report.result());
            assertEquals(where, row.text("fault").orElseThrow(), report.fault().name());
            assertEquals(where, row.architecture("fault_code").orElse("-"), code(report));
            assertTrue(where, report.reason().length() > 20);
        }
        // Pages that refuse the access are told with what they permit. The file knows no execute permission.
        assertEquals(where, row.number("page_size").orElse(0), report.pageSize());
        assertEquals(where, row.text("perm").orElse("-"), Permissions.text(report.permissions() & Permissions.READ_WRITE));
    }

    private static String code(TranslationReport report) {
        return report.fault().code() < 0 ? "-" : Hex.of(report.fault().code());
    }
}
