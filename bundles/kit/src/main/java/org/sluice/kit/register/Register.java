// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.register;

import java.util.ArrayList;
import java.util.List;

import org.sluice.api.RegisterValue;
import org.sluice.api.layout.StructureLayout;
import org.sluice.machine.RegisterPort;

/**
 * A register at a fixed place.
 *
 * @param offset bytes from the unit's register base
 * @param layout of 32 bits or a multiple of 64
 */
public record Register(String name, int offset, StructureLayout layout) {
    /** A register that is called as its layout. */
    public static Register of(int offset, StructureLayout layout) {
        return new Register(layout.name(), offset, layout);
    }

    public int bytes() {
        return layout.bytes();
    }

    /** Its content now, decoded; without words if the port does not know it. */
    public RegisterValue value(RegisterPort port) {
        if (!port.isKnown(offset, bytes())) {
            return new RegisterValue(name, offset, layout.bits(), List.of(), List.of());
        }
        List<Long> words = new ArrayList<>();
        if (bytes() < Long.BYTES) {
            words.add(port.read32(offset) & 0xffff_ffffL);
        }
        for (int at = 0; at + Long.BYTES <= bytes(); at += Long.BYTES) {
            words.add(port.read64(offset + at));
        }
        return new RegisterValue(name, offset, layout.bits(), words, layout.decode(words));
    }

    /** Equal registers stand at equal offsets; the record's own would go through every field of the layout at each look-up. */
    @Override
    public int hashCode() {
        return offset;
    }
}
