// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.model;

import java.util.function.BooleanSupplier;

import org.sluice.kit.register.Register;
import org.sluice.kit.register.RegisterFile;

/** Registers that software can write only while something is switched off (section 6.3): otherwise writes are ignored. */
record Guarded(RegisterFile registers, BooleanSupplier open) {
    void define(Register register, long writable) {
        half(register.offset(), (int) writable);
        if (register.bytes() == Long.BYTES) {
            half(register.offset() + Integer.BYTES, (int) (writable >>> Integer.SIZE));
        }
    }

    private void half(int offset, int writable) {
        registers.define(offset, 0, writable, 0).onWrite(offset, (before, written) -> {
            if (!open.getAsBoolean()) {
                registers.set(offset, before);
            }
        });
    }
}
