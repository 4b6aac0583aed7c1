// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi.layout;

import java.util.HashMap;
import java.util.Map;

/** Registers of a unit that nobody has touched (section 3.4): features are all that is set. */
public final class ResetRegisters {
    private static final int FIRST_BLOCK_BYTES = 0x200;
    private static final int POINTERS = 0x2000;
    private static final int POINTERS_BYTES = 0x100;
    private static final long PASID_BITS = 20;

    private ResetRegisters() {
    }

    /** By offset; a unit that has everything the model does. */
    public static Map<Integer, Integer> words() {
        long features = ControlRegisters.PREFETCH_SUPPORTED.put(1) | ControlRegisters.PPR_SUPPORTED.put(1)
                | ControlRegisters.X2APIC_SUPPORTED.put(1) | ControlRegisters.NO_EXECUTE.put(1) | ControlRegisters.GUEST_SUPPORTED.put(1)
                | ControlRegisters.INVALIDATE_ALL_SUPPORTED.put(1) | ControlRegisters.LONG_SUPPORTED.put(1)
                | ControlRegisters.HOST_LEVELS.put(AmdViFormats.MAX_HOST_LEVELS - 4)
                | ControlRegisters.GUEST_LEVELS.put(AmdViFormats.MAX_GUEST_LEVELS - AmdViFormats.MIN_GUEST_LEVELS)
                | ControlRegisters.GCR3_LEVELS.put(AmdViFormats.MAX_GCR3_LEVELS - 1) | ControlRegisters.GUEST_APIC_SUPPORTED.put(1)
                | ControlRegisters.PASID_MAX.put(PASID_BITS - 1) | ControlRegisters.SEGMENTS_SUPPORTED.put(3)
                | ControlRegisters.MSI_SUPPORTED.put(1) | ControlRegisters.GUEST_WITHOUT_PASID.put(1)
                | ControlRegisters.ACCESSED_SUPPORTED.put(1) | ControlRegisters.DIRTY_SUPPORTED.put(1);
        Map<Integer, Integer> words = new HashMap<>();
        for (int at = 0; at < FIRST_BLOCK_BYTES; at += Integer.BYTES) {
            words.put(at, 0);
        }
        for (int at = POINTERS; at < POINTERS + POINTERS_BYTES; at += Integer.BYTES) {
            words.put(at, 0);
        }
        words.put(ControlRegisters.EFR.offset(), (int) features);
        words.put(ControlRegisters.EFR.offset() + Integer.BYTES, (int) (features >>> Integer.SIZE));
        return words;
    }
}
