// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.lookup;

import org.sluice.api.FaultRecord;
import org.sluice.api.TranslationRequest;
import org.sluice.backend.smmuv3.layout.EventRecord;
import org.sluice.backend.smmuv3.layout.SmmuEvent;
import org.sluice.kit.layout.Structure;
import org.sluice.machine.Hex;

/** What an event record says (section 7.3). */
public final class EventDecoder {
    private EventDecoder() {
    }

    /**
     * @param unit name of the unit
     * @param index of the record in the queue
     * @param pending whether software has yet to read it
     */
    public static FaultRecord decode(String unit, int index, boolean pending, Structure r, Streams streams) {
        int code = (int) r.get(EventRecord.TYPE);
        int pasid = r.is(EventRecord.SSV) ? (int) r.get(EventRecord.SSID) : TranslationRequest.NO_PASID;
        boolean translation = r.layout() == EventRecord.TRANSLATION;
        boolean request = r.layout() == EventRecord.ATS_REQUEST;
        String access = !translation ? "" : r.get(EventRecord.READ) == 0 ? "w" : r.is(EventRecord.INSTRUCTION) ? "x" : "r";
        StringBuilder text = new StringBuilder(SmmuEvent.fault(code).meaning());
        if (translation && r.is(EventRecord.STAGE_2)) {
            text.append(", stage 2, class ").append(EventRecord.CLASS.meaningOf(r.get(EventRecord.CLASS))).append(", intermediate address ")
                    .append(Hex.of(r.getAddress(EventRecord.IPA)));
        }
        if (r.layout() == EventRecord.FETCH) {
            text.append(", at ").append(Hex.of(r.getAddress(EventRecord.FETCH_ADDRESS)));
        }
        text.append(translation && r.is(EventRecord.STALL) ? " (stalled)" : "").append(pending ? "" : " (already read by software)");
        return new FaultRecord(unit, index, streams.device(r.get(EventRecord.SID)), pasid,
                translation || request ? r.get(EventRecord.INPUT) : 0, access, SmmuEvent.fault(code), text.toString());
    }
}
