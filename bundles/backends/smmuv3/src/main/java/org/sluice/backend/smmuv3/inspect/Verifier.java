// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.inspect;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

import org.sluice.api.Defect;
import org.sluice.backend.smmuv3.lookup.Finding;
import org.sluice.kit.radix.AuditRules;
import org.sluice.kit.radix.RadixAudit;
import org.sluice.machine.AddressRange;
import org.sluice.machine.DeviceId;
import org.sluice.machine.MachineDescription.InterruptController;
import org.sluice.machine.MachineDescription.UnitDescription;
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
        Findings findings = new Findings(subject.unit(), out);
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
        List<RadixAudit.Root> roots = new ConfigurationAudit(subject, new Findings(subject.unit(), out)).requesters(device::equals);
        roots.forEach(own::add);
        own.finish();
        DefectSink between = new Filter(out) {
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
        };
        RadixAudit all = audit(between);
        new ConfigurationAudit(subject, new Findings(subject.unit(), between)).requesters(id -> !device.equals(id)).forEach(all::add);
        roots.forEach(all::add);
    }

    private RadixAudit audit(DefectSink out) {
        List<AddressRange> doorbells = new ArrayList<>();
        boolean allKnowDevices = true;
        for (InterruptController controller : subject.context().machine().interruptControllers()) {
            if (controller.doorbell() != null) {
                doorbells.add(controller.doorbell());
                allKnowDevices &= controller.type().equals(ITS);
            }
        }
        List<AddressRange> registers = new ArrayList<>();
        for (UnitDescription unit : subject.context().machine().units()) {
            if (unit.registerBase() >= 0) {
                registers.add(AddressRange.ofSize(unit.registerBase(), REGISTER_BYTES));
            }
        }
        // No input addresses are taken away: messages are ordinary writes here.
        AuditRules rules = new AuditRules(subject.unit(), doorbells, registers, List.of());
        return new RadixAudit(subject.memory(), rules, allKnowDevices ? new DoorbellsExplained(out) : out);
    }

    private static class Filter implements DefectSink {
        final DefectSink out;

        Filter(DefectSink out) {
            this.out = out;
        }

        @Override
        public void defect(Defect defect) {
            out.defect(defect);
        }

        @Override
        public void unknown(long address) {
            out.unknown(address);
        }

        @Override
        public void looked(long entries) {
            out.looked(entries);
        }
    }

    /** A mapped ITS doorbell is how devices of this architecture raise interrupts: told, but as information. */
    private static final class DoorbellsExplained extends Filter {
        DoorbellsExplained(DefectSink out) {
            super(out);
        }

        @Override
        public void defect(Defect d) {
            out.defect(!d.defect().equals(DOORBELL) ? d : new Defect(d.device(), d.unit(), d.defect(), d.address(), d.entry(),
                    d.rule() + "; information only: messages are ordinary writes, and the ITS knows the device by its DeviceID", d.clause()));
        }
    }
}
