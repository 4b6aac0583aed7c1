// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi.inspect;

import java.util.List;

import org.sluice.api.Fault;
import org.sluice.api.InterruptReport;
import org.sluice.api.InterruptReport.Result;
import org.sluice.api.InterruptRequest;
import org.sluice.backend.amdvi.layout.AmdVi;
import org.sluice.backend.amdvi.layout.InterruptMessage;
import org.sluice.backend.amdvi.lookup.InterruptFinding;
import org.sluice.backend.amdvi.lookup.InterruptFinding.Blocked;
import org.sluice.backend.amdvi.lookup.InterruptFinding.Passed;
import org.sluice.backend.amdvi.lookup.InterruptFinding.Posted;
import org.sluice.backend.amdvi.lookup.InterruptFinding.Remapped;
import org.sluice.backend.amdvi.lookup.InterruptFinding.Unknown;
import org.sluice.backend.amdvi.lookup.OutputMessage;
import org.sluice.kit.inspect.Steps;
import org.sluice.kit.layout.Structure;
import org.sluice.machine.Hex;

/** What becomes of an interrupt message, with the entry that decides. */
final class InterruptReporter {
    private static final Fault NO_REQUEST = new Fault("not-an-interrupt", Fault.NO_CODE, "the address is not in the interrupt window",
            AmdVi.SPECIFICATION + "section 2.2.5");

    private final Subject subject;

    InterruptReporter(Subject subject) {
        this.subject = subject;
    }

    InterruptReport report(InterruptRequest request, boolean steps) {
        int deviceId = subject.deviceId(request.device());
        if (deviceId < 0) {
            return InterruptReport.plain(request, Result.UNKNOWN, null, request.device() + " has no DeviceID: name a PCI function");
        }
        if (!AmdVi.INTERRUPT_WINDOW.contains(request.address())) {
            return InterruptReport.plain(request, Result.BLOCKED, NO_REQUEST, Hex.of(request.address())
                    + " is not in the interrupt window: a write like any other");
        }
        InterruptFinding finding = subject.interrupts().find(deviceId, request.data());
        InterruptReport report = decide(request, finding);
        return steps ? report.withSteps(Steps.of(finding.trail())) : report;
    }

    private static InterruptReport decide(InterruptRequest request, InterruptFinding finding) {
        if (finding instanceof Passed passed) {
            return InterruptReport.plain(request, Result.PASSED, null, passed.why());
        }
        if (finding instanceof Unknown unknown) {
            return InterruptReport.plain(request, Result.UNKNOWN, null, Texts.missing(unknown.missing(), unknown.what()));
        }
        if (finding instanceof Blocked blocked) {
            return blocked(request, blocked);
        }
        return finding instanceof Posted posted ? posted(request, posted) : remapped(request, (Remapped) finding);
    }

    private static InterruptReport blocked(InterruptRequest request, Blocked blocked) {
        String quiet = blocked.quiet().isEmpty() ? "" : " (not logged: " + blocked.quiet() + ")";
        String detail = blocked.detail().isEmpty() ? "" : ": " + blocked.detail();
        InterruptReport report = InterruptReport.plain(request, Result.BLOCKED, blocked.event().fault(true), blocked.event().meaning()
                + detail + quiet);
        Structure entry = blocked.entry();
        return entry == null ? report : report.withEntry(blocked.index(), entry.address(), entry.words());
    }

    private static InterruptReport remapped(InterruptRequest request, Remapped r) {
        return new InterruptReport(request, Result.REMAPPED, r.vector(), r.destination(), r.logical() ? "logical" : "physical",
                InterruptMessage.delivery(r.delivery()), r.level() ? "level" : "edge", OutputMessage.address(r), OutputMessage.data(r) & 0xffff_ffffL,
                r.index(), r.entry().address(), r.entry().words(), null, "", List.of());
    }

    private static InterruptReport posted(InterruptRequest request, Posted p) {
        String how = p.running() ? "the processor is told" : p.logged() ? "not running: logged in the GA log" : "not running: kept in the page";
        return new InterruptReport(request, Result.POSTED, p.vector(), p.destination(), "", "fixed", "", 0, 0, p.index(), p.entry().address(),
                p.entry().words(), null, "for the virtual APIC at " + Hex.of(p.vapic()) + ", tag " + Hex.of(p.tag()) + "; " + how, List.of());
    }
}
