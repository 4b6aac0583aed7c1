// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.inspect;

import java.util.List;
import java.util.Set;

import org.sluice.api.Defect;
import org.sluice.backend.smmuv3.lookup.Finding;
import org.sluice.kit.inspect.DefectFilter;
import org.sluice.kit.inspect.Findings;
import org.sluice.kit.inspect.Surroundings;
import org.sluice.kit.radix.AuditRules;
import org.sluice.kit.radix.RadixAudit;
import org.sluice.machine.DeviceId;
import org.sluice.spi.DefectSink;

/** Looks for defects in all structures of a unit: stream table, context descriptors, translation tables, queues. */
final class Verifier {
    /** Findings about tables that only show when other requesters' tables are known. */
    private static final Set<String> SHARING = Set.of("table-shared", "table-depth-conflict");
    private static final String DOORBELL = "doorbell-grant";
    private static final String ITS = "gicv3-its";
    /** Two register pages of 64 KiB (section 6.1). */
    private static final long REGISTER_BYTES = 0x2_0000;

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
        Findings findings = Findings.ofEach(subject.unit(), out);
        new QueueAudit(subject, findings).run();
        if (off()) {
            return;
        }
        RadixAudit tables = audit(out);
        new StreamTableAudit(subject, findings).run();
        new ConfigurationAudit(subject, findings).requesters(id -> true).forEach(tables::add);
        tables.finish();
    }

    /** While translation is off, the registers of the stream table mean nothing. */
    private boolean off() {
        Finding gate = subject.lookup().gate();
        return gate instanceof Finding.PassThrough || gate instanceof Finding.Blocked;
    }

    /** First the requester alone, then what is wrong between it and the others. */
    private void one(DeviceId device, DefectSink out) {
        if (off()) {
            return;
        }
        RadixAudit own = audit(out);
        List<RadixAudit.Root> roots = new ConfigurationAudit(subject, Findings.ofEach(subject.unit(), out)).requesters(device::equals);
        roots.forEach(own::add);
        own.finish();
        DefectSink between = DefectFilter.between(device, SHARING, out);
        RadixAudit all = audit(between);
        new ConfigurationAudit(subject, Findings.ofEach(subject.unit(), between)).requesters(id -> !device.equals(id)).forEach(all::add);
        roots.forEach(all::add);
    }

    private RadixAudit audit(DefectSink out) {
        boolean allKnowDevices = subject.context().machine().interruptControllers().stream()
                .allMatch(controller -> controller.doorbell() == null || controller.type().equals(ITS));
        // No input addresses are taken away: messages are ordinary writes here.
        AuditRules rules = Surroundings.rules(subject.context(), REGISTER_BYTES, List.of());
        return new RadixAudit(subject.memory(), rules, allKnowDevices ? new DoorbellsExplained(out) : out);
    }

    /** A mapped ITS doorbell is how devices of this architecture raise interrupts: told, but as information. */
    private static final class DoorbellsExplained extends DefectFilter {
        DoorbellsExplained(DefectSink out) {
            super(out);
        }

        @Override
        public void defect(Defect d) {
            super.defect(!d.defect().equals(DOORBELL) ? d : new Defect(d.device(), d.unit(), d.defect(), d.address(), d.entry(),
                    d.rule() + "; information only: messages are ordinary writes, and the ITS knows the device by its DeviceID", d.clause()));
        }
    }
}
