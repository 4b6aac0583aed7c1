// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.inspect;

import java.util.List;
import java.util.function.LongFunction;

import org.sluice.backend.smmuv3.layout.MemoryType;
import org.sluice.backend.smmuv3.lookup.Finding;
import org.sluice.backend.smmuv3.lookup.Finding.Blocked;
import org.sluice.backend.smmuv3.lookup.Finding.Half;
import org.sluice.backend.smmuv3.lookup.Finding.PassThrough;
import org.sluice.backend.smmuv3.lookup.Finding.Stage1;
import org.sluice.backend.smmuv3.lookup.Finding.Stage2;
import org.sluice.backend.smmuv3.lookup.Finding.Translated;
import org.sluice.backend.smmuv3.lookup.Finding.Unknown;
import org.sluice.backend.smmuv3.lookup.Streams;
import org.sluice.kit.inspect.ContextReport;
import org.sluice.kit.radix.NestedTable;
import org.sluice.kit.radix.RadixFormat;
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

    /**
     * The context of a requester. Whether translation is on does not change what the tables say; if it is off, or not known, the text
     * tells.
     */
    RequesterContext report(DeviceId device, int pasid) {
        long streamId = subject.streams().streamId(device);
        Finding gate = subject.lookup().gate();
        if (gate instanceof PassThrough || gate instanceof Blocked) {
            return of(device, pasid, gate, "");
        }
        if (streamId < 0) {
            return new ContextReport(device, pasid).unknown(List.of(), "its StreamID is not known");
        }
        String note = gate instanceof Unknown ? "; whether translation is on is not known (CR0)" : "";
        return of(device, pasid, subject.lookup().find(streamId, pasid), note);
    }

    private RequesterContext of(DeviceId device, int pasid, Finding finding, String note) {
        ContextReport report = new ContextReport(device, pasid);
        if (finding instanceof Blocked blocked) {
            return report.blocked(blocked.event().fault(), finding.trail(), Texts.of(blocked) + note);
        }
        if (finding instanceof Unknown unknown) {
            return report.unknown(finding.trail(), Texts.of(unknown));
        }
        if (finding instanceof PassThrough pass) {
            return report.passThrough(finding.trail(), "addresses go through unchanged: " + Texts.of(pass) + note);
        }
        Translated tables = (Translated) finding;
        RadixFormat format = format(tables);
        return report.translated(tables.domain(), kind(tables), format == null ? 0 : format.levels(),
                view(tables, Streams.usable(device, pasid, tables)), finding.trail(),
                (format == null ? "both halves are switched off" : format.description().title()) + note);
    }

    private static String kind(Translated tables) {
        return tables.nested() ? "nested" : tables.first() != null ? "stage1" : "stage2";
    }

    /** The format of the tables that devices see first; of two halves that of the lower one. */
    private static RadixFormat format(Translated tables) {
        if (tables.first() == null) {
            return tables.second().format();
        }
        Half lower = tables.first().lower();
        Half upper = tables.first().upper();
        return lower.format() != null || upper == null ? lower.format() : upper.format();
    }

    private TableView view(Translated tables, int usable) {
        Stage1 first = tables.first();
        Stage2 second = tables.second();
        if (first == null) {
            boolean forced = second.forcesCacheability();
            TableView only = new RadixTable(subject.memory(), second.format(), second.root(), entry -> MemoryType.stage2(forced, entry));
            return new HalvesTable(only, null, 0, usable);
        }
        long mair = first.memoryTypes();
        LongFunction<String> type = entry -> MemoryType.stage1(mair, entry);
        TableView lower = view(first.lower(), second, type);
        TableView upper = first.upper() == null ? null : view(first.upper(), second, type);
        return new HalvesTable(lower, upper, first.upper() == null ? 0 : first.upper().inputBits(), usable);
    }

    private TableView view(Half half, Stage2 second, LongFunction<String> type) {
        if (half.format() == null) {
            return null;
        }
        return second == null ? new RadixTable(subject.memory(), half.format(), half.root(), type)
                : new NestedTable(subject.memory(), half.format(), half.root(), second.format(), second.root(), type);
    }
}
