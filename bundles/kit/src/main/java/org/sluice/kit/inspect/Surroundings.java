// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.inspect;

import java.util.ArrayList;
import java.util.List;

import org.sluice.kit.radix.AuditRules;
import org.sluice.machine.AddressRange;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.MachineDescription.InterruptController;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.spi.UnitContext;

/** What a machine's description says of the addresses around a unit. */
public final class Surroundings {
    private Surroundings() {
    }

    /**
     * What an audit of the unit's page tables has to know.
     *
     * @param registerBytes size of the register block of each unit of this kind
     * @param interruptWindow addresses that raise interrupts and never reach the tables; empty where messages are ordinary writes
     */
    public static AuditRules rules(UnitContext context, long registerBytes, List<AddressRange> interruptWindow) {
        List<AddressRange> doorbells = new ArrayList<>(interruptWindow);
        doorbells.addAll(doorbells(context.machine()));
        List<AddressRange> registers = new ArrayList<>();
        for (UnitDescription unit : context.machine().units()) {
            if (unit.registerBase() >= 0) {
                registers.add(AddressRange.ofSize(unit.registerBase(), registerBytes));
            }
        }
        return new AuditRules(context.unit().name(), doorbells, registers, interruptWindow);
    }

    /** Doorbells of the machine's interrupt controllers, as far as they are known. */
    public static List<AddressRange> doorbells(MachineDescription machine) {
        return machine.interruptControllers().stream().map(InterruptController::doorbell).filter(doorbell -> doorbell != null).toList();
    }
}
