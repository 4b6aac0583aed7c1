// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi.inspect;

import java.util.ArrayList;
import java.util.List;

import org.sluice.api.Fault;
import org.sluice.api.FaultRecord;
import org.sluice.api.QueueEntry;
import org.sluice.api.TranslationRequest;
import org.sluice.backend.amdvi.layout.AmdVi;
import org.sluice.backend.amdvi.layout.Event;
import org.sluice.backend.amdvi.layout.LogEntries;
import org.sluice.kit.layout.Structure;
import org.sluice.machine.DeviceId;
import org.sluice.machine.Hex;

/** The event log as faults. A record that software has read keeps its content until it is written over; it is told as such. */
final class EventLog {
    private static final int PAGE_FAULT = Event.NOT_PRESENT.code();
    private static final int FIRST_COMMAND_ERROR = Event.ILLEGAL_COMMAND_ERROR.code();
    private static final int LAST_COMMAND_ERROR = Event.IOTLB_INV_TIMEOUT.code();
    private static final int PASID_LOW_BITS = 16;

    private final Subject subject;

    EventLog(Subject subject) {
        this.subject = subject;
    }

    List<FaultRecord> records() {
        List<FaultRecord> list = new ArrayList<>();
        for (QueueEntry entry : new BufferDecoder(subject).entries(Buffer.EVENTS)) {
            if (!entry.words().isEmpty()) {
                Structure record = Structure.of(LogEntries.EVENT, entry.address(), entry.words().get(0), entry.words().get(1));
                list.add(decode(entry.index(), record, entry.pending()));
            }
        }
        return list;
    }

    private FaultRecord decode(int index, Structure r, boolean pending) {
        int code = (int) r.get(LogEntries.CODE);
        Fault fault = fault(code, r);
        boolean interrupt = r.is(LogEntries.INTERRUPT);
        boolean command = code >= FIRST_COMMAND_ERROR && code <= LAST_COMMAND_ERROR;
        DeviceId device = command ? null : subject.device((int) r.get(LogEntries.DEVICE));
        int pasid = r.is(LogEntries.GUEST) ? (int) (r.get(LogEntries.PASID_HIGH) << PASID_LOW_BITS | r.get(LogEntries.DOMAIN_OR_PASID))
                : TranslationRequest.NO_PASID;
        String kind = interrupt ? "interrupt: " : r.is(LogEntries.TRANSLATION) ? "translation request: " : "";
        String domain = command || r.is(LogEntries.GUEST) ? "" : ", domain " + r.get(LogEntries.DOMAIN_OR_PASID);
        return new FaultRecord(subject.unit(), index, device, pasid, r.word(1), command || interrupt ? "" : access(r), fault,
                kind + fault.meaning() + domain + (pending ? "" : " (stale: read by software)"));
    }

    private static String access(Structure r) {
        return r.is(LogEntries.WRITE) ? "w" : r.is(LogEntries.NO_EXECUTE) ? "x" : "r";
    }

    /** The event with the flags as they stand in the record, be they the architecture's or not. */
    private static Fault fault(int code, Structure r) {
        if (code == PAGE_FAULT) {
            String flags = (r.is(LogEntries.GUEST) ? "GN=1 " : "") + (r.is(LogEntries.INTERRUPT) ? "I=1 " : "") + "PR=" + r.get(LogEntries.PRESENT)
                    + (r.is(LogEntries.PERMISSION) ? " PE=1" : r.is(LogEntries.PRESENT) ? " RZ=" + r.get(LogEntries.RESERVED) : "");
            for (Event event : Event.values()) {
                if (event.code() == code && event.flags().equals(flags)) {
                    return event.fault(r.is(LogEntries.WRITE));
                }
            }
            return new Fault("IO_PAGE_FAULT " + flags + " RW=" + r.get(LogEntries.WRITE), code, "a page fault with flags that no cause has",
                    Event.NOT_PRESENT.fault(false).clause());
        }
        for (Event event : Event.values()) {
            if (event.code() == code) {
                return event.fault(r.is(LogEntries.WRITE));
            }
        }
        return new Fault("event-" + Hex.of(code), code, "an event that the architecture does not name", AmdVi.SPECIFICATION + "section 2.5");
    }
}
