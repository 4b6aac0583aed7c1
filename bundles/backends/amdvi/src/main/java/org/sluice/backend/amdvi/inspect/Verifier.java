// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi.inspect;

import java.util.List;
import java.util.Set;

import org.sluice.backend.amdvi.layout.AmdVi;
import org.sluice.backend.amdvi.layout.Registers;
import org.sluice.kit.inspect.DefectFilter;
import org.sluice.kit.inspect.Findings;
import org.sluice.kit.inspect.Surroundings;
import org.sluice.kit.inspect.TagUses;
import org.sluice.kit.radix.RadixAudit;
import org.sluice.machine.DeviceId;
import org.sluice.spi.DefectSink;

/** Looks for defects in all structures of a unit: device table, page tables, interrupt tables, buffers. */
final class Verifier {
    /** Findings that only show when other requesters are known. */
    private static final Set<String> BETWEEN = Set.of("table-shared", "table-depth-conflict", TagUses.TWO_TABLES, "alias-entry-missing",
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
        Findings findings = Findings.ofEach(subject.unit(), out);
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
        Findings findings = Findings.ofEach(subject.unit(), out);
        ConfigurationAudit alone = new ConfigurationAudit(subject, findings, reporter);
        RadixAudit own = audit(out);
        List<RadixAudit.Root> roots = alone.requesters(device::equals);
        roots.forEach(own::add);
        own.finish();
        new InterruptAudit(subject, findings).run(alone.entries());

        DefectSink between = DefectFilter.between(device, BETWEEN, out);
        ConfigurationAudit all = new ConfigurationAudit(subject, Findings.ofEach(subject.unit(), between), reporter);
        RadixAudit tables = audit(between);
        all.requesters(id -> !device.equals(id)).forEach(tables::add);
        roots.forEach(tables::add);
        all.requesters(device::equals);
        new AliasAudit(subject, Findings.ofEach(subject.unit(), between)).run(all.entries(), device);
    }

    private RadixAudit audit(DefectSink out) {
        return new RadixAudit(subject.memory(), Surroundings.rules(subject.context(), Registers.BLOCK_BYTES, List.of(AmdVi.INTERRUPT_WINDOW)), out);
    }
}
