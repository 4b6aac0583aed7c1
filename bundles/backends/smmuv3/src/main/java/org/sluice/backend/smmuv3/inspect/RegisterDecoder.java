// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.inspect;

import java.util.ArrayList;
import java.util.List;

import org.sluice.api.RegisterValue;
import org.sluice.backend.smmuv3.layout.Registers;
import org.sluice.kit.register.Register;
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
            list.add(register.value(port));
        }
        return list;
    }
}
