// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd.lookup;

import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

import org.sluice.kit.firmware.DmarTable;
import org.sluice.kit.firmware.FirmwareTables;
import org.sluice.kit.firmware.InterruptSource;
import org.sluice.kit.firmware.PciTopology;
import org.sluice.machine.DeviceId;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.MachineDescription.DeviceDescription;
import org.sluice.machine.MachineDescription.InterruptController;
import org.sluice.machine.MachineDescription.UnitDescription;

/**
 * What only firmware and the machine's description tell of a unit (chapter 8, DMAR): the host address width, the segment, and which
 * requesters are I/O APICs. Immutable.
 *
 * @param hostBits host address width, or 0 if not known
 * @param segment PCI segment that the unit serves
 * @param ioApics source ids of I/O APICs
 */
public record UnitFirmware(int hostBits, int segment, Set<Integer> ioApics) {
    public UnitFirmware {
        ioApics = Set.copyOf(ioApics);
    }

    public static UnitFirmware of(MachineDescription machine, UnitDescription unit) {
        FirmwareTables tables = FirmwareTables.of(machine.firmware());
        Optional<DmarTable> dmar = tables.dmar();
        Optional<Integer> told = dmar.flatMap(table -> table.units().stream().filter(u -> u.registerBase() == unit.registerBase())
                .map(DmarTable.Unit::segment).findFirst());
        int segment = told.orElseGet(() -> machine.devices().stream().filter(d -> unit.name().equals(d.unit()) && d.device().isPci())
                .map(DeviceDescription::device).map(DeviceId::segment).findFirst().orElse(0));
        Set<Integer> ioApics = new HashSet<>();
        for (InterruptController controller : machine.interruptControllers()) {
            if (controller.type().equals("io-apic") && controller.sourceId() >= 0) {
                ioApics.add(controller.sourceId());
            }
        }
        for (InterruptSource source : tables.interruptSources(PciTopology.of(machine.devices()))) {
            if (source.kind() == InterruptSource.Kind.IO_APIC && source.unitBase() == unit.registerBase()) {
                ioApics.add(source.requester().requesterId());
            }
        }
        return new UnitFirmware(dmar.map(DmarTable::hostAddressWidth).orElse(0), segment, ioApics);
    }
}
