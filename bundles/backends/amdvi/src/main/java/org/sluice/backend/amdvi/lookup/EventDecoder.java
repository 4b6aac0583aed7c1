// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi.lookup;

import java.util.function.IntFunction;

import org.sluice.api.Fault;
import org.sluice.api.FaultRecord;
import org.sluice.api.TranslationRequest;
import org.sluice.backend.amdvi.layout.AmdVi;
import org.sluice.backend.amdvi.layout.Event;
import org.sluice.backend.amdvi.layout.LogEntries;
import org.sluice.kit.layout.Structure;
import org.sluice.machine.DeviceId;
import org.sluice.machine.Hex;

/** What a record of the event log says. */
public final class EventDecoder {
    private static final int PAGE_FAULT = Event.NOT_PRESENT.code();
    private static final int FIRST_COMMAND_ERROR = Event.ILLEGAL_COMMAND_ERROR.code();
    private static final int LAST_COMMAND_ERROR = Event.IOTLB_INV_TIMEOUT.code();

    private EventDecoder() {
    }

    /**
     * @param unit name of the unit
     * @param index of the record in the log
     * @param pending whether software has yet to read it
     * @param names names a DeviceID
     */
    public static FaultRecord decode(String unit, int index, Structure r, boolean pending, IntFunction<DeviceId> names) {
        int code = (int) r.get(LogEntries.CODE);
        Fault fault = fault(code, r);
        boolean interrupt = r.is(LogEntries.INTERRUPT);
        boolean command = code >= FIRST_COMMAND_ERROR && code <= LAST_COMMAND_ERROR;
        DeviceId device = command ? null : names.apply((int) r.get(LogEntries.DEVICE));
        int pasid = r.is(LogEntries.GUEST) ? LogEntries.pasid(r.word(0)) : TranslationRequest.NO_PASID;
        String kind = interrupt ? "interrupt: " : r.is(LogEntries.TRANSLATION) ? "translation request: " : "";
        String domain = command || r.is(LogEntries.GUEST) ? "" : ", domain " + r.get(LogEntries.DOMAIN_OR_PASID);
        return new FaultRecord(unit, index, device, pasid, r.word(1), command || interrupt ? "" : access(r), fault,
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
