// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.rows;

import java.util.List;

import org.sluice.api.Access;
import org.sluice.api.Fault;
import org.sluice.api.Permissions;
import org.sluice.api.TranslationReport;
import org.sluice.api.TranslationReport.Result;
import org.sluice.machine.DeviceId;
import org.sluice.shell.render.Schema;

/**
 * One translation as answered, or a line that could not be asked.
 *
 * @param device null if the line does not tell
 * @param pasid -1 if there is none
 * @param iova null if the line does not tell
 * @param access null if the line does not tell
 * @param report null if the line could not be asked
 * @param reason why not, if so
 * @param line number of the line, or -1 if it was answered
 * @param steps decoded; empty unless asked for
 */
public record WalkRow(DeviceId device, int pasid, Long iova, Access access, TranslationReport report, String reason, int line,
        List<StepRow> steps) {
    public static final Schema<WalkRow> SCHEMA = Schema.of(WalkRow.class)
            .text("device", WalkRow::device)
            .jsonOnly()
            .number("pasid", WalkRow::pasid)
            .everywhere()
            .address("iova", WalkRow::iova, w -> w.iova != null)
            .text("access", w -> w.access == null ? null : w.access.letter())
            .text("result", WalkRow::resultWord)
            .address("output", w -> w.report.output(), w -> w.result() == Result.MAPPED)
            .bytes("pageSize", w -> w.report.pageSize(), WalkRow::hasLeaf)
            .jsonOnly()
            .flag("read", w -> w.allows(Permissions.READ))
            .flag("write", w -> w.allows(Permissions.WRITE))
            .flag("execute", w -> w.allows(Permissions.EXECUTE))
            .tableOnly()
            .text("permissions", w -> w.hasPermissions() ? Words.permissions(w.report.permissions()) : null)
            .everywhere()
            .text("fault", w -> w.fault() == null ? null : w.fault().name())
            .code("faultCode", w -> w.fault().code(), w -> FaultRows.hasCode(w.fault()))
            .number("level", w -> w.report.level(), w -> w.report != null && w.report.level() != 0)
            .text("reason", WalkRow::why)
            .jsonOnly()
            .address("missing", w -> w.report.missing(), w -> w.report != null && w.report.missing() != null)
            .number("line", WalkRow::line)
            .rows("steps", StepRow.SCHEMA, WalkRow::steps, s -> s.step().structure())
            .build();

    public static WalkRow answered(TranslationReport report, List<StepRow> steps) {
        var request = report.request();
        return new WalkRow(request.device(), request.pasid(), request.iova(), request.access(), report, "", -1, steps);
    }

    /** A line that could not be asked; what it does tell may be null. */
    public static WalkRow unreadable(DeviceId device, int pasid, Long iova, Access access, String reason, int line) {
        return new WalkRow(device, pasid, iova, access, null, reason, line, List.of());
    }

    public Result result() {
        return report == null ? Result.UNKNOWN : report.result();
    }

    private String resultWord() {
        return switch (result()) {
            case MAPPED -> "mapped";
            case FAULT -> "fault";
            case UNKNOWN -> "unknown";
        };
    }

    private Fault fault() {
        return report == null ? null : report.fault();
    }

    /** Whether a leaf decided, be it that it maps or that it forbids. */
    private boolean hasLeaf() {
        return report != null && report.pageSize() != 0;
    }

    /** A leaf tells what is allowed, and so does an entry that lets addresses through unchanged. */
    private boolean hasPermissions() {
        return hasLeaf() || result() == Result.MAPPED;
    }

    private Boolean allows(int permission) {
        return hasPermissions() ? Boolean.valueOf(Words.allows(report.permissions(), permission)) : null;
    }

    private String why() {
        if (report == null) {
            return reason;
        }
        return report.reason().isEmpty() && report.fault() != null ? report.fault().meaning() : report.reason();
    }
}
