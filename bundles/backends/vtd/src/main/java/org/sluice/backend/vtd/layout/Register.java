// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.layout;

import org.sluice.api.layout.BitField;
import org.sluice.api.layout.StructureLayout;

/**
 * A register at a fixed place.
 *
 * @param offset bytes from the unit's register base
 * @param onlyWith flag of CAP or ECAP without which the register does not exist, or null
 */
public record Register(String name, int offset, StructureLayout layout, Condition onlyWith) {
    /** A flag of {@link CapabilityRegisters#CAP} or, if {@code extended}, {@link CapabilityRegisters#ECAP}. */
    public record Condition(boolean extended, BitField flag) {
    }

    static Register of(int offset, StructureLayout layout) {
        return new Register(layout.name(), offset, layout, null);
    }

    static Register of(int offset, StructureLayout layout, Condition onlyWith) {
        return new Register(layout.name(), offset, layout, onlyWith);
    }

    public int bytes() {
        return layout.bytes();
    }

    /** Equal registers stand at equal offsets; the record's own would go through every field of the layout at each look-up. */
    @Override
    public int hashCode() {
        return offset;
    }
}
