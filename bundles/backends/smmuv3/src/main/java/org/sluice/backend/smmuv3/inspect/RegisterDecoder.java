// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.inspect;

import java.util.ArrayList;
import java.util.List;

import org.sluice.api.RegisterValue;
import org.sluice.backend.smmuv3.layout.Register;
import org.sluice.backend.smmuv3.layout.Registers;
import org.sluice.machine.RegisterPort;

/** Registers as they are now, decoded. */
final class RegisterDecoder {
    private final RegisterPort port;

    RegisterDecoder(Subject subject) {
        this.port = subject.context().registers();
    }

    List<RegisterValue> all() {
        List<RegisterValue> list = new ArrayList<>();
        for (Register register : Registers.ALL) {
            list.add(value(register));
        }
        return list;
    }

    private RegisterValue value(Register register) {
        if (!port.isKnown(register.offset(), register.bytes())) {
            return new RegisterValue(register.name(), register.offset(), register.layout().bits(), List.of(), List.of());
        }
        List<Long> words = List.of(register.bytes() == Long.BYTES ? port.read64(register.offset()) : port.read32(register.offset()) & 0xffff_ffffL);
        return new RegisterValue(register.name(), register.offset(), register.layout().bits(), words, register.layout().decode(words));
    }
}
