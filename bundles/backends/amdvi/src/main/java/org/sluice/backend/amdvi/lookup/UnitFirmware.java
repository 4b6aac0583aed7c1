// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi.lookup;

import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

import org.sluice.kit.firmware.FirmwareTables;
import org.sluice.kit.firmware.IvrsEntries;
import org.sluice.kit.firmware.IvrsTable;
import org.sluice.machine.DeviceId;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.MachineDescription.DeviceDescription;
import org.sluice.machine.MachineDescription.UnitDescription;

/**
 * What only firmware tells a unit's reader (IVRS): its segment, its features where the register is not known, and which devices reach it
 * under another DeviceID. Immutable; a table that is absent or broken tells less.
 *
 * @param segment PCI segment that the unit serves
 * @param features content of EFR as firmware gives it, or 0 if it does not
 * @param aliases DeviceID under which requests arrive, by DeviceID of the device; only where they differ
 */
public record UnitFirmware(int segment, long features, SortedMap<Integer, Integer> aliases) {
    public static UnitFirmware of(MachineDescription machine, UnitDescription unit) {
        Optional<IvrsTable.Unit> block = FirmwareTables.of(machine.firmware()).ivrs()
                .flatMap(table -> table.units().stream().filter(u -> u.registerBase() == unit.registerBase()).findFirst());
        int described = machine.devices().stream().filter(d -> unit.name().equals(d.unit()) && d.device().isPci())
                .map(DeviceDescription::device).mapToInt(DeviceId::segment).findFirst().orElse(0);
        SortedMap<Integer, Integer> aliases = new TreeMap<>();
        block.ifPresent(b -> b.ranges().forEach(range -> {
            for (int id = range.first(); range.alias() != IvrsEntries.NO_ALIAS && id <= range.last(); id++) {
                if (id != range.alias()) {
                    aliases.put(id, range.alias());
                }
            }
        }));
        return new UnitFirmware(block.map(IvrsTable.Unit::segment).orElse(described), block.map(IvrsTable.Unit::efr).orElse(0L), aliases);
    }
}
