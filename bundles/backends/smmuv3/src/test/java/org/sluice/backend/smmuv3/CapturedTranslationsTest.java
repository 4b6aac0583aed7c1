// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.util.List;

import org.junit.Test;
import org.junit.runners.Parameterized.Parameters;
import org.sluice.api.TranslationReport;
import org.sluice.api.TranslationReport.Result;
import org.sluice.api.TranslationRequest;
import org.sluice.backend.smmuv3.model.Smmuv3Model;
import org.sluice.machine.DeviceId;
import org.sluice.testkit.CapturedTranslationsConformance;
import org.sluice.testkit.CapturedUnit;
import org.sluice.testkit.Captures;
import org.sluice.testkit.ExpectedTranslations;
import org.sluice.testkit.TsvRows;
import org.sluice.testkit.TsvRows.Row;

public class CapturedTranslationsTest extends CapturedTranslationsConformance {
    public CapturedTranslationsTest(String name) {
        super(name, 900);
    }

    @Parameters(name = "{0}")
    public static List<String> captures() {
        return Captures.SMMUV3;
    }

    @Override
    protected CapturedUnit open(String capture) {
        return new OpenCapture(capture);
    }

    /** The file tells page size and permissions of a page that refuses the access; the report does too. */
    @Test
    public void refusedPagesAreToldWithWhatTheyPermit() {
        try (OpenCapture capture = new OpenCapture(name)) {
            for (Row row : TsvRows.ofCapture(name, "expected-translations.tsv")) {
                if (row.text("result").orElseThrow().equals("fault")) {
                    assertEquals(row.toString(), row.number("page_size").orElse(0), capture.inspector.translate(ExpectedTranslations.request(row), false).pageSize());
                }
            }
        }
    }

    @Test
    public void stepsEndWhereTheAnswerDoes() {
        try (OpenCapture capture = new OpenCapture(name)) {
            for (Row row : TsvRows.ofCapture(name, "expected-translations.tsv")) {
                TranslationReport report = capture.inspector.translate(ExpectedTranslations.request(row), true);
                assertTrue(row.toString(), report.steps().size() >= (report.result() == Result.MAPPED ? 4 : 1));
                if (report.result() == Result.MAPPED) {
                    assertEquals(row.toString(), report.level(), report.steps().get(report.steps().size() - 1).level());
                }
            }
        }
    }

    @Test
    public void theModelTranslatesAsTheInspectorTells() {
        try (OpenCapture capture = new OpenCapture(name)) {
            Smmuv3Model model = new Smmuv3Model(capture.context);
            for (Row row : TsvRows.ofCapture(name, "expected-translations.tsv")) {
                TranslationRequest request = ExpectedTranslations.request(row);
                TranslationReport report = capture.inspector.translate(request, false);
                long expected = report.result() == Result.MAPPED ? report.output() : -1L - Math.max(0, report.fault().code());
                assertEquals(row.toString(), expected,
                        model.translate(streamId(capture, request.device()), -1, request.iova(), request.access().permission()));
            }
        }
    }

    private static int streamId(OpenCapture capture, DeviceId device) {
        return (int) (device.isPci() ? capture.machine.description().device(device).orElseThrow().requesterId() : device.value());
    }
}
