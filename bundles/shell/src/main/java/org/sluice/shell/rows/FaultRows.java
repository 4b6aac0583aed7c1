// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.rows;

import org.sluice.api.Fault;
import org.sluice.api.FaultRecord;
import org.sluice.api.FaultService.Count;
import org.sluice.shell.render.Schema;

/** Recorded faults. */
public final class FaultRows {
    public static final Schema<FaultRecord> SCHEMA = Schema.of(FaultRecord.class)
            .text("unit", FaultRecord::unit)
            .number("index", FaultRecord::index)
            .text("device", FaultRecord::device)
            .number("pasid", FaultRecord::pasid)
            .address("iova", FaultRecord::iova)
            .text("access", FaultRecord::access)
            .text("fault", f -> f.fault() == null ? null : f.fault().name())
            .code("faultCode", f -> f.fault().code(), f -> hasCode(f.fault()))
            .text("meaning", f -> f.fault() == null ? null : f.fault().meaning())
            .jsonOnly()
            .text("clause", f -> f.fault() == null ? null : f.fault().clause())
            .text("text", FaultRecord::text)
            .build();

    /** How many faults. */
    public static final Schema<Count> COUNT = Schema.of(Count.class)
            .text("unit", Count::unit)
            .text("device", Count::device)
            .number("faults", Count::faults)
            .build();

    private FaultRows() {
    }

    static boolean hasCode(Fault fault) {
        return fault != null && fault.code() != Fault.NO_CODE;
    }
}
