// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.inspect;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

import org.sluice.api.Defect;
import org.sluice.backend.vtd.layout.Registers;
import org.sluice.backend.vtd.layout.Vtd;
import org.sluice.kit.radix.AuditRules;
import org.sluice.kit.radix.RadixAudit;
import org.sluice.machine.AddressRange;
import org.sluice.machine.DeviceId;
import org.sluice.machine.MachineDescription.InterruptController;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.spi.DefectSink;

/** Looks for defects in all structures of a unit: configuration, page tables, interrupt entries, queues. */
final class Verifier {
    /** Findings that only show when other requesters' tables are known. */
    private static final Set<String> SHARING =
            Set.of("table-shared", "table-depth-conflict", ConfigurationAudit.TWO_TABLES, ConfigurationAudit.WIDTH_DIFFERS);

    private final Subject subject;

    Verifier(Subject subject) {
        this.subject = subject;
    }

    void verify(DeviceId device, DefectSink out) {
        if (device == null) {
            everything(out);
        } else {
            one(device, out);
        }
    }

    private void everything(DefectSink out) {
        Findings findings = new Findings(subject.unit(), out);
        RadixAudit tables = audit(out);
        ConfigurationAudit configuration = new ConfigurationAudit(subject, findings);
        configuration.rootTable();
        configuration.requesters(id -> true).forEach(tables::add);
        configuration.widths();
        tables.finish();
        new InterruptAudit(subject, findings).run(null);
        new QueueAudit(subject, findings).run();
    }

    /** First the requester alone, then what is wrong between it and the others. */
    private void one(DeviceId device, DefectSink out) {
        Findings findings = new Findings(subject.unit(), out);
        RadixAudit own = audit(out);
        new ConfigurationAudit(subject, findings).requesters(device::equals).forEach(own::add);
        own.finish();
        DefectSink between = new DefectSink() {
            @Override
            public void defect(Defect defect) {
                if (device.equals(defect.device()) && SHARING.contains(defect.defect())) {
                    out.defect(defect);
                }
            }

            @Override
            public void unknown(long address) {
                // Only what this requester's own tables lack matters here.
            }

            @Override
            public void looked(long entries) {
                out.looked(entries);
            }
        };
        // What two requesters have wrong between them is told of the one that comes second.
        RadixAudit all = audit(between);
        ConfigurationAudit configuration = new ConfigurationAudit(subject, new Findings(subject.unit(), between));
        configuration.requesters(id -> !device.equals(id)).forEach(all::add);
        configuration.requesters(device::equals).forEach(all::add);
        configuration.widths();
        new InterruptAudit(subject, findings).run(device);
    }

    private RadixAudit audit(DefectSink out) {
        List<AddressRange> doorbells = new ArrayList<>(List.of(Vtd.INTERRUPT_WINDOW));
        for (InterruptController controller : subject.context().machine().interruptControllers()) {
            if (controller.doorbell() != null) {
                doorbells.add(controller.doorbell());
            }
        }
        List<AddressRange> registers = new ArrayList<>();
        for (UnitDescription unit : subject.context().machine().units()) {
            if (unit.registerBase() >= 0) {
                registers.add(AddressRange.ofSize(unit.registerBase(), Registers.PAGE_BYTES));
            }
        }
        return new RadixAudit(subject.memory(), new AuditRules(subject.unit(), doorbells, registers, List.of(Vtd.INTERRUPT_WINDOW)), out);
    }
}
