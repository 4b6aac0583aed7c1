// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.lookup;

import java.util.function.IntFunction;

import org.sluice.api.Fault;
import org.sluice.api.FaultRecord;
import org.sluice.api.TranslationRequest;
import org.sluice.backend.vtd.layout.EventRegisters;
import org.sluice.backend.vtd.layout.FaultReason;
import org.sluice.backend.vtd.layout.Vtd;
import org.sluice.kit.layout.Structure;
import org.sluice.machine.DeviceId;
import org.sluice.machine.Hex;

/** What a fault recording register says (FRCD_REG). */
public final class FaultDecoder {
    private static final int FIRST_INTERRUPT_REASON = 0x20;
    private static final int LAST_INTERRUPT_REASON = 0x2f;
    private static final int INDEX_SHIFT = 48;

    private FaultDecoder() {
    }

    /**
     * @param unit name of the unit
     * @param index of the register
     * @param device names a source id
     */
    public static FaultRecord decode(String unit, int index, Structure r, IntFunction<DeviceId> device) {
        int code = (int) r.get(EventRegisters.FAULT_REASON);
        FaultReason reason = FaultReason.of(code);
        Fault fault = reason != null ? reason.fault()
                : new Fault("fault-reason-" + Hex.of(code), code, "a reason that the architecture does not name", Vtd.SPECIFICATION + "section 7");
        boolean interrupt = code >= FIRST_INTERRUPT_REASON && code <= LAST_INTERRUPT_REASON;
        long info = r.getAddress(EventRegisters.FAULT_INFO);
        int pasid = r.is(EventRegisters.FAULT_PASID_VALID) ? (int) r.get(EventRegisters.FAULT_PASID) : TranslationRequest.NO_PASID;
        String text = (interrupt ? "interrupt index " + (info >>> INDEX_SHIFT) + ": " : "") + fault.meaning()
                + (r.is(EventRegisters.FAULT_VALID) ? "" : " (stale: acknowledged, F=0)");
        return new FaultRecord(unit, index, device.apply((int) r.get(EventRegisters.FAULT_SOURCE)), pasid, interrupt ? 0 : info,
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
