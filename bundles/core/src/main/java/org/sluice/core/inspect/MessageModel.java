// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.inspect;

import java.util.List;

import org.sluice.api.MessageRouting;
import org.sluice.api.TranslationReport;
import org.sluice.api.TranslationReport.Result;
import org.sluice.core.registry.OpenMachine;
import org.sluice.core.registry.UnitSlot;
import org.sluice.core.unit.LiveUnit;
import org.sluice.machine.AddressRange;
import org.sluice.machine.Hex;
import org.sluice.machine.MachineDescription.InterruptController;

/**
 * Tells, where a translated address has to do with interrupts, which of the models for messages holds there (MSI-03): matched before
 * translation, translated like any write, or a path of its own.
 */
final class MessageModel {
    private static final long PAGE = 1L << 12;

    private MessageModel() {
    }

    /** The same answer, with the model in its reason if the address is one for messages. */
    static TranslationReport explain(OpenMachine machine, UnitSlot slot, TranslationReport report) {
        String model = model(machine, slot, report);
        if (model == null) {
            return report;
        }
        String reason = report.reason().isEmpty() ? model : report.reason() + "; " + model;
        return new TranslationReport(report.request(), report.result(), report.output(), report.pageSize(), report.permissions(), report.fault(),
                report.level(), reason, report.missing(), report.steps());
    }

    private static String model(OpenMachine machine, UnitSlot slot, TranslationReport report) {
        long iova = report.request().iova();
        LiveUnit unit = slot.live();
        if (unit == null) {
            for (AddressRange window : slot.messageWindows()) {
                if (window.contains(iova)) {
                    return before(window);
                }
            }
            return doorbell(machine, report);
        }
        MessageRouting routing = unit.capabilities().messages();
        AddressRange window = routing.window();
        boolean inside = window != null && window.contains(iova);
        return switch (routing.route()) {
            case WINDOW -> inside ? before(window) : null;
            case OWN_PATH -> inside ? "message model: own path, writes to " + window + " become interrupts without a table of DMA" : null;
            case TRANSLATED -> {
                String granted = doorbell(machine, report);
                yield granted == null && inside && report.result() == Result.FAULT
                        ? "message model: translated like any write, and no doorbell is mapped here: a message faults" : granted;
            }
        };
    }

    private static String before(AddressRange window) {
        return "message model: window " + window + " matched before translation, tables are not asked";
    }

    /** What a translated address grants if a doorbell is in the page it leads to. */
    private static String doorbell(OpenMachine machine, TranslationReport report) {
        if (report.result() != Result.MAPPED) {
            return null;
        }
        List<InterruptController> controllers = machine.description().interruptControllers();
        for (int i = 0; i < controllers.size(); i++) {
            InterruptController controller = controllers.get(i);
            AddressRange doorbell = controller.doorbell();
            if (doorbell != null && (doorbell.contains(report.output()) || (doorbell.start() & -PAGE) == (report.output() & -PAGE))) {
                return "message model: translated like any write; this mapping grants raising interrupts by " + controller.type()
                        + " at " + Hex.of(doorbell.start());
            }
        }
        return null;
    }
}
