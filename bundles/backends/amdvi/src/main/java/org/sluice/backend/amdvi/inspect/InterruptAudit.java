// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi.inspect;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;

import org.sluice.backend.amdvi.layout.AmdVi;
import org.sluice.backend.amdvi.layout.ControlRegisters;
import org.sluice.backend.amdvi.layout.DeviceTableEntry;
import org.sluice.backend.amdvi.layout.InterruptEntry;
import org.sluice.backend.amdvi.lookup.InterruptFinding.Blocked;
import org.sluice.backend.amdvi.lookup.InterruptLookup;
import org.sluice.kit.inspect.Findings;
import org.sluice.kit.layout.Structure;
import org.sluice.machine.DeviceId;
import org.sluice.machine.Hex;
import org.sluice.machine.PhysicalMemory.Presence;

/** The interrupt half of each device table entry, and the entries of each interrupt table that are on. Devices may share tables. */
final class InterruptAudit {
    private final Subject subject;
    private final Findings findings;
    private final Set<Long> seen = new HashSet<>();

    InterruptAudit(Subject subject, Findings findings) {
        this.subject = subject;
        this.findings = findings;
    }

    /** @param entries configured entries by DeviceID */
    void run(Map<Integer, Structure> entries) {
        if (!subject.state().knows(ControlRegisters.CONTROL)) {
            return;
        }
        entries.forEach((id, dte) -> {
            if (dte.is(DeviceTableEntry.INTERRUPT_VALID)) {
                half(subject.device(id), dte);
            }
        });
    }

    private void half(DeviceId device, Structure dte) {
        findings.looked(1);
        Blocked illegal = InterruptLookup.illegal(dte);
        if (illegal != null) {
            findings.defect(device, illegal.event().flags().contains("RZ=1") ? "reserved-bit" : "interrupt-table-length", dte, illegal.detail());
        } else if (dte.get(DeviceTableEntry.INTERRUPT_CONTROL) == DeviceTableEntry.INTERRUPTS_REMAPPED) {
            // The root leaves room below it for the length.
            if (seen.add(dte.getAddress(DeviceTableEntry.INTERRUPT_TABLE) | dte.get(DeviceTableEntry.INTERRUPT_LENGTH))) {
                table(device, dte);
            }
        }
    }

    private void table(DeviceId device, Structure dte) {
        long table = dte.getAddress(DeviceTableEntry.INTERRUPT_TABLE);
        int bytes = subject.interrupts().entryBytes();
        int entries = 1 << dte.get(DeviceTableEntry.INTERRUPT_LENGTH);
        if (table % InterruptEntry.TABLE_ALIGNMENT != 0) {
            findings.defect(device, "interrupt-table-misaligned", dte, "the interrupt table at " + Hex.of(table) + " is not aligned to "
                    + InterruptEntry.TABLE_ALIGNMENT + " bytes");
        }
        for (int index = 0; index < entries; index++) {
            long address = table + (long) index * bytes;
            Presence presence = subject.memory().presence(address, bytes);
            if (presence == Presence.PRESENT) {
                entry(device, index, address);
                continue;
            }
            if (presence == Presence.OUTSIDE) {
                findings.defect(device, "table-outside-ram", dte, "the interrupt entries from " + Hex.of(address) + " on are not in RAM");
                return;
            }
            findings.unknown(address);
            index += (int) ((AmdVi.PAGE_BYTES - address % AmdVi.PAGE_BYTES) / bytes) - 1;
        }
    }

    private void entry(DeviceId device, int index, long address) {
        Structure entry = subject.interrupts().read(address);
        if (!entry.is(InterruptEntry.REMAP)) {
            return;
        }
        findings.looked(1);
        String violation = subject.interrupts().violation(entry);
        if (violation != null) {
            boolean type = violation.startsWith("IntType");
            findings.defect(device, type ? "delivery-mode-reserved" : violation.startsWith("GuestMode") ? "capability-missing"
                    : "reserved-bit", entry,
                    "interrupt entry " + index + ": " + violation);
        }
    }
}
