// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi.inspect;

import java.util.ArrayList;
import java.util.List;

import org.sluice.api.RegisterValue;
import org.sluice.backend.amdvi.layout.BaseRegisters;
import org.sluice.backend.amdvi.layout.ControlRegisters;
import org.sluice.backend.amdvi.layout.Registers;
import org.sluice.kit.register.Register;
import org.sluice.machine.RegisterPort;

/** Registers as they are now, decoded. A register of a part that the unit does not use is left out. */
final class RegisterDecoder {
    private final Subject subject;
    private final RegisterPort port;

    RegisterDecoder(Subject subject) {
        this.subject = subject;
        this.port = subject.context().registers();
    }

    List<RegisterValue> all() {
        List<RegisterValue> list = new ArrayList<>();
        for (Register register : Registers.ALL) {
            int segment = BaseRegisters.SEGMENTS.indexOf(register) + 1;
            boolean used = segment == 0 || segment < subject.state().segments();
            if (used && (port.isKnown(register.offset(), register.bytes()) || !ControlRegisters.INTERRUPTS.contains(register))) {
                list.add(register.value(port));
            }
        }
        return list;
    }
}
