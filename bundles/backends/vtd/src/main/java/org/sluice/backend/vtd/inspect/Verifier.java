// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.inspect;

import java.util.List;
import java.util.Set;

import org.sluice.backend.vtd.layout.Registers;
import org.sluice.backend.vtd.layout.Vtd;
import org.sluice.kit.inspect.DefectFilter;
import org.sluice.kit.inspect.Findings;
import org.sluice.kit.inspect.Surroundings;
import org.sluice.kit.inspect.TagUses;
import org.sluice.kit.radix.RadixAudit;
import org.sluice.machine.DeviceId;
import org.sluice.spi.DefectSink;

/** Looks for defects in all structures of a unit: configuration, page tables, interrupt entries, queues. */
final class Verifier {
    /** Findings that only show when other requesters' tables are known. */
    private static final Set<String> SHARING =
            Set.of("table-shared", "table-depth-conflict", TagUses.TWO_TABLES, ConfigurationAudit.WIDTH_DIFFERS);

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
        Findings findings = Findings.ofFirst(subject.unit(), out);
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
        Findings findings = Findings.ofFirst(subject.unit(), out);
        RadixAudit own = audit(out);
        new ConfigurationAudit(subject, findings).requesters(device::equals).forEach(own::add);
        own.finish();
        DefectSink between = DefectFilter.between(device, SHARING, out);
        // What two requesters have wrong between them is told of the one that comes second.
        RadixAudit all = audit(between);
        ConfigurationAudit configuration = new ConfigurationAudit(subject, Findings.ofFirst(subject.unit(), between));
        configuration.requesters(id -> !device.equals(id)).forEach(all::add);
        configuration.requesters(device::equals).forEach(all::add);
        configuration.widths();
        new InterruptAudit(subject, findings).run(device);
    }

    private RadixAudit audit(DefectSink out) {
        return new RadixAudit(subject.memory(), Surroundings.rules(subject.context(), Registers.PAGE_BYTES, List.of(Vtd.INTERRUPT_WINDOW)), out);
    }
}
