// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.inspect;

import java.util.List;

import org.sluice.api.Access;
import org.sluice.api.InterruptReport;
import org.sluice.api.InterruptReport.Result;
import org.sluice.api.InterruptRequest;
import org.sluice.api.TranslationReport;
import org.sluice.api.TranslationRequest;
import org.sluice.backend.smmuv3.layout.SmmuEvent;
import org.sluice.machine.Hex;
import org.sluice.machine.MachineDescription.InterruptController;

/**
 * What becomes of a message (sections 3.9 and 3.18): SMMUv3 remaps no interrupts. A message is a write, translated as any other, and the
 * interrupt controller behind the doorbell tells devices apart by their DeviceID.
 */
final class InterruptReporter {
    private static final String ITS = "gicv3-its";

    private final Subject subject;
    private final TranslationReporter translations;

    InterruptReporter(Subject subject, TranslationReporter translations) {
        this.subject = subject;
        this.translations = translations;
    }

    InterruptReport report(InterruptRequest request, boolean steps) {
        TranslationReport t = translations.report(
                new TranslationRequest(request.device(), TranslationRequest.NO_PASID, request.address(), Access.WRITE), steps);
        InterruptReport report = switch (t.result()) {
            case FAULT -> InterruptReport.plain(request, Result.BLOCKED, t.fault(), t.reason() + advice(t));
            case UNKNOWN -> InterruptReport.plain(request, Result.UNKNOWN, null, t.reason());
            case MAPPED -> passed(request, t.output());
        };
        return steps ? report.withSteps(t.steps()) : report;
    }

    /** A doorbell that nobody has mapped is the usual reason; with two stages there are two who could have. */
    private String advice(TranslationReport t) {
        if (!t.fault().name().equals(SmmuEvent.F_TRANSLATION.name())) {
            return "";
        }
        return "; messages are translated as any write: " + (translations.failedInStage2()
                ? "whoever owns stage 2 has to map this page to the interrupt controller's"
                : "whoever owns this table has to map a doorbell, or the window that firmware keeps for messages, here");
    }

    private InterruptReport passed(InterruptRequest request, long output) {
        for (InterruptController controller : subject.context().machine().interruptControllers()) {
            if (controller.doorbell() != null && controller.doorbell().contains(output)) {
                boolean its = controller.type().equals(ITS);
                return answer(request, output, its ? (int) request.data() : -1, "a write to the doorbell of the " + controller.type() + " at "
                        + Hex.of(output) + (its ? ": event " + Hex.of(request.data()) + " of the device's DeviceID" : ""));
            }
        }
        return answer(request, output, -1, "an ordinary write to " + Hex.of(output) + ", which is no doorbell that is known");
    }

    private static InterruptReport answer(InterruptRequest request, long output, int event, String reason) {
        return new InterruptReport(request, Result.PASSED, event, -1, "", "", "", output, request.data(), -1, 0, List.of(), null, reason, List.of());
    }
}
