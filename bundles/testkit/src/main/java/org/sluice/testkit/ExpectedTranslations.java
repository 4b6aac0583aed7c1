// SPDX-License-Identifier: Apache-2.0
package org.sluice.testkit;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

import org.sluice.api.Access;
import org.sluice.api.Permissions;
import org.sluice.api.TranslationReport;
import org.sluice.api.TranslationReport.Result;
import org.sluice.api.TranslationRequest;
import org.sluice.machine.DeviceId;
import org.sluice.machine.Hex;
import org.sluice.spi.Inspector;
import org.sluice.testkit.TsvRows.Row;

/** Asks an inspector every row of a capture's {@code expected-translations.tsv}. */
public final class ExpectedTranslations {
    private ExpectedTranslations() {
    }

    /**
     * Rows that do not agree in result, output, permissions, page size, fault name or the architecture's fault code, each with what the
     * inspector says; empty if all is well. A fault's page size and permissions are compared where the report has them.
     *
     * @param agreed gets the number of rows that agree
     */
    public static List<String> disagreements(String capture, Inspector inspector, int[] agreed) {
        List<String> wrong = new ArrayList<>();
        for (Row row : TsvRows.ofCapture(capture, "expected-translations.tsv")) {
            TranslationRequest request = new TranslationRequest(DeviceId.parse(row.text("device").orElseThrow()), TranslationRequest.NO_PASID,
                    row.number("iova").orElseThrow(), Access.parse(row.text("access").orElseThrow()));
            String told = tell(inspector.translate(request, false), row);
            String expected = expected(row);
            if (told.equals(expected)) {
                agreed[0]++;
            } else {
                wrong.add(row + "\n    expected " + expected + "\n    but told " + told);
            }
        }
        return wrong;
    }

    private static String expected(Row row) {
        return row.text("result").orElseThrow() + " " + row.text("output").orElse("-") + " " + row.text("perm").orElse("-") + " "
                + row.text("page_size").orElse("-") + " " + row.text("fault").map(f -> f.split(" ")[0]).orElse("-") + " "
                + row.architecture("fault_code").orElse("-");
    }

    private static String tell(TranslationReport report, Row row) {
        boolean mapped = report.result() == Result.MAPPED;
        boolean page = report.pageSize() != 0;
        boolean silent = !mapped && (!page || row.text("perm").isEmpty());
        String permissions = page ? Permissions.text(report.permissions()) : "-";
        String size = page ? Long.toUnsignedString(report.pageSize()) : "-";
        return report.result().name().toLowerCase(Locale.ROOT) + " " + (mapped ? Hex.of(report.output()) : "-") + " "
                + (silent ? row.text("perm").orElse("-") : permissions) + " " + (silent ? row.text("page_size").orElse("-") : size) + " "
                + (report.fault() == null ? "-" : report.fault().name().split(" ")[0]) + " "
                + (report.fault() == null || report.fault().code() < 0 ? "-" : Hex.of(report.fault().code()));
    }
}
