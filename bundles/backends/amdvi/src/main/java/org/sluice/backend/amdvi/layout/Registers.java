// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi.layout;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

import org.sluice.kit.register.Register;

/** All registers of the register page, ascending; the performance counters at 40000h are left out. */
public final class Registers {
    /** Bytes of the register block that every unit has. */
    public static final int BLOCK_BYTES = 16384;

    public static final List<Register> ALL = all();

    private Registers() {
    }

    private static List<Register> all() {
        List<Register> list = new ArrayList<>(List.of(BaseRegisters.DEVTAB_BASE, BaseRegisters.CMDBUF_BASE, BaseRegisters.EVTLOG_BASE,
                ControlRegisters.CONTROL, BaseRegisters.EXCL_BASE, BaseRegisters.EXCL_LIMIT, ControlRegisters.EFR, BaseRegisters.PPRLOG_BASE,
                BaseRegisters.GALOG_BASE, BaseRegisters.GALOG_TAIL_ADDR, ControlRegisters.EFR2, BaseRegisters.CMDBUF_HEAD, BaseRegisters.CMDBUF_TAIL,
                BaseRegisters.EVTLOG_HEAD, BaseRegisters.EVTLOG_TAIL, ControlRegisters.STATUS, BaseRegisters.PPRLOG_HEAD, BaseRegisters.PPRLOG_TAIL,
                BaseRegisters.GALOG_HEAD, BaseRegisters.GALOG_TAIL));
        list.addAll(BaseRegisters.SEGMENTS);
        list.addAll(ControlRegisters.INTERRUPTS);
        list.sort(Comparator.comparingInt(Register::offset));
        return List.copyOf(list);
    }
}
