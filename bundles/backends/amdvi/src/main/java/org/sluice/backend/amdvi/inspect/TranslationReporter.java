// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi.inspect;

import java.util.List;

import org.sluice.api.Access;
import org.sluice.api.Fault;
import org.sluice.api.Permissions;
import org.sluice.api.TranslationReport;
import org.sluice.api.TranslationReport.Result;
import org.sluice.api.TranslationRequest;
import org.sluice.api.TranslationStep;
import org.sluice.backend.amdvi.layout.AmdVi;
import org.sluice.backend.amdvi.layout.BaseRegisters;
import org.sluice.backend.amdvi.layout.DeviceTableEntry;
import org.sluice.backend.amdvi.layout.Event;
import org.sluice.backend.amdvi.layout.PagingEntry;
import org.sluice.backend.amdvi.lookup.DmaWalker;
import org.sluice.backend.amdvi.lookup.Finding;
import org.sluice.backend.amdvi.lookup.Finding.Blocked;
import org.sluice.backend.amdvi.lookup.Finding.PassThrough;
import org.sluice.backend.amdvi.lookup.Finding.Translated;
import org.sluice.backend.amdvi.lookup.Finding.Unknown;
import org.sluice.kit.inspect.Steps;
import org.sluice.kit.layout.Structure;
import org.sluice.kit.radix.NestedWalker;
import org.sluice.kit.radix.RadixWalker;
import org.sluice.machine.Hex;

/** One translation as the architecture prescribes it (section 2.2), with every structure read. */
final class TranslationReporter {
    private static final Fault INTERRUPT_REQUEST = new Fault("interrupt-request", Fault.NO_CODE,
            "a write to the interrupt window is an interrupt message and is taken out before translation", AmdVi.SPECIFICATION + "section 2.2.5");

    private final Subject subject;
    private final DmaWalker walker;
    /** What mapped answers rest on besides the tables: empty, or a register that is not known. */
    private final String assumption;

    TranslationReporter(Subject subject) {
        this.subject = subject;
        this.walker = new DmaWalker(subject.memory(), true);
        this.assumption = subject.state().knows(BaseRegisters.EXCL_BASE) ? ""
                : "register " + BaseRegisters.EXCL_BASE.name() + " is not known: taken that it excludes nothing for all devices (Allow)";
    }

    TranslationReport report(TranslationRequest request, boolean steps) {
        int deviceId = subject.deviceId(request.device());
        if (deviceId < 0) {
            return TranslationReport.unknown(request, null, 0, request.device() + " has no DeviceID: name a PCI function");
        }
        Finding gate = subject.lookup().gate();
        if (gate instanceof PassThrough off) {
            return TranslationReport.passThrough(request, off.why());
        }
        if (gate instanceof Unknown unknown) {
            return unknown(request, unknown);
        }
        if (AmdVi.INTERRUPT_WINDOW.contains(request.iova()) && request.access() == Access.WRITE) {
            return TranslationReport.fault(request, INTERRUPT_REQUEST, 0, "a write to " + Hex.of(request.iova())
                    + " is an interrupt message, not DMA: ask interrupt-remap what becomes of it");
        }
        Finding finding = subject.lookup().find(deviceId, request.pasid());
        boolean excluded = finding.excluded() != null && finding.excluded().contains(request.iova());
        TranslationReport report = excluded
                ? TranslationReport.passThrough(request, "the exclusion range " + finding.excluded()) : decide(request, finding);
        return steps ? report.withSteps(steps(finding, !excluded)) : report;
    }

    private TranslationReport decide(TranslationRequest request, Finding finding) {
        if (finding instanceof Blocked blocked) {
            return TranslationReport.fault(request, blocked.event().fault(isWrite(request)), blocked.level(), Texts.of(blocked) + quiet(finding));
        }
        if (finding instanceof Unknown unknown) {
            return unknown(request, unknown);
        }
        if (finding instanceof PassThrough pass) {
            return (pass.granted() & request.access().permission()) != 0 ? TranslationReport.passThrough(request, pass.granted() & Permissions.READ_WRITE, pass.why())
                    : TranslationReport.fault(request, Event.NOT_PERMITTED.fault(isWrite(request)), 0,
                            "the device table entry has " + permissions(pass.granted()) + " (" + pass.why() + ")" + quiet(finding));
        }
        return walked(request, (Translated) finding);
    }

