// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi.inspect;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

import org.sluice.api.Defect;
import org.sluice.backend.amdvi.layout.AmdVi;
import org.sluice.backend.amdvi.layout.Registers;
import org.sluice.kit.radix.AuditRules;
import org.sluice.kit.radix.RadixAudit;
import org.sluice.machine.AddressRange;
import org.sluice.machine.DeviceId;
import org.sluice.machine.MachineDescription.InterruptController;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.spi.DefectSink;

/** Looks for defects in all structures of a unit: device table, page tables, interrupt tables, buffers. */
final class Verifier {
    /** Findings that only show when other requesters are known. */
    private static final Set<String> BETWEEN = Set.of("table-shared", "table-depth-conflict", "domain-two-tables", "alias-entry-missing",
            "alias-entry-differs");

    private final Subject subject;
    private final ContextReporter reporter;

    Verifier(Subject subject, ContextReporter reporter) {
        this.subject = subject;
        this.reporter = reporter;
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
        ConfigurationAudit configuration = new ConfigurationAudit(subject, findings, reporter);
        configuration.deviceTable();
        RadixAudit tables = audit(out);
        configuration.requesters(id -> true).forEach(tables::add);
        tables.finish();
        new AliasAudit(subject, findings).run(configuration.entries(), null);
        new InterruptAudit(subject, findings).run(configuration.entries());
        new BufferAudit(subject, findings).run();
    }

    /** First the requester alone, then what is wrong between it and the others. */
    private void one(DeviceId device, DefectSink out) {
        Findings findings = new Findings(subject.unit(), out);
        ConfigurationAudit alone = new ConfigurationAudit(subject, findings, reporter);
        RadixAudit own = audit(out);
        List<RadixAudit.Root> roots = alone.requesters(device::equals);
        roots.forEach(own::add);
        own.finish();
        new InterruptAudit(subject, findings).run(alone.entries());

        DefectSink between = between(device, out);
        ConfigurationAudit all = new ConfigurationAudit(subject, new Findings(subject.unit(), between), reporter);
        RadixAudit tables = audit(between);
        all.requesters(id -> !device.equals(id)).forEach(tables::add);
        roots.forEach(tables::add);
        all.requesters(device::equals);
        new AliasAudit(subject, new Findings(subject.unit(), between)).run(all.entries(), device);
    }

    private static DefectSink between(DeviceId device, DefectSink out) {
        return new DefectSink() {
            @Override
            public void defect(Defect defect) {
                if (device.equals(defect.device()) && BETWEEN.contains(defect.defect())) {
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
    }

    private RadixAudit audit(DefectSink out) {
        List<AddressRange> doorbells = new ArrayList<>(List.of(AmdVi.INTERRUPT_WINDOW));
        for (InterruptController controller : subject.machine().interruptControllers()) {
            if (controller.doorbell() != null) {
                doorbells.add(controller.doorbell());
            }
        }
        List<AddressRange> registers = new ArrayList<>();
        for (UnitDescription unit : subject.machine().units()) {
            if (unit.registerBase() >= 0) {
                registers.add(AddressRange.ofSize(unit.registerBase(), Registers.BLOCK_BYTES));
            }
        }
        return new RadixAudit(subject.memory(), new AuditRules(subject.unit(), doorbells, registers, List.of(AmdVi.INTERRUPT_WINDOW)), out);
    }
}
