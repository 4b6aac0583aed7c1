// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.inspect;

import java.util.List;

import org.sluice.api.Access;
import org.sluice.api.Fault;
import org.sluice.api.TranslationReport;
import org.sluice.api.TranslationRequest;
import org.sluice.api.TranslationStep;
import org.sluice.api.layout.StructureLayout;
import org.sluice.backend.vtd.layout.CapabilityRegisters;
import org.sluice.backend.vtd.layout.ControlRegisters;
import org.sluice.backend.vtd.layout.FaultReason;
import org.sluice.backend.vtd.layout.PagingEntry;
import org.sluice.backend.vtd.layout.Vtd;
import org.sluice.backend.vtd.lookup.Finding;
import org.sluice.backend.vtd.lookup.Finding.Blocked;
import org.sluice.backend.vtd.lookup.Finding.PassThrough;
import org.sluice.backend.vtd.lookup.Finding.Translated;
import org.sluice.backend.vtd.lookup.Finding.Unknown;
import org.sluice.backend.vtd.lookup.StageWalker;
import org.sluice.kit.inspect.Steps;
import org.sluice.kit.layout.Structure;
import org.sluice.kit.radix.NestedWalker;
import org.sluice.kit.radix.RadixWalker;
import org.sluice.machine.Hex;

/** One translation as the architecture prescribes it (chapter 3, address translation), with every structure read. */
final class TranslationReporter {
    private static final Fault INTERRUPT_REQUEST = new Fault("interrupt-request", Fault.NO_CODE,
            "a write to the interrupt window is an interrupt message and is taken out before translation",
            Vtd.SPECIFICATION + "chapter 5, interrupt remapping");
    private static final Fault INTERRUPT_WINDOW = new Fault("interrupt-window", Fault.NO_CODE,
            "only interrupt messages may be sent to the interrupt window", Vtd.SPECIFICATION + "section 3.14");

    private final Subject subject;
    private final StageWalker walker;

    TranslationReporter(Subject subject) {
        this.subject = subject;
        this.walker = new StageWalker(subject.lookup(), subject.memory(), true);
    }

    TranslationReport report(TranslationRequest request, boolean steps) {
        int sourceId = Subject.sourceId(request.device());
        if (sourceId < 0) {
            return TranslationReport.unknown(request, null, 0, request.device() + " has no source id: name a PCI function");
        }
        Finding gate = subject.lookup().gate();
        if (gate instanceof PassThrough) {
            return TranslationReport.passThrough(request, "translation is off (GSTS.TES=0)");
        }
        TranslationReport early = gate instanceof Unknown unknown ? unknown(request, unknown) : window(request);
        if (early != null) {
            return early;
        }
        Finding finding = subject.lookup().find(sourceId, request.pasid());
        TranslationReport report = decide(request, finding);
        return steps ? report.withSteps(steps(finding)) : report;
    }

    /** Step 1: the interrupt window is never translated. */
    private TranslationReport window(TranslationRequest request) {
        if (!Vtd.INTERRUPT_WINDOW.contains(request.iova())) {
            return null;
        }
        boolean plain = request.pasid() == TranslationRequest.NO_PASID;
        if (plain && request.access() == Access.WRITE) {
            return TranslationReport.fault(request, INTERRUPT_REQUEST, 0, "a write to " + Hex.of(request.iova())
                    + " is an interrupt message, not DMA: ask interrupt-remap what becomes of it");
        }
        if (!subject.state().knows(ControlRegisters.RTADDR)) {
            return unknown(request, new Unknown(null, ControlRegisters.RTADDR.name(), List.of()));
        }
        if (!subject.state().scalable()) {
            return plain ? TranslationReport.fault(request, INTERRUPT_WINDOW, 0,
                    "a read of " + Hex.of(request.iova()) + " in the interrupt window is aborted") : null;
        }
        return TranslationReport.fault(request, FaultReason.SM_INTERRUPT_OUTPUT.fault(), 0,
                (plain ? "a read of " : "a request with PASID for ") + Hex.of(request.iova()) + " in the interrupt window is blocked");
    }

    private TranslationReport decide(TranslationRequest request, Finding finding) {
        if (finding instanceof Blocked blocked) {
            return TranslationReport.fault(request, Texts.fault(blocked), 0, Texts.of(blocked));
        }
        if (finding instanceof Unknown unknown) {
            return unknown(request, unknown);
        }
        if (finding instanceof PassThrough pass) {
            return passThrough(request, pass);
        }
        return walked(request, (Translated) finding);
    }