    private static boolean isWrite(TranslationRequest request) {
        return request.access() == Access.WRITE;
    }

    private static TranslationReport unknown(TranslationRequest request, Unknown unknown) {
        return TranslationReport.unknown(request, unknown.missing(), 0, Texts.of(unknown));
    }

    private static String permissions(int granted) {
        return "IR=" + (granted & Permissions.READ) + " IW=" + ((granted & Permissions.WRITE) != 0 ? 1 : 0);
    }

    private TranslationReport walked(TranslationRequest request, Translated context) {
        long answer = walker.walk(context, request.iova(), request.access().permission());
        if (answer >= 0) {
            // Execution is only ever judged by guest tables.
            int granted = context.guest() == null ? walker.permissions() & Permissions.READ_WRITE : walker.permissions();
            return new TranslationReport(request, Result.MAPPED, answer, 1L << walker.pageShift(), granted, null, walker.level(), assumption, null,
                    List.of());
        }
        if (answer == DmaWalker.UNKNOWN) {
            return TranslationReport.unknown(request, walker.entryAddress(), walker.level(), "the level-" + walker.level()
                    + " table entry at " + Hex.of(walker.entryAddress()) + " is not in the image");
        }
        return TranslationReport.fault(request, walker.event().fault(isWrite(request)), walker.level(), why(request, context) + quiet(context));
    }

    private String why(TranslationRequest request, Translated context) {
        String meaning = walker.event().meaning();
        if (!walker.reachedTables()) {
            return walker.event() == Event.NOT_PERMITTED ? "the device table entry has " + permissions(context.granted())
                    : meaning + ": " + Hex.of(request.iova()) + " is wider than the table";
        }
        NestedWalker nested = walker.nested();
        String where = nested == null ? "" : nested.part() == NestedWalker.INNER ? " of the guest table" : " of the host table for "
                + Hex.of(nested.between());
        return meaning + ": the level-" + walker.level() + " entry" + where + " at " + Hex.of(walker.entryAddress())
                + (walker.event() == Event.PAGE_TAB_HARDWARE_ERROR ? ", where there is no memory" : " is " + Hex.of(walker.entry()));
    }

    /** Whether the device table entry keeps page faults out of the log; commands still see the abort. */
    private static String quiet(Finding finding) {
        if (finding.trail().isEmpty()) {
            return "";
        }
        Structure dte = finding.trail().get(0);
        return dte.is(DeviceTableEntry.SUPPRESS_ALL) ? " (not logged: SA)" : dte.is(DeviceTableEntry.SUPPRESS_NEXT)
                ? " (only the first is logged: SE)" : "";
    }

    private List<TranslationStep> steps(Finding finding, boolean walked) {
        List<TranslationStep> steps = Steps.of(finding.trail());
        if (!walked || !(finding instanceof Translated context)) {
            return steps;
        }
        boolean guest = context.guest() != null;
        int level = (guest ? context.guest() : context.host()).format().levels();
        for (int i = 0; i < walker.depth(); i++) {
            steps.add(entry(guest, level, walker.pathAddress(i), walker.pathEntry(i)));
            level = guest ? level - 1 : next(walker.pathEntry(i));
        }
        NestedWalker nested = walker.nested();
        if (nested != null && nested.part() != NestedWalker.INNER) {
            RadixWalker host = nested.outer();
            level = context.host().format().levels();
            for (int i = 0; i < host.depth(); i++) {
                steps.add(entry(false, level, host.pathAddress(i), host.pathEntry(i)));
                level = next(host.pathEntry(i));
            }
        }
        return steps;
    }

    private static TranslationStep entry(boolean guest, int level, long address, long entry) {
        return Steps.of(Structure.of(guest ? PagingEntry.GUEST : PagingEntry.hostLayout(entry), address, entry), level);
    }

    /** Level that a host entry leads to. */
    private static int next(long entry) {
        return (int) PagingEntry.NEXT_LEVEL.get(entry);
    }
}
