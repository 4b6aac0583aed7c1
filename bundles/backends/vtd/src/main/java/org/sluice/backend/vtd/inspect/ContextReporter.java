// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.inspect;

import java.util.List;
import java.util.function.Consumer;

import org.sluice.api.Fault;
import org.sluice.api.TranslationRequest;
import org.sluice.backend.vtd.layout.PagingEntry;
import org.sluice.backend.vtd.lookup.Finding;
import org.sluice.backend.vtd.lookup.Finding.Blocked;
import org.sluice.backend.vtd.lookup.Finding.PassThrough;
import org.sluice.backend.vtd.lookup.Finding.Translated;
import org.sluice.backend.vtd.lookup.Finding.Unknown;
import org.sluice.kit.layout.Structure;
import org.sluice.kit.radix.NestedTable;
import org.sluice.kit.radix.RadixTable;
import org.sluice.machine.DeviceId;
import org.sluice.spi.RequesterContext;
import org.sluice.spi.RequesterContext.State;
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
                out.accept(context(device, TranslationRequest.NO_PASID, State.UNKNOWN, -1, "", 0, null, null, List.of(),
                        "there are more PASIDs than can be listed: ask for one by its number"));
            }
        });
    }

    /**
     * The context of a requester. Whether translation is on does not change what the tables say; if it is off, or not known, the text
     * tells.
     */
    RequesterContext report(DeviceId device, int pasid) {
        int sourceId = Subject.sourceId(device);
        if (sourceId < 0) {
            return context(device, pasid, State.UNKNOWN, -1, "", 0, null, null, List.of(), "it has no source id");
        }
        Finding gate = subject.lookup().gate();
        Finding finding = subject.lookup().find(sourceId, pasid);
        String note = gate instanceof Unknown ? "whether translation is on is not known (GSTS)" : "";
        if (gate instanceof PassThrough) {
            String tables = finding instanceof Translated t ? kind(t) + " tables of domain " + t.domain() : "none";
            return context(device, pasid, State.PASS_THROUGH, -1, "pass-through", 0, null, null, finding.trail(),
                    "translation is off (GSTS.TES=0); tables in waiting: " + tables);
        }
        if (finding instanceof Blocked blocked) {
            return context(device, pasid, State.BLOCKED, -1, "", 0, null, Texts.fault(blocked), finding.trail(),
                    Texts.of(blocked) + (note.isEmpty() ? "" : "; " + note));
        }
        if (finding instanceof Unknown unknown) {
            return context(device, pasid, State.UNKNOWN, -1, "", 0, null, null, finding.trail(), Texts.of(unknown));
        }
        if (finding instanceof PassThrough pass) {
            return context(device, pasid, State.PASS_THROUGH, pass.domain(), "pass-through", 0, null, null, finding.trail(),
                    note);
        }
        Translated tables = (Translated) finding;
        Finding.Table outer = tables.first() != null ? tables.first() : tables.second();
        return context(device, pasid, State.TRANSLATED, tables.domain(), kind(tables), outer.format().levels(), view(tables), null,
                finding.trail(), note);
    }

    private static RequesterContext context(DeviceId device, int pasid, State state, int domain, String kind, int levels, TableView table,
            Fault fault, List<Structure> trail, String text) {
        Structure last = trail.isEmpty() ? null : trail.get(trail.size() - 1);
        return new RequesterContext(device, pasid, state, domain, kind, levels, table, fault, last == null ? 0 : last.address(),
                last == null ? List.of() : last.words(), text);
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
