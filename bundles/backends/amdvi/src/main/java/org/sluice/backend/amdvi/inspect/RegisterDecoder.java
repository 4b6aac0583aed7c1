// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi.inspect;

import java.util.ArrayList;
import java.util.List;

import org.sluice.api.RegisterValue;
import org.sluice.backend.amdvi.layout.BaseRegisters;
import org.sluice.backend.amdvi.layout.ControlRegisters;
import org.sluice.backend.amdvi.layout.Register;
import org.sluice.backend.amdvi.layout.Registers;
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
                list.add(value(register));
            }
        }
        return list;
    }

    private RegisterValue value(Register register) {
        if (!port.isKnown(register.offset(), register.bytes())) {
            return new RegisterValue(register.name(), register.offset(), register.layout().bits(), List.of(), List.of());
        }
        long word = register.bytes() == Long.BYTES ? port.read64(register.offset()) : port.read32(register.offset()) & 0xffff_ffffL;
        return new RegisterValue(register.name(), register.offset(), register.layout().bits(), List.of(word), register.layout()
                .decode(List.of(word)));
    }
}
