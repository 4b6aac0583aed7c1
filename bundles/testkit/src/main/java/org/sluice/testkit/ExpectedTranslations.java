// SPDX-License-Identifier: Apache-2.0
package org.sluice.testkit;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

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
    private static final int SHORTEST_REASON = 20;

    private ExpectedTranslations() {
    }

    /**
     * Rows that do not agree in result, output, permissions, page size, fault name or the architecture's fault code, or whose fault has no
     * reason in words, each with what the inspector says; empty if all is well. Every row is asked with its steps and without. A fault's
     * page size and permissions are compared where the report has them, what follows its name where the row has it.
     *
     * @param agreed gets the number of rows that agree
     */
    public static List<String> disagreements(String capture, Inspector inspector, int[] agreed) {
        List<String> wrong = new ArrayList<>();
        for (Row row : TsvRows.ofCapture(capture, "expected-translations.tsv")) {
            String expected = expected(row);
            Optional<String> other = Stream.of(false, true).map(steps -> tell(inspector.translate(request(row), steps), row))
                    .filter(told -> !told.equals(expected)).findFirst();
            if (other.isEmpty()) {
                agreed[0]++;
            } else {
                wrong.add(row + "\n    expected " + expected + "\n    but told " + other.get());
            }
        }
        return wrong;
    }

    /** What a row asks. */
    public static TranslationRequest request(Row row) {
        return new TranslationRequest(DeviceId.parse(row.text("device").orElseThrow()), TranslationRequest.NO_PASID,
                row.number("iova").orElseThrow(), Access.parse(row.text("access").orElseThrow()));
    }

    private static String expected(Row row) {
        return row.text("result").orElseThrow() + " " + row.text("output").orElse("-") + " " + row.text("perm").orElse("-") + " "
                + row.text("page_size").orElse("-") + " " + row.text("fault").orElse("-") + " "
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
                + faultName(report, row) + " "
                + (report.fault() == null || report.fault().code() < 0 ? "-" : Hex.of(report.fault().code()))
                + (mapped || report.reason().length() > SHORTEST_REASON ? "" : " without a reason");
    }

    private static String faultName(TranslationReport report, Row row) {
        if (report.fault() == null) {
            return "-";
        }
        String name = report.fault().name();
        return row.text("fault").orElse("").contains(" ") ? name : name.split(" ")[0];
    }
}
