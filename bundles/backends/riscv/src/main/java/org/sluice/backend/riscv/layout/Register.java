// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.riscv.layout;

import org.sluice.api.layout.StructureLayout;
import org.sluice.machine.RegisterPort;

/**
 * A register at a fixed place.
 *
 * @param offset bytes from the unit's register base
 */
public record Register(String name, int offset, StructureLayout layout) {
    static Register of(int offset, StructureLayout layout) {
        return new Register(layout.name(), offset, layout);
    }

    /** Its content, or null if it is not known. */
    public Long read(RegisterPort port) {
        if (!port.isKnown(offset, layout.bytes())) {
            return null;
        }
        return layout.bits() == Long.SIZE ? port.read64(offset) : port.read32(offset) & 0xffff_ffffL;
    }
}
