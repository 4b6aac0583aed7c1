// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.model;

import org.sluice.backend.vtd.layout.CapabilityRegisters;
import org.sluice.backend.vtd.layout.ControlRegisters;
import org.sluice.kit.register.RegisterFile;

/**
 * Protected low and high memory (PMEN register): regions that requests which no table translates cannot reach, so before translation is
 * on, in pass-through, and with translated addresses. Such a request is blocked without a record. Regions are whole 2 MiB; what base and
 * limit said when protection was switched on holds until it is switched on again.
 */
final class ProtectedMemory {
    private static final long GRANULE = (1L << 21) - 1;
    private static final long LOW_32 = 0xffff_ffffL;

    private final RegisterFile registers;
    private final boolean low;
    private final boolean high;
    private volatile Regions regions = new Regions(1, 0, 1, 0);

    /** A region whose limit lies below its base is none. */
    private record Regions(long lowBase, long lowLast, long highBase, long highLast) {
    }

    ProtectedMemory(RegisterFile registers, long cap) {
        this.registers = registers;
        low = CapabilityRegisters.PLMR.get(cap) != 0;
        high = CapabilityRegisters.PHMR.get(cap) != 0;
        if (low) {
            registers.define(ControlRegisters.PLMBASE.offset(), 0, (int) ~GRANULE, 0).define(ControlRegisters.PLMLIMIT.offset(), 0, (int) ~GRANULE, 0);
        }
        if (high) {
            registers.define64(ControlRegisters.PHMBASE.offset(), 0, ~GRANULE, 0).define64(ControlRegisters.PHMLIMIT.offset(), 0, ~GRANULE, 0);
        }
        if (low || high) {
            registers.define(ControlRegisters.PMEN.offset(), 0, (int) ControlRegisters.PROTECT.put(-1), 0)
                    .onWrite(ControlRegisters.PMEN.offset(), (before, written) -> protect(written));
        }
    }

    private void protect(int written) {
        boolean on = ControlRegisters.PROTECT.get(written & LOW_32) != 0;
        regions = new Regions(on && low ? registers.read32(ControlRegisters.PLMBASE.offset()) & LOW_32 : 1,
                on && low ? registers.read32(ControlRegisters.PLMLIMIT.offset()) & LOW_32 | GRANULE : 0,
                on && high ? registers.read64(ControlRegisters.PHMBASE.offset()) : 1,
                on && high ? registers.read64(ControlRegisters.PHMLIMIT.offset()) | GRANULE : 0);
        registers.set(ControlRegisters.PMEN.offset(), (int) (ControlRegisters.PROTECT.put(on ? 1 : 0) | ControlRegisters.PROTECTED.put(on ? 1 : 0)));
    }

    boolean blocks(long address) {
        Regions now = regions;
        return Long.compareUnsigned(address, now.lowBase) >= 0 && Long.compareUnsigned(address, now.lowLast) <= 0
                || Long.compareUnsigned(address, now.highBase) >= 0 && Long.compareUnsigned(address, now.highLast) <= 0;
    }
}
