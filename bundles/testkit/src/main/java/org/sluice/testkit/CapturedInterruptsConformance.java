// SPDX-License-Identifier: Apache-2.0
package org.sluice.testkit;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.util.List;

import org.junit.Test;
import org.junit.runner.RunWith;
import org.junit.runners.Parameterized;
import org.sluice.api.InterruptReport;
import org.sluice.api.InterruptReport.Result;
import org.sluice.api.InterruptRequest;
import org.sluice.machine.DeviceId;
import org.sluice.machine.Hex;
import org.sluice.testkit.TsvRows.Row;

/**
 * Every interrupt that QEMU is known to have remapped, against an inspector. A subclass names its captures in a static method with
 * {@link org.junit.runners.Parameterized.Parameters} and opens one.
 */
@RunWith(Parameterized.class)
public abstract class CapturedInterruptsConformance {
    private final String name;

    protected CapturedInterruptsConformance(String name) {
        this.name = name;
    }

    protected abstract CapturedUnit open(String capture);

    @Test
    public void everyRowAgrees() {
        // Messages seen before remapping was switched on are not of the captured state.
        List<Row> rows = TsvRows.ofCapture(name, "expected-interrupts.tsv").stream()
                .filter(row -> !row.text("result").orElseThrow().equals("passed")).toList();
        assertTrue(rows.size() > 5);
        try (CapturedUnit capture = open(name)) {
            for (Row row : rows) {
                InterruptRequest request = new InterruptRequest(DeviceId.parse(row.text("device").orElseThrow()),
                        row.number("address").orElseThrow(), row.number("data").orElseThrow());
                agrees(row, capture.inspector.remapInterrupt(request, true));
            }
        }
    }

    private static void agrees(Row row, InterruptReport report) {
        String where = row + " -> " + report.reason();
        assertEquals(where, Result.REMAPPED, report.result());
        assertEquals(where, row.number("vector").orElseThrow(), report.vector());
        assertEquals(where, row.number("destination").orElseThrow(), report.destination());
        assertEquals(where, row.text("delivery").orElseThrow(), report.delivery());
        assertEquals(where, row.text("destination_mode").orElseThrow(), report.mode());
        assertEquals(where, row.text("trigger").orElseThrow(), report.trigger());
        assertEquals(where, row.text("output_address").orElseThrow(), Hex.of(report.outputAddress()));
        assertEquals(where, row.text("output_data").orElseThrow(), Hex.of(report.outputData()));
        assertEquals(where, row.number("irte").orElseThrow(), report.entryAddress());
        assertEquals(where, row.number("irte_index").orElseThrow(), report.entryIndex());
        assertEquals(where, List.of(row.number("irte_low").orElseThrow(), row.number("irte_high").orElseThrow()), report.entry());
        assertEquals(where, 2, report.steps().size());
    }
}
