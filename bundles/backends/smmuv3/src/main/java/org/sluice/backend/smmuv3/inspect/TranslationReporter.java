// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.inspect;

import java.util.List;

import org.sluice.api.Access;
import org.sluice.api.Fault;
import org.sluice.api.Permissions;
import org.sluice.api.TranslationReport;
import org.sluice.api.TranslationReport.Result;
import org.sluice.api.TranslationRequest;
import org.sluice.api.TranslationStep;
import org.sluice.api.layout.StructureLayout;
import org.sluice.backend.smmuv3.layout.SmmuEvent;
import org.sluice.backend.smmuv3.layout.TableDescriptor;
import org.sluice.backend.smmuv3.lookup.Finding;
import org.sluice.backend.smmuv3.lookup.Finding.Blocked;
import org.sluice.backend.smmuv3.lookup.Finding.PassThrough;
import org.sluice.backend.smmuv3.lookup.Finding.Translated;
import org.sluice.backend.smmuv3.lookup.Finding.Unknown;
import org.sluice.backend.smmuv3.lookup.StageWalker;
import org.sluice.backend.smmuv3.lookup.Streams;
import org.sluice.kit.inspect.Steps;
import org.sluice.kit.layout.Structure;
import org.sluice.kit.radix.NestedWalker;
import org.sluice.kit.radix.RadixFormat;
import org.sluice.kit.radix.RadixWalker;
import org.sluice.machine.Hex;
import org.sluice.machine.PhysicalMemory;

/** One translation as the architecture prescribes it (section 3.4 and the flow of chapter 15), with every structure read. */
final class TranslationReporter {
    private static final String[] CLASSES = {"context descriptor", "stage-1 table", "input", "reserved"};

    private final Subject subject;
    private final StageWalker walker;
    /** For what else a refused page permits; keeps {@link #walker}'s details. */
    private final StageWalker second;

    TranslationReporter(Subject subject) {
        this.subject = subject;
        PhysicalMemory memory = subject.memory();
        this.walker = new StageWalker(memory, true);
        this.second = new StageWalker(memory, true);
    }

    TranslationReport report(TranslationRequest request, boolean steps) {
        Finding gate = subject.lookup().gate();
        if (gate != null) {
            return decide(request, gate);
        }
        long streamId = subject.streams().streamId(request.device());
        if (streamId < 0) {
            return TranslationReport.unknown(request, null, 0, "the StreamID of " + request.device() + " is not known: name it as sid:0x..");
        }
        Finding finding = subject.lookup().find(streamId, request.pasid());
        TranslationReport report = decide(request, finding);
        return steps ? report.withSteps(steps(finding)) : report;
    }

    private TranslationReport decide(TranslationRequest request, Finding finding) {
        if (finding instanceof Blocked blocked) {
            return TranslationReport.fault(request, blocked.event().fault(), 0, Texts.of(blocked));
        }
        if (finding instanceof Unknown unknown) {
            return TranslationReport.unknown(request, unknown.missing(), 0, Texts.of(unknown));
        }
        if (finding instanceof PassThrough pass) {
            return passThrough(request, pass);
        }
        return walked(request, (Translated) finding);
    }

    private static TranslationReport passThrough(TranslationRequest request, PassThrough pass) {
        if (pass.width() < Long.SIZE && request.iova() >>> pass.width() != 0) {
            SmmuEvent event = pass.silent() ? SmmuEvent.ABORT : SmmuEvent.F_ADDR_SIZE;
            return TranslationReport.fault(request, event.fault(), 0, Hex.of(request.iova()) + " is wider than the " + pass.width()
                    + " bits of output addresses (" + Texts.of(pass) + ")");
        }
        return TranslationReport.passThrough(request, Texts.of(pass));
    }

    private TranslationReport walked(TranslationRequest request, Translated context) {
        long answer = walker.walk(context, request.iova(), request.access().permission());
        if (answer >= 0) {
            return TranslationReport.mapped(request, answer, 1L << walker.pageShift(), walker.permissions() & usable(request, context), walker.level());
        }
        if (answer == StageWalker.UNKNOWN) {
            return TranslationReport.unknown(request, walker.entryAddress(), walker.level(), "the level-" + walker.level()
                    + " table entry at " + Hex.of(walker.entryAddress()) + " is not in the image");
        }
        SmmuEvent event = StageWalker.event(answer);
        return event == SmmuEvent.F_PERMISSION ? denied(request, context)
                : TranslationReport.fault(request, event.fault(), walker.level(), why(event, request, context));
    }

