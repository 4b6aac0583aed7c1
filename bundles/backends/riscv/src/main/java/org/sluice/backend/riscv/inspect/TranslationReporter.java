// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.riscv.inspect;

import java.util.List;

import org.sluice.api.Access;
import org.sluice.api.InterruptReport;
import org.sluice.api.InterruptReport.Result;
import org.sluice.api.InterruptRequest;
import org.sluice.api.TranslationReport;
import org.sluice.api.TranslationRequest;
import org.sluice.api.TranslationStep;
import org.sluice.backend.riscv.layout.PageTableEntry;
import org.sluice.backend.riscv.lookup.AccessWalker;
import org.sluice.backend.riscv.lookup.AccessWalker.Kind;
import org.sluice.backend.riscv.lookup.AccessWalker.Outcome;
import org.sluice.backend.riscv.lookup.AccessWalker.Step;
import org.sluice.backend.riscv.lookup.Finding;
import org.sluice.backend.riscv.lookup.Finding.Blocked;
import org.sluice.backend.riscv.lookup.Finding.Translated;
import org.sluice.backend.riscv.lookup.Finding.Unknown;
import org.sluice.kit.inspect.Steps;
import org.sluice.kit.layout.Structure;
import org.sluice.machine.Hex;

/** One translation, or one message, as the architecture prescribes it, with every structure read. */
final class TranslationReporter {
    private static final String NOT_RECORDED = " (not recorded: DTF=1)";

    private final Subject subject;
    private final AccessWalker walker;

    TranslationReporter(Subject subject) {
        this.subject = subject;
        this.walker = new AccessWalker(subject.memory(), subject.state());
    }

    TranslationReport report(TranslationRequest request, boolean steps) {
        Finding finding = subject.lookup().find(subject.id(request.device()), request.pasid(), request.access());
        if (finding instanceof Blocked blocked) {
            return with(steps, finding, null, TranslationReport.fault(request, blocked.cause().fault(), 0, blocked.cause().fault().meaning()
                    + (blocked.address() == 0 ? ": " : ", at " + Hex.of(blocked.address()) + ": ") + blocked.detail()));
        }
        if (finding instanceof Unknown unknown) {
            return with(steps, finding, null, TranslationReport.unknown(request, unknown.missing(), 0, unknown.what()));
        }
        Translated tables = (Translated) finding;
        Outcome outcome = walker.walk(tables, request.iova(), request.access());
        return with(steps, finding, outcome, told(request, tables, outcome));
    }

    private TranslationReport told(TranslationRequest request, Translated tables, Outcome o) {
        return switch (o.kind()) {
            case PASS_THROUGH -> TranslationReport.passThrough(request, o.reason());
            case UNKNOWN -> TranslationReport.unknown(request, o.missing(), o.level(), o.reason());
            case MAPPED -> TranslationReport.mapped(request, o.output(), 1L << o.pageShift(), o.permissions(), o.level());
            case FAULT -> fault(request, tables, o);
        };
    }

    /** A page that is there but refuses the access is told with its size and with what it permits. */
    private TranslationReport fault(TranslationRequest request, Translated tables, Outcome o) {
        String quiet = tables.recorded() ? "" : NOT_RECORDED;
        TranslationReport report = TranslationReport.fault(request, o.cause().fault(), o.level(), o.cause().fault().meaning() + ": " + o.reason() + quiet);
        for (Access other : o.denied() ? Access.values() : new Access[0]) {
            Outcome there = walker.walk(tables, request.iova(), other);
            if (there.kind() == Kind.MAPPED) {
                return report.withLeaf(1L << there.pageShift(), there.permissions());
            }
        }
        return report;
    }

    private static TranslationReport with(boolean wanted, Finding finding, Outcome outcome, TranslationReport report) {
        if (!wanted) {
            return report;
        }
        List<TranslationStep> steps = Steps.of(finding.trail());
        if (outcome != null) {
            for (Step step : outcome.steps()) {
                Structure entry = Structure.of(PageTableEntry.LAYOUT, step.address(), step.entry());
                steps.add(new TranslationStep(PageTableEntry.LAYOUT.name(), step.address(), entry.words(), step.level(), entry.text()));
            }
            if (outcome.msi() != null) {
                steps.addAll(Steps.of(List.of(outcome.msi())));
            }
        }
        return report.withSteps(steps);
    }

    /** A message is a write; only one to an interrupt file of a guest is changed on the way. */
    InterruptReport interrupt(InterruptRequest request, boolean steps) {
        TranslationRequest write = new TranslationRequest(request.device(), TranslationRequest.NO_PASID, request.address(), Access.WRITE);
        TranslationReport report = report(write, steps);
        Finding finding = subject.lookup().find(subject.id(request.device()), TranslationRequest.NO_PASID, Access.WRITE);
        Outcome outcome = finding instanceof Translated tables ? walker.walk(tables, request.address(), Access.WRITE) : null;
        InterruptReport answer = switch (report.result()) {
            case FAULT -> InterruptReport.plain(request, Result.BLOCKED, report.fault(), report.reason());
            case UNKNOWN -> InterruptReport.plain(request, Result.UNKNOWN, null, report.reason());
            case MAPPED -> new InterruptReport(request, outcome.msi() == null ? Result.PASSED : Result.REMAPPED, -1, -1, "", "", "", report.output(), request.data(),
                    -1, 0, List.of(), null, outcome.msi() == null ? "an ordinary write to " + Hex.of(report.output())
                            : "a write to the interrupt file at " + Hex.of(report.output()), List.of());
        };
        if (outcome != null && outcome.msi() != null) {
            int index = (int) (outcome.msi().address() - ((Translated) finding).msi().table() >>> 4);
            answer = answer.withEntry(index, outcome.msi().address(), outcome.msi().words());
        }
        return steps ? answer.withSteps(report.steps()) : answer;
    }
}
