// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.inspect;

import java.util.ArrayList;
import java.util.List;

import org.sluice.api.Fault;
import org.sluice.api.InterruptReport;
import org.sluice.api.InterruptReport.Result;
import org.sluice.api.InterruptRequest;
import org.sluice.api.TranslationStep;
import org.sluice.backend.vtd.layout.InterruptEntry;
import org.sluice.backend.vtd.layout.MessageFormat;
import org.sluice.backend.vtd.layout.Vtd;
import org.sluice.backend.vtd.lookup.InterruptFinding;
import org.sluice.backend.vtd.lookup.InterruptFinding.Kind;
import org.sluice.kit.inspect.Steps;
import org.sluice.kit.layout.Structure;

/** What becomes of an interrupt message, with the entry that decides. */
final class InterruptReporter {
    private static final Fault NO_REQUEST = new Fault("not-an-interrupt", Fault.NO_CODE, "the address is not in the interrupt window",
            Vtd.SPECIFICATION + "section 3.14");

    private final Subject subject;

    InterruptReporter(Subject subject) {
        this.subject = subject;
    }

    InterruptReport report(InterruptRequest request, boolean steps) {
        int sourceId = Subject.sourceId(request.device());
        InterruptFinding f = subject.interrupts().find(sourceId, request.address(), request.data(),
                subject.firmware().ioApics().contains(sourceId));
        InterruptReport report = switch (f.kind()) {
            case REMAPPED -> remapped(request, f);
            case POSTED -> posted(request, f);
            case PASSED -> InterruptReport.plain(request, Result.PASSED, null, f.text());
            case UNKNOWN -> InterruptReport.plain(request, Result.UNKNOWN, null, f.text());
            case BLOCKED -> f.reason() == null ? InterruptReport.plain(request, Result.BLOCKED, NO_REQUEST, f.text())
                    : InterruptReport.plain(request, Result.BLOCKED, f.reason().fault(), f.reason().meaning() + ": " + f.text()
                            + (f.quiet() ? " (not recorded: FPD)" : ""));
        };
        if (f.index() >= 0 && f.kind() != Kind.REMAPPED) {
            boolean inside = f.index() < subject.interrupts().entries();
            report = report.withEntry(f.index(), inside ? subject.interrupts().entryAddress(f.index()) : 0,
                    f.entry() == null ? List.of() : f.entry().words());
        }
        return steps ? report.withSteps(steps(request, f)) : report;
    }

    private InterruptReport remapped(InterruptRequest request, InterruptFinding f) {
        Structure e = f.entry();
        return new InterruptReport(request, Result.REMAPPED, (int) e.get(InterruptEntry.VECTOR), (int) subject.interrupts().destination(e),
                InterruptEntry.DESTINATION_MODE.meaningOf(e.get(InterruptEntry.DESTINATION_MODE)),
                InterruptEntry.DELIVERY_MODE.meaningOf(e.get(InterruptEntry.DELIVERY_MODE)),
                InterruptEntry.TRIGGER_MODE.meaningOf(e.get(InterruptEntry.TRIGGER_MODE)), f.address(), f.data() & 0xffff_ffffL, f.index(),
                e.address(), e.words(), null, f.text(), List.of());
    }

    private static InterruptReport posted(InterruptRequest request, InterruptFinding f) {
        return new InterruptReport(request, Result.POSTED, (int) f.entry().get(InterruptEntry.VECTOR),
                (int) f.descriptor().get(InterruptEntry.NOTIFICATION_DESTINATION), "", "", "", f.address(), f.data() & 0xffff_ffffL, f.index(),
                f.entry().address(), f.entry().words(), null, f.text(), List.of());
    }

    private static List<TranslationStep> steps(InterruptRequest request, InterruptFinding f) {
        List<TranslationStep> steps = new ArrayList<>();
        Structure message = Structure.of(MessageFormat.REMAPPABLE, request.address(), request.address(), request.data());
        steps.add(Steps.of(message.is(MessageFormat.FORMAT) ? message
                : Structure.of(MessageFormat.COMPATIBILITY, request.address(), request.address(), request.data()), 0));
        if (f.entry() != null) {
            boolean posted = f.entry().is(InterruptEntry.POSTED_FORM);
            steps.add(Steps.of(posted ? Structure.of(InterruptEntry.POSTED, f.entry().address(), f.entry().word(0), f.entry().word(1))
                    : f.entry(), 0));
        }
        if (f.descriptor() != null) {
            steps.add(Steps.of(f.descriptor(), 0));
        }
        return steps;
    }
}
