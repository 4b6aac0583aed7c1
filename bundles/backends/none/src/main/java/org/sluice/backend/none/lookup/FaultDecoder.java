// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.none.lookup;

import org.sluice.api.Fault;
import org.sluice.api.FaultRecord;
import org.sluice.api.TranslationRequest;
import org.sluice.backend.none.layout.None;
import org.sluice.backend.none.layout.NoneFault;
import org.sluice.machine.DeviceId;

/** The fault registers as a record; what the driver drains is read the same way. */
public final class FaultDecoder {
    private FaultDecoder() {
    }

    public static FaultRecord decode(String unit, long fault, long address) {
        int code = (int) None.FAULT_CODE.get(fault);
        NoneFault known = NoneFault.of(code);
        Fault named = known != null ? known.fault() : new Fault("fault-" + code, code, "a code that the unit does not have",
                None.FAULT.layout().clause());
        return new FaultRecord(unit, 0, DeviceId.ofRequester(0, (int) None.FAULT_REQUESTER.get(fault)), TranslationRequest.NO_PASID, address,
                None.FAULT_WRITE.get(fault) != 0 ? "w" : "r", named, named.meaning());
    }
}