    private static TranslationReport unknown(TranslationRequest request, Unknown unknown) {
        return TranslationReport.unknown(request, unknown.missing(), 0, Texts.of(unknown));
    }

    private static TranslationReport passThrough(TranslationRequest request, PassThrough pass) {
        if (request.access() == Access.EXECUTE && !pass.executes()) {
            return TranslationReport.fault(request, FaultReason.EXECUTE_DISABLED.fault(), 0, FaultReason.EXECUTE_DISABLED.meaning());
        }
        if (pass.width() < Long.SIZE && request.iova() >>> pass.width() != 0) {
            return TranslationReport.fault(request, FaultReason.BEYOND_WIDTH.fault(), 0,
                    Hex.of(request.iova()) + " needs more than the " + pass.width() + " bits of AW");
        }
        return TranslationReport.passThrough(request, "domain " + pass.domain());
    }

    private TranslationReport walked(TranslationRequest request, Translated context) {
        long answer = walker.walk(context, request.iova(), request.access().permission());
        if (answer >= 0) {
            return TranslationReport.mapped(request, answer, 1L << walker.pageShift(), walker.permissions(), walker.level());
        }
        if (answer == StageWalker.UNKNOWN) {
            return TranslationReport.unknown(request, walker.entryAddress(), walker.level(), "the level-" + walker.level()
                    + " table entry at " + Hex.of(walker.entryAddress()) + " is not in the image");
        }
        if (answer == StageWalker.NEEDS_ECAP) {
            return TranslationReport.unknown(request, null, walker.level(), "register " + CapabilityRegisters.ECAP.name()
                    + " is not known, and the entry at " + Hex.of(walker.entryAddress()) + " has SNP set");
        }
        FaultReason reason = StageWalker.reason(answer);
        int level = reachedTables(reason) ? walker.level() : 0;
        return TranslationReport.fault(request, reason.fault(request.access()), level, why(reason, request, context, level));
    }

    /** Faults that are known before the first table entry is read. */
    private static boolean reachedTables(FaultReason reason) {
        return switch (reason) {
            case BEYOND_WIDTH, SM_BEYOND_WIDTH, NON_CANONICAL, EXECUTE_DISABLED -> false;
            default -> true;
        };
    }

    private String why(FaultReason reason, TranslationRequest request, Translated context, int level) {
        if (level == 0) {
            int bits = (context.first() != null ? context.first() : context.second()).format().description().inputBits();
            return reason.meaning() + (reason == FaultReason.EXECUTE_DISABLED ? " (ERE=0)"
                    : ": " + Hex.of(request.iova()) + " with " + bits + " bits");
        }
        String where = walker.nested() == null ? "" : walker.nested().part() == NestedWalker.INNER ? " of the first stage"
                : " of the second stage for " + Hex.of(walker.nested().between());
        return what(reason, request) + ": the level-" + walker.entryLevel() + " entry" + where + " at " + Hex.of(walker.entryAddress())
                + (reason.label().equals("table-access") ? " cannot be read" : " is " + Hex.of(walker.entry()));
    }

    /** A second-stage entry with R=W=0 maps nothing, which the architecture reports as a lack of permission. */
    private String what(FaultReason reason, TranslationRequest request) {
        boolean denied = switch (reason) {
            case READ_DENIED, WRITE_DENIED, SM_DENIED -> walker.nested() == null;
            default -> false;
        };
        boolean empty = PagingEntry.SS_READ.get(walker.entry()) == 0 && PagingEntry.SS_WRITE.get(walker.entry()) == 0;
        return denied && empty ? "nothing is mapped at " + Hex.of(request.iova()) + " (R=W=0)" : reason.meaning();
    }

    private List<TranslationStep> steps(Finding finding) {
        List<TranslationStep> steps = Steps.of(finding.trail());
        if (!(finding instanceof Translated context)) {
            return steps;
        }
        StructureLayout layout = context.first() != null ? PagingEntry.FIRST_STAGE : PagingEntry.SECOND_STAGE;
        int top = (context.first() != null ? context.first() : context.second()).format().levels();
        for (int i = 0; i < walker.depth(); i++) {
            steps.add(Steps.of(Structure.of(layout, walker.pathAddress(i), walker.pathEntry(i)), top - i));
        }
        if (walker.nested() != null && walker.nested().part() != NestedWalker.INNER) {
            RadixWalker outer = walker.nested().outer();
            for (int i = 0; i < outer.depth(); i++) {
                steps.add(Steps.of(Structure.of(PagingEntry.SECOND_STAGE, outer.pathAddress(i), outer.pathEntry(i)),
                        context.second().format().levels() - i));
            }
        }
        return steps;
    }
}
