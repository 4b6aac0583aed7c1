// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.inspect;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

import org.sluice.api.RegisterValue;
import org.sluice.api.layout.StructureLayout;
import org.sluice.backend.vtd.layout.CapabilityRegisters;
import org.sluice.backend.vtd.layout.ControlRegisters;
import org.sluice.backend.vtd.layout.EventRegisters;
import org.sluice.backend.vtd.layout.Register;
import org.sluice.backend.vtd.layout.Registers;
import org.sluice.machine.RegisterPort;

/** Registers as they are now, decoded. A register of a part that the unit does not have is left out. */
final class RegisterDecoder {
    private static final int UNIT_BYTES = 16;

    private final Subject subject;
    private final RegisterPort port;

    RegisterDecoder(Subject subject) {
        this.subject = subject;
        this.port = subject.context().registers();
    }

    List<RegisterValue> all() {
        List<RegisterValue> list = new ArrayList<>();
        for (Register register : Registers.ALL) {
            if (exists(register)) {
                list.add(value(register.name(), register.offset(), register.layout()));
            }
        }
        if (subject.state().knows(CapabilityRegisters.ECAP)) {
            int offset = (int) CapabilityRegisters.IRO.get(port.read64(CapabilityRegisters.ECAP.offset())) * UNIT_BYTES;
            list.add(value("IVA", offset, ControlRegisters.IVA_LAYOUT));
            list.add(value("IOTLB", offset + Long.BYTES, ControlRegisters.IOTLB_LAYOUT));
        }
        for (int i = 0; i < faultRecords(); i++) {
            list.add(faultRecord(i));
        }
        list.sort(Comparator.comparingInt(RegisterValue::offset));
        return list;
    }

    /** If the register that would tell is not known, whatever is known counts as there. */
    private boolean exists(Register register) {
        Register.Condition condition = register.onlyWith();
        if (condition == null) {
            return true;
        }
        Register teller = condition.extended() ? CapabilityRegisters.ECAP : CapabilityRegisters.CAP;
        return subject.state().knows(teller) ? subject.state().get(teller, condition.flag()) != 0
                : port.isKnown(register.offset(), register.bytes());
    }

    /** Fault records that the unit has; 0 if CAP is not known. */
    int faultRecords() {
        return subject.state().knows(CapabilityRegisters.CAP) ? (int) subject.state().cap(CapabilityRegisters.NFR) + 1 : 0;
    }

    RegisterValue faultRecord(int index) {
        int offset = ((int) subject.state().cap(CapabilityRegisters.FRO) + index) * UNIT_BYTES;
        return value("FRCD" + index, offset, EventRegisters.FAULT_RECORD);
    }

    private RegisterValue value(String name, int offset, StructureLayout layout) {
        return new org.sluice.kit.register.Register(name, offset, layout).value(port);
    }
}
