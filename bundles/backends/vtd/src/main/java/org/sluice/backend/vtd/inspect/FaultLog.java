// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.inspect;

import java.util.ArrayList;
import java.util.List;

import org.sluice.api.FaultRecord;
import org.sluice.api.RegisterValue;
import org.sluice.backend.vtd.layout.EventRegisters;
import org.sluice.backend.vtd.lookup.FaultDecoder;
import org.sluice.kit.layout.Structure;

/** Fault recording registers as a log. A record that software has acknowledged keeps its content; it is told as such. */
final class FaultLog {
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
                    list.add(FaultDecoder.decode(subject.unit(), i, record, subject::device));
                }
            }
        }
        return list;
    }
}
