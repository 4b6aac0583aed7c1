// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.riscv.inspect;


import org.sluice.api.Access;
import org.sluice.backend.riscv.layout.PageTableEntry;
import org.sluice.backend.riscv.lookup.Finding;
import org.sluice.backend.riscv.lookup.Finding.Blocked;
import org.sluice.backend.riscv.lookup.Finding.Stage;
import org.sluice.backend.riscv.lookup.Finding.Translated;
import org.sluice.backend.riscv.lookup.Finding.Unknown;
import org.sluice.kit.inspect.ContextReport;
import org.sluice.kit.radix.NestedTable;
import org.sluice.kit.radix.RadixTable;
import org.sluice.machine.DeviceId;
import org.sluice.spi.RequesterContext;
import org.sluice.spi.TableView;

/** What the structures say of one requester. */
final class ContextReporter {
    private final Subject subject;

    ContextReporter(Subject subject) {
        this.subject = subject;
    }

    RequesterContext report(DeviceId device, int pasid) {
        ContextReport report = new ContextReport(device, pasid);
        Finding finding = subject.lookup().find(subject.id(device), pasid, Access.READ);
        if (finding instanceof Blocked blocked) {
            return report.blocked(blocked.cause().fault(), finding.trail(), blocked.cause().fault().meaning() + ": " + blocked.detail());
        }
        if (finding instanceof Unknown unknown) {
            return report.unknown(finding.trail(), unknown.what());
        }
        Translated tables = (Translated) finding;
        String note = (tables.msi() == null ? "" : "; messages through an MSI page table") + (tables.recorded() ? "" : "; faults are not recorded (DTF)")
                + (tables.processes() == null ? "" : "; process directory of " + tables.processes().levels() + " levels");
        if (tables.bare()) {
            return report.passThrough(finding.trail(), "both stages are Bare" + note);
        }
        Stage decides = tables.first() != null ? tables.first() : tables.second();
        return report.translated(decides.id(), kind(tables), decides.format().levels(), view(tables), finding.trail(),
                decides.format().description().title() + note);
    }

    static String kind(Translated tables) {
        return tables.nested() ? "nested" : tables.first() != null ? "first-stage" : "second-stage";
    }

    /** What goes through an MSI page table is no mapping. */
    private TableView view(Translated tables) {
        Stage first = tables.first();
        Stage second = tables.second();
        if (tables.nested()) {
            return new NestedTable(subject.memory(), first.format(), first.root(), second.format(), second.root(), PageTableEntry::memoryType);
        }
        Stage only = first != null ? first : second;
        return new RadixTable(subject.memory(), only.format(), only.root(), PageTableEntry::memoryType);
    }
}