    /** Whether it was stage 2 that the last report's fault is of. */
    boolean failedInStage2() {
        return walker.stage2();
    }

    private static int usable(TranslationRequest request, Translated context) {
        return request.access() == Access.EXECUTE ? Permissions.ALL : Streams.usable(request.device(), request.pasid(), context);
    }

    /** A page that is there but refuses the access is told with its size and with what it permits. */
    private TranslationReport denied(TranslationRequest request, Translated context) {
        Fault fault = SmmuEvent.F_PERMISSION.fault();
        String why = why(SmmuEvent.F_PERMISSION, request, context);
        for (int other : new int[] {Permissions.READ, Permissions.WRITE, Permissions.EXECUTE}) {
            if (second.walk(context, request.iova(), other) >= 0) {
                return new TranslationReport(request, Result.FAULT, 0, 1L << second.pageShift(), second.permissions() & usable(request, context), fault,
                        walker.level(), why, null, List.of());
            }
        }
        return TranslationReport.fault(request, fault, walker.level(), why);
    }

    private String why(SmmuEvent event, TranslationRequest request, Translated context) {
        String quiet = walker.recorded() || !event.recordedOnRequest() ? "" : walker.stage2() ? " (not recorded: S2R=0)" : " (not recorded: CD.R=0)";
        if (!walker.walked()) {
            return (event == SmmuEvent.F_ADDR_SIZE ? Hex.of(request.iova()) + " is wider than the " + context.inputLimit() + " bits of intermediate addresses"
                    : Hex.of(request.iova()) + " lies in no half of the input addresses that is translated") + quiet;
        }
        String stage = !context.nested() ? walker.stage2() ? " of stage 2" : ""
                : !walker.stage2() ? " of stage 1" : " of stage 2 for the " + CLASSES[walker.cls()] + " at " + Hex.of(walker.intermediate());
        if (walker.stage2() && walker.entryAddress() == 0) {
            return "the intermediate address " + Hex.of(walker.intermediate()) + " is wider than stage 2" + quiet;
        }
        return event.fault().meaning() + ": the level-" + walker.level() + " entry" + stage + " at " + Hex.of(walker.entryAddress())
                + (event == SmmuEvent.F_WALK_EABT ? " is where there is no memory" : " is " + Hex.of(walker.entry())) + quiet;
    }

    private List<TranslationStep> steps(Finding finding) {
        List<TranslationStep> steps = Steps.of(finding.trail());
        if (!(finding instanceof Translated context) || !walker.walked()) {
            return steps;
        }
        NestedWalker nested = walker.nested();
        RadixWalker outer = new RadixWalker(subject.memory(), true);
        boolean first = context.first() != null;
        RadixFormat format = walker.pathFormat();
        for (int i = 0; i < walker.depth(); i++) {
            if (nested != null) {
                outer.walk(context.second().format(), context.second().root(), nested.pathAddress(i), Permissions.READ);
                path(steps, outer, context.second().format(), TableDescriptor.STAGE_2);
            }
            steps.add(step(walker.pathAddress(i), walker.pathEntry(i), format, i, first ? TableDescriptor.STAGE_1 : TableDescriptor.STAGE_2));
        }
        if (nested != null && nested.part() != NestedWalker.INNER) {
            path(steps, nested.outer(), context.second().format(), TableDescriptor.STAGE_2);
        }
        return steps;
    }

    private static void path(List<TranslationStep> steps, RadixWalker walker, RadixFormat format, StructureLayout leaf) {
        for (int i = 0; i < walker.depth(); i++) {
            steps.add(step(walker.pathAddress(i), walker.pathEntry(i), format, i, leaf));
        }
    }

    /** Tables have one kind of pointer, so the depth gives the level. */
    private static TranslationStep step(long address, long entry, RadixFormat format, int depth, StructureLayout leaf) {
        int level = format.levels() - 1 - depth;
        boolean table = level > 0 && TableDescriptor.TYPE.get(entry) == TableDescriptor.TABLE_OR_PAGE;
        return Steps.of(Structure.of(table ? TableDescriptor.TABLE : leaf, address, entry), format.vendorLevel(level));
    }
}
