// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi.inspect;

import java.util.List;

import org.sluice.api.Permissions;
import org.sluice.backend.amdvi.layout.Event;
import org.sluice.backend.amdvi.layout.PagingEntry;
import org.sluice.backend.amdvi.lookup.Finding;
import org.sluice.backend.amdvi.lookup.Finding.Blocked;
import org.sluice.backend.amdvi.lookup.Finding.PassThrough;
import org.sluice.backend.amdvi.lookup.Finding.Translated;
import org.sluice.backend.amdvi.lookup.Finding.Unknown;
import org.sluice.kit.inspect.ContextReport;
import org.sluice.kit.radix.NestedTable;
import org.sluice.kit.radix.RadixTable;
import org.sluice.machine.DeviceId;
import org.sluice.spi.RequesterContext;
import org.sluice.spi.TableView;

/** What the structures say of one requester. */
final class ContextReporter {
    /** Memory types of guest pages by PCD and PWT; the defaults of a page attribute table. */
    private static final String[] GUEST_TYPES = {"", "write-through", "uncached-minus", "uncached"};

    private final Subject subject;

    ContextReporter(Subject subject) {
        this.subject = subject;
    }

    /**
     * The context of a requester. Whether the unit is on does not change what the tables say; if it is off, or not known, the text
     * tells.
     */
    RequesterContext report(DeviceId device, int pasid) {
        ContextReport report = new ContextReport(device, pasid);
        int deviceId = subject.deviceId(device);
        if (deviceId < 0) {
            return report.unknown(List.of(), "it has no DeviceID");
        }
        Finding gate = subject.lookup().gate();
        Finding finding = subject.lookup().find(deviceId, pasid);
        String note = gate instanceof Unknown ? "; whether the unit is on is not known (CONTROL)" : "";
        if (gate instanceof PassThrough off) {
            String tables = finding instanceof Translated t ? kind(t) + " tables of domain " + t.domain() : "none";
            return report.passThrough(finding.trail(), off.why()
                    + "; tables in waiting: " + tables);
        }
        if (finding instanceof Blocked blocked) {
            return report.blocked(blocked.event().fault(false), finding.trail(), Texts.of(blocked) + note);
        }
        if (finding instanceof Unknown unknown) {
            return report.unknown(finding.trail(), Texts.of(unknown));
        }
        if (finding instanceof PassThrough pass) {
            return passThrough(device, pasid, pass, note);
        }
        Translated tables = (Translated) finding;
        Finding.Table top = tables.guest() != null ? tables.guest() : tables.host();
        return report.translated(tables.domain(), kind(tables), top.format().levels(), view(tables), finding.trail(),
                top.format().description().title() + (tables.excluded() == null ? "" : "; " + tables.excluded()
                        + " is excluded from translation") + note);
    }

    private static RequesterContext passThrough(DeviceId device, int pasid, PassThrough pass, String note) {
        ContextReport report = new ContextReport(device, pasid);
        if ((pass.granted() & Permissions.READ_WRITE) == 0) {
            return report.blocked(pass.domain(), Event.NOT_PERMITTED.fault(false), pass.trail(),
                    "the device table entry permits nothing (" + pass.why() + " IR=0 IW=0)" + note);
        }
        return report.passThrough(pass.domain(), pass.trail(),
                "addresses go through unchanged (" + pass.why() + "), " + Permissions.text(pass.granted() & Permissions.READ_WRITE) + note);
    }

    static String kind(Translated tables) {
        return tables.nested() ? "nested" : tables.guest() != null ? "guest" : "host";
    }

    private TableView view(Translated t) {
        if (t.nested()) {
            return new GrantedTable(new NestedTable(subject.memory(), t.guest().format(), t.guest().root(), t.host().format(), t.host().root(),
                    ContextReporter::guestType), t.granted());
        }
        return t.guest() != null
                ? new GrantedTable(new RadixTable(subject.memory(), t.guest().format(), t.guest().root(), ContextReporter::guestType), t.granted())
                : new GrantedTable(new RadixTable(subject.memory(), t.host().format(), t.host().root(), ContextReporter::hostType), t.granted());
    }

    private static String guestType(long entry) {
        return GUEST_TYPES[(int) (PagingEntry.GUEST_CACHE_DISABLE.get(entry) << 1 | PagingEntry.GUEST_WRITE_THROUGH.get(entry))];
    }

    private static String hostType(long entry) {
        return PagingEntry.FORCE_COHERENT.get(entry) != 0 ? "coherent" : "";
    }
}
