// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.layout;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** All registers at fixed offsets, ascending. IVA, IOTLB and FRCD lie where CAP and ECAP tell. */
public final class Registers {
    /** Bytes of the register page that every unit has. */
    public static final int PAGE_BYTES = 4096;

    public static final List<Register> ALL = all();

    private Registers() {
    }

    private static List<Register> all() {
        List<Register> list = new ArrayList<>(List.of(CapabilityRegisters.VER, CapabilityRegisters.CAP, CapabilityRegisters.ECAP,
                ControlRegisters.GCMD, ControlRegisters.GSTS, ControlRegisters.RTADDR, ControlRegisters.CCMD, ControlRegisters.AFLOG,
                ControlRegisters.PMEN, ControlRegisters.PLMBASE, ControlRegisters.PLMLIMIT, ControlRegisters.PHMBASE,
                ControlRegisters.PHMLIMIT, ControlRegisters.IRTA, EventRegisters.FSTS, EventRegisters.ICS, EventRegisters.PRS,
                QueueRegisters.IQH, QueueRegisters.IQT, QueueRegisters.IQA, QueueRegisters.IQERCD, QueueRegisters.PQH,
                QueueRegisters.PQT, QueueRegisters.PQA));
        list.addAll(EventRegisters.event("FE", "Fault", 0x38, null));
        list.addAll(EventRegisters.event("IE", "Invalidation", 0xa0, CapabilityRegisters.WITH_QI));
        list.addAll(EventRegisters.event("PE", "Page request", 0xe0, CapabilityRegisters.WITH_PRS));
        list.addAll(numbers());
        list.sort(Comparator.comparingInt(Register::offset));
        return List.copyOf(list);
    }

    /** Registers of optional parts, shown as plain numbers. */
    private static List<Register> numbers() {
        List<Register> list = new ArrayList<>();
        Register.Condition mts = CapabilityRegisters.WITH_MTS;
        list.add(Register.of(0x100, ControlRegisters.word("MTRRCAP", 64, "Memory type range capabilities"), mts));
        list.add(Register.of(0x108, ControlRegisters.word("MTRRDEF", 64, "Memory type range defaults"), mts));
        Register.Condition pms = CapabilityRegisters.WITH_PMS;
        list.add(Register.of(0x300, ControlRegisters.word("PERFCAP", 64, "Performance monitoring capabilities"), pms));
        list.add(Register.of(0x310, ControlRegisters.word("PERFCFGOFF", 32, "Offset of counter configuration"), pms));
        list.add(Register.of(0x318, ControlRegisters.word("PERFOVFOFF", 32, "Offset of counter overflow status"), pms));
        list.add(Register.of(0x31c, ControlRegisters.word("PERFCNTROFF", 32, "Offset of counters"), pms));
        list.add(Register.of(0x324, ControlRegisters.word("PERFINTRSTS", 32, "Performance interrupt status"), pms));
        list.add(Register.of(0x328, ControlRegisters.word("PERFINTRCTL", 32, "Performance interrupt control"), pms));
        list.add(Register.of(0x380, ControlRegisters.word("PERFEVNTCAP", 64, "Event capabilities of group 0"), pms));
        Register.Condition ecmds = CapabilityRegisters.WITH_ECMDS;
        list.add(Register.of(0x400, ControlRegisters.word("ECMD", 64, "Enhanced command"), ecmds));
        list.add(Register.of(0x408, ControlRegisters.word("ECEO", 64, "Enhanced command operand"), ecmds));
        list.add(Register.of(0x410, ControlRegisters.word("ECRSP", 64, "Enhanced command response"), ecmds));
        list.add(Register.of(0x430, ControlRegisters.word("ECCAP", 64, "Enhanced command capabilities"), ecmds));
        return list;
    }
}
