// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.inspect;

import java.util.List;
import java.util.function.Consumer;

import org.sluice.api.TranslationRequest;
import org.sluice.backend.vtd.layout.PagingEntry;
import org.sluice.backend.vtd.lookup.Finding;
import org.sluice.backend.vtd.lookup.Finding.Blocked;
import org.sluice.backend.vtd.lookup.Finding.PassThrough;
import org.sluice.backend.vtd.lookup.Finding.Translated;
import org.sluice.backend.vtd.lookup.Finding.Unknown;
import org.sluice.kit.inspect.ContextReport;
import org.sluice.kit.radix.NestedTable;
import org.sluice.kit.radix.RadixTable;
import org.sluice.machine.DeviceId;
import org.sluice.spi.RequesterContext;
import org.sluice.spi.TableView;

/** What the structures say of one requester. */
final class ContextReporter {
    /** Memory types of first-stage leaves by PWT and PCD; the default of a page-attribute table. */
    private static final String[] FIRST_STAGE_TYPES = {"", "write-through", "uncached-minus", "uncached"};

    private final Subject subject;

    ContextReporter(Subject subject) {
        this.subject = subject;
    }

    /** Every requester that the tables know, ascending; a function first without PASID, then with each that it may name. */
    void all(Consumer<RequesterContext> out) {
        Requesters requesters = new Requesters(subject);
        requesters.visitSources((sourceId, missing) -> {
            DeviceId device = subject.device(sourceId);
            out.accept(report(device, TranslationRequest.NO_PASID));
            requesters.visitPasids(sourceId, pasid -> out.accept(report(device, pasid)));
            if (requesters.truncated()) {
                out.accept(new ContextReport(device, TranslationRequest.NO_PASID).unknown(List.of(),
                        "there are more PASIDs than can be listed: ask for one by its number"));
            }
        });
    }

    /**
     * The context of a requester. Whether translation is on does not change what the tables say; if it is off, or not known, the text
     * tells.
     */
    RequesterContext report(DeviceId device, int pasid) {
        ContextReport report = new ContextReport(device, pasid);
        int sourceId = Subject.sourceId(device);
        if (sourceId < 0) {
            return report.unknown(List.of(), "it has no source id");
        }
        Finding gate = subject.lookup().gate();
        Finding finding = subject.lookup().find(sourceId, pasid);
        String note = gate instanceof Unknown ? "whether translation is on is not known (GSTS)" : "";
        if (gate instanceof PassThrough) {
            String tables = finding instanceof Translated t ? kind(t) + " tables of domain " + t.domain() : "none";
            return report.passThrough(finding.trail(), "translation is off (GSTS.TES=0); tables in waiting: " + tables);
        }
        if (finding instanceof Blocked blocked) {
            return report.blocked(Texts.fault(blocked), finding.trail(), Texts.of(blocked) + (note.isEmpty() ? "" : "; " + note));
        }
        if (finding instanceof Unknown unknown) {
            return report.unknown(finding.trail(), Texts.of(unknown));
        }
        if (finding instanceof PassThrough pass) {
            return report.passThrough(pass.domain(), finding.trail(), note);
        }
        Translated tables = (Translated) finding;
        Finding.Table outer = tables.first() != null ? tables.first() : tables.second();
        return report.translated(tables.domain(), kind(tables), outer.format().levels(), view(tables), finding.trail(), note);
    }

    private static String kind(Translated tables) {
        return tables.nested() ? "nested" : tables.first() != null ? "first-stage" : "second-stage";
    }

    private TableView view(Translated tables) {
        if (tables.nested()) {
            return new NestedTable(subject.memory(), tables.first().format(), tables.first().root(), tables.second().format(),
                    tables.second().root(), ContextReporter::firstStageType);
        }
        return tables.first() != null
                ? new RadixTable(subject.memory(), tables.first().format(), tables.first().root(), ContextReporter::firstStageType)
                : new RadixTable(subject.memory(), tables.second().format(), tables.second().root(), ContextReporter::secondStageType);
    }

    private static String firstStageType(long entry) {
        return FIRST_STAGE_TYPES[(int) (PagingEntry.FS_CACHE_DISABLE.get(entry) << 1 | PagingEntry.FS_WRITE_THROUGH.get(entry))];
    }

    private static String secondStageType(long entry) {
        return PagingEntry.SS_SNOOP.get(entry) != 0 ? "snooped" : "";
    }
}
