// SPDX-License-Identifier: Apache-2.0
package org.sluice.tool.vectors;

import org.sluice.machine.PhysicalMemory;

/** The order of bytes in which a type of unit reads its structures. Stateless. */
final class UnitOrder {
    static final String ZPCI = "s390-zpci";

    private UnitOrder() {
    }

    static boolean isBigEndian(String unit) {
        return ZPCI.equals(unit);
    }

    /** Writes a word of a vector as the unit reads it. */
    static void write(PhysicalMemory memory, String unit, long address, long word) {
        memory.writeLong(address, isBigEndian(unit) ? Long.reverseBytes(word) : word);
    }
}
