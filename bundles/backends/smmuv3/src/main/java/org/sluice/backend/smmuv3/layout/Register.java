// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.layout;

import org.sluice.api.layout.StructureLayout;

/**
 * A register at a fixed place.
 *
 * @param offset bytes from the unit's register base
 */
public record Register(String name, int offset, StructureLayout layout) {
    static Register of(int offset, StructureLayout layout) {
        return new Register(layout.name(), offset, layout);
    }

    public int bytes() {
        return layout.bytes();
    }
}
