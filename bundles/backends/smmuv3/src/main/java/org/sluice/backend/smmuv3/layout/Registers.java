// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.layout;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;

import org.sluice.kit.register.Register;

/** All Non-secure registers, ascending. */
public final class Registers {
    public static final List<Register> ALL = all();

    private Registers() {
    }

    private static List<Register> all() {
        List<Register> list = new ArrayList<>(List.of(IdRegisters.IDR0, IdRegisters.IDR1, IdRegisters.IDR2, IdRegisters.IDR3, IdRegisters.IDR4,
                IdRegisters.IDR5, IdRegisters.IDR6, IdRegisters.IIDR, IdRegisters.AIDR, ControlRegisters.CR0, ControlRegisters.CR0ACK,
                ControlRegisters.CR1, ControlRegisters.CR2, ControlRegisters.STATUSR, ControlRegisters.GBPA, ControlRegisters.AGBPA,
                ControlRegisters.IRQ_CTRL, ControlRegisters.IRQ_CTRLACK, ControlRegisters.GERROR, ControlRegisters.GERRORN,
                ControlRegisters.STRTAB_BASE, ControlRegisters.STRTAB_BASE_CFG, QueueRegisters.CMDQ_BASE, QueueRegisters.CMDQ_PROD,
                QueueRegisters.CMDQ_CONS, QueueRegisters.EVENTQ_BASE, QueueRegisters.EVENTQ_PROD, QueueRegisters.EVENTQ_CONS,
                QueueRegisters.PRIQ_BASE, QueueRegisters.PRIQ_PROD, QueueRegisters.PRIQ_CONS));
        list.addAll(QueueRegisters.ERROR_MESSAGE);
        list.addAll(QueueRegisters.EVENT_MESSAGE);
        list.addAll(QueueRegisters.PAGE_REQUEST_MESSAGE);
        list.addAll(addressTranslation());
        list.sort(Comparator.comparingInt(Register::offset));
        return List.copyOf(list);
    }

    /** Section 6.3, SMMU_GATOS_*: translations on request. */
    private static List<Register> addressTranslation() {
        return List.of(Register.of(0x100, ControlRegisters.control("GATOS_CTRL", 32, "Starts a translation on request")
                .flag("RUN", 0, "under way").ignored(31, 1).build()),
                Register.of(0x108, ControlRegisters.control("GATOS_SID", 64, "Stream of a translation on request")
                        .value("STREAMID", 31, 0, "StreamID")
                        .value("SUBSTREAMID", 51, 32, "SubstreamID").flag("SSID_VALID", 52, "SubstreamID valid").ignored(63, 53).build()),
                Register.of(0x110, ControlRegisters.control("GATOS_ADDR", 64, "Address of a translation on request").ignored(5, 0)
                        .flag("HTTUI", 6, "no hardware updates")
                        .flag("InD", 7, "instruction").flag("RnW", 8, "read").flag("PnU", 9, "privileged")
                        .value("TYPE", 11, 10, "stages", Map.of(1L, "stage 1", 2L, "stage 2", 3L, "both")).address("ADDR", 63, 12, "page").build()),
                Register.of(0x118, ControlRegisters.control("GATOS_PAR", 64, "Answer of a translation on request").flag("FAULT", 0, "failed")
                        .ignored(7, 1)
                        .value("SH", 9, 8, "shareability").ignored(10, 10).flag("Size", 11, "a block").address("ADDR", 55, 12, "page")
                        .value("ATTR", 63, 56, "memory type").build()),
                Register.of(0x180, ControlRegisters.word("VATOS_SEL", "Virtual machine of translations on request")));
    }
}
