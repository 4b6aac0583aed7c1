// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.inspect;

import java.util.List;

import org.sluice.backend.vtd.layout.ControlRegisters;
import org.sluice.backend.vtd.layout.InterruptEntry;
import org.sluice.backend.vtd.layout.Vtd;
import org.sluice.backend.vtd.lookup.InterruptFinding;
import org.sluice.backend.vtd.lookup.InterruptLookup;
import org.sluice.kit.inspect.Findings;
import org.sluice.kit.layout.Structure;
import org.sluice.machine.DeviceId;
import org.sluice.machine.Hex;

/** Present entries of the interrupt remapping table, and the descriptors of posted ones. */
final class InterruptAudit {
    private final Subject subject;
    private final Findings findings;

    InterruptAudit(Subject subject, Findings findings) {
        this.subject = subject;
        this.findings = findings;
    }

    /** @param device only entries that check for this requester, or null for all */
    void run(DeviceId device) {
        boolean off = subject.state().knows(ControlRegisters.GSTS) && !subject.state().status(ControlRegisters.REMAPPING_ON);
        if (off || !subject.state().knows(ControlRegisters.IRTA)) {
            return;
        }
        int entries = subject.interrupts().entries();
        int perPage = Math.min(entries, Vtd.PAGE_BYTES / InterruptEntry.BYTES);
        for (int first = 0; first < entries; first += perPage) {
            long page = subject.interrupts().entryAddress(first);
            switch (subject.memory().presence(page, perPage * InterruptEntry.BYTES)) {
                case UNKNOWN -> findings.unknown(page);
                case OUTSIDE -> {
                    if (device == null) {
                        findings.defect(null, "table-outside-ram", ControlRegisters.IRTA.offset(), List.of(page),
                                "the interrupt entries from " + Hex.of(page) + " on are not in RAM", ControlRegisters.IRTA.layout());
                    }
                    return;
                }
                default -> {
                    for (int i = 0; i < perPage; i++) {
                        entry(page + (long) i * InterruptEntry.BYTES, first + i, device);
                    }
                }
            }
        }
    }

    private void entry(long address, int index, DeviceId device) {
        if (InterruptEntry.PRESENT.get(subject.memory().readLong(address)) == 0) {
            return;
        }
        Structure entry = Structure.read(subject.memory(), InterruptEntry.REMAPPED, address);
        if (device != null && !(InterruptLookup.checksSource(entry) && InterruptLookup.accepts(entry, Subject.sourceId(device)))) {
            return;
        }
        findings.looked(1);
        InterruptLookup.Violation violation = subject.interrupts().violation(entry);
        if (violation != null) {
            findings.defect(device, violation.kind(), entry, "interrupt entry " + index + ": " + violation.text());
        } else if (entry.is(InterruptEntry.POSTED_FORM)) {
            InterruptFinding posted = subject.interrupts().post(index, entry);
            if (posted.missing() != null) {
                findings.unknown(posted.missing());
            } else if (posted.reason() != null) {
                findings.defect(device, posted.reason().label(), entry, "interrupt entry " + index + ": " + posted.text());
            }
        }
    }
}
