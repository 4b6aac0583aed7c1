// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.inspect;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

import org.sluice.api.Region;
import org.sluice.core.registry.OpenMachine;
import org.sluice.core.registry.UnitSlot;
import org.sluice.machine.DeviceId;
import org.sluice.machine.MachineDescription.GroupDescription;
import org.sluice.machine.MachineDescription.ReservedRange;

/** Puts together what the architecture, firmware tables and the operating system take away from DMA. */
final class Regions {
    private Regions() {
    }

    static List<Region> of(OpenMachine machine) {
        List<Region> regions = new ArrayList<>();
        for (UnitSlot slot : machine.slots()) {
            if (slot.info().backend() != null) {
                for (ReservedRange r : slot.inspector().reservedRanges()) {
                    regions.add(new Region(null, r.range(), r.type(), "architecture"));
                }
            }
        }
        for (GroupDescription group : machine.description().groups()) {
            for (DeviceId device : group.devices()) {
                for (ReservedRange r : group.reserved()) {
                    regions.add(new Region(device, r.range(), r.type(), "sysfs"));
                }
            }
        }
        regions.sort(Comparator.comparing(Region::device, Comparator.nullsFirst(Comparator.naturalOrder())).thenComparing(Region::range));
        return regions;
    }
}
