// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.rows;

import java.util.List;

import org.sluice.api.Fault;
import org.sluice.api.InterruptReport;
import org.sluice.api.InterruptReport.Result;
import org.sluice.machine.DeviceId;
import org.sluice.shell.render.Schema;

/**
 * One message as answered, or a line that could not be asked.
 *
 * @param device null if the line does not tell
 * @param address null if the line does not tell
 * @param data null if the line does not tell
 * @param report null if the line could not be asked
 * @param reason why not, if so
 * @param line number of the line, or -1 if it was answered
 * @param steps decoded; empty unless asked for
 */
public record InterruptRow(DeviceId device, Long address, Long data, InterruptReport report, String reason, int line,
        List<StepRow> steps) {
    public static final Schema<InterruptRow> SCHEMA = Schema.of(InterruptRow.class)
            .text("device", InterruptRow::device)
            .address("address", InterruptRow::address, i -> i.address != null)
            .code("data", InterruptRow::data, i -> i.data != null)
            .text("result", i -> Words.lower(i.result()))
            .jsonOnly()
            .number("vector", i -> i.report.vector(), InterruptRow::hasVector)
            .number("destination", i -> i.report.destination(), InterruptRow::hasDestination)
            .tableOnly()
            .code("vector", i -> i.report.vector(), InterruptRow::hasVector)
            .code("destination", i -> i.report.destination(), InterruptRow::hasDestination)
            .everywhere()
            .text("mode", i -> i.report == null ? null : i.report.mode())
            .text("delivery", i -> i.report == null ? null : i.report.delivery())
            .text("trigger", i -> i.report == null ? null : i.report.trigger())
            .text("fault", i -> i.fault() == null ? null : i.fault().name())
            .code("faultCode", i -> i.fault().code(), i -> FaultRows.hasCode(i.fault()))
            .address("outputAddress", i -> i.report.outputAddress(), InterruptRow::goesOn)
            .code("outputData", i -> i.report.outputData(), InterruptRow::goesOn)
            .jsonOnly()
            .address("irte", i -> i.report.entryAddress(), InterruptRow::hasEntry)
            .number("irteIndex", i -> i.report.entryIndex(), InterruptRow::hasEntry)
            .text("entry", i -> i.report == null ? null : Words.oneNumber(i.report.entry()))
            .everywhere()
            .text("reason", InterruptRow::why)
            .jsonOnly()
            .number("line", InterruptRow::line)
            .rows("steps", StepRow.SCHEMA, InterruptRow::steps, s -> s.step().structure())
            .build();

    public static InterruptRow answered(InterruptReport report, List<StepRow> steps) {
        var request = report.request();
        return new InterruptRow(request.device(), request.address(), request.data(), report, "", -1, steps);
    }

    /** A line that could not be asked; what it does tell may be null. */
    public static InterruptRow unreadable(DeviceId device, Long address, Long data, String reason, int line) {
        return new InterruptRow(device, address, data, null, reason, line, List.of());
    }

    public Result result() {
        return report == null ? Result.UNKNOWN : report.result();
    }

    private Fault fault() {
        return report == null ? null : report.fault();
    }

    private boolean goesOn() {
        return result() == Result.REMAPPED || result() == Result.PASSED;
    }

    private boolean hasVector() {
        return report != null && report.vector() >= 0;
    }

    private boolean hasDestination() {
        return report != null && report.destination() >= 0;
    }

    private boolean hasEntry() {
        return report != null && report.entryIndex() >= 0;
    }

    private String why() {
        if (report == null) {
            return reason;
        }
        return report.reason().isEmpty() && report.fault() != null ? report.fault().meaning() : report.reason();
    }
}
