// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.inspect;

import java.util.ArrayList;
import java.util.List;

import org.sluice.api.Fault;
import org.sluice.api.FaultRecord;
import org.sluice.api.RegisterValue;
import org.sluice.api.TranslationRequest;
import org.sluice.backend.vtd.layout.EventRegisters;
import org.sluice.backend.vtd.layout.FaultReason;
import org.sluice.backend.vtd.layout.Vtd;
import org.sluice.kit.layout.Structure;
import org.sluice.machine.Hex;

/** Fault recording registers as a log. A record that software has acknowledged keeps its content; it is told as such. */
final class FaultLog {
    private static final int FIRST_INTERRUPT_REASON = 0x20;
    private static final int LAST_INTERRUPT_REASON = 0x2f;
    private static final int INDEX_SHIFT = 48;

    private final Subject subject;
    private final RegisterDecoder registers;

    FaultLog(Subject subject, RegisterDecoder registers) {
        this.subject = subject;
        this.registers = registers;
    }

    List<FaultRecord> records() {
        List<FaultRecord> list = new ArrayList<>();
        for (int i = 0; i < registers.faultRecords(); i++) {
            RegisterValue value = registers.faultRecord(i);
            if (!value.words().isEmpty()) {
                Structure record = Structure.of(EventRegisters.FAULT_RECORD, value.offset(), value.words().get(0), value.words().get(1));
                if (!record.isZero()) {
                    list.add(decode(i, record));
                }
            }
        }
        return list;
    }

    private FaultRecord decode(int index, Structure r) {
        int code = (int) r.get(EventRegisters.FAULT_REASON);
        FaultReason reason = FaultReason.of(code);
        Fault fault = reason != null ? reason.fault()
                : new Fault("fault-reason-" + Hex.of(code), code, "a reason that the architecture does not name", Vtd.SPECIFICATION + "section 7");
        boolean interrupt = code >= FIRST_INTERRUPT_REASON && code <= LAST_INTERRUPT_REASON;
        long info = r.getAddress(EventRegisters.FAULT_INFO);
        int pasid = r.is(EventRegisters.FAULT_PASID_VALID) ? (int) r.get(EventRegisters.FAULT_PASID) : TranslationRequest.NO_PASID;
        String text = (interrupt ? "interrupt index " + (info >>> INDEX_SHIFT) + ": " : "") + fault.meaning()
                + (r.is(EventRegisters.FAULT_VALID) ? "" : " (stale: acknowledged, F=0)");
        return new FaultRecord(subject.unit(), index, subject.device((int) r.get(EventRegisters.FAULT_SOURCE)), pasid, interrupt ? 0 : info,
                interrupt ? "" : access(r), fault, text);
    }

    private static String access(Structure r) {
        if (r.is(EventRegisters.FAULT_EXECUTE)) {
            return "x";
        }
        boolean high = r.is(EventRegisters.FAULT_TYPE_HIGH);
        boolean low = r.is(EventRegisters.FAULT_TYPE_LOW);
        return high ? low ? "atomic" : "r" : low ? "page-request" : "w";
    }
}
