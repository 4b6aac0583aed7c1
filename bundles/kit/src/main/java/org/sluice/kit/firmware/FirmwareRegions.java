// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.firmware;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

import org.sluice.api.Region;
import org.sluice.machine.AddressRange;
import org.sluice.machine.DeviceId;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.MachineDescription.DeviceDescription;

/**
 * Ranges that firmware tables take away from DMA, with the devices concerned: reserved memory of DMAR, memory blocks of IVRS,
 * reserved memory nodes of IORT. Kinds are those of Linux's {@code reserved_regions}. Where it cannot be told which devices
 * are meant, the region is given for all: too much is safe, too little is not.
 */
public final class FirmwareRegions {
    private static final String DIRECT = "direct";
    private static final String RELAXABLE = "direct-relaxable";
    private static final String RESERVED = "reserved";

    private final MachineDescription machine;
    private final PciTopology topology;
    private final List<Region> regions = new ArrayList<>();

    private FirmwareRegions(MachineDescription machine) {
        this.machine = machine;
        this.topology = PciTopology.of(machine.devices());
    }

    /** Regions of all tables that can be read, in the tables' order. */
    public static List<Region> of(MachineDescription machine, FirmwareTables tables) {
        FirmwareRegions found = new FirmwareRegions(machine);
        tables.dmar().ifPresent(found::dmar);
        tables.ivrs().ifPresent(found::ivrs);
        tables.iort().ifPresent(found::iort);
        return List.copyOf(found.regions);
    }

    private void dmar(DmarTable table) {
        for (DmarTable.ReservedMemory memory : table.reserved()) {
            memory.range().ifPresent(range -> {
                for (DmarScope scope : memory.scopes()) {
                    DeviceId device = scope.device(memory.segment(), topology).orElse(null);
                    regions.add(new Region(device, range, kindOf(device), DmarTable.SIGNATURE));
                }
            });
        }
    }

    /** Linux gives up the mapping of display and USB controllers once their drivers run. */
    private String kindOf(DeviceId device) {
        long code = device == null ? -1 : machine.device(device).map(PciClass::of).orElse(-1L);
        return PciClass.isDisplay(code) || PciClass.isUsb(code) ? RELAXABLE : DIRECT;
    }

    private void ivrs(IvrsTable table) {
        for (IvrsTable.Memory memory : table.memory()) {
            String kind = memory.unity() && !memory.exclusion() ? DIRECT : RESERVED;
            memory.range().ifPresent(range -> {
                if (memory.allDevices()) {
                    regions.add(new Region(null, range, kind, IvrsTable.SIGNATURE));
                } else if (memory.first() == memory.last()) {
                    regions.add(new Region(DeviceId.ofRequester(memory.segment(), memory.first()), range, kind, IvrsTable.SIGNATURE));
                } else {
                    forKnown(d -> d.device().isPci() && d.device().segment() == memory.segment()
                            && d.device().requesterId() >= memory.first() && d.device().requesterId() <= memory.last(),
                            range, kind, IvrsTable.SIGNATURE);
                }
            });
        }
    }

    private void iort(IortTable table) {
        for (IortTable.Node node : table.nodes()) {
            if (node.content() instanceof IortTable.ReservedMemory memory) {
                String kind = memory.remapPermitted() ? RELAXABLE : DIRECT;
                for (AddressRange range : memory.ranges()) {
                    forKnown(d -> node.mappings().stream().anyMatch(m -> reaches(table, m, d)), range, kind, IortTable.SIGNATURE);
                }
            }
        }
    }

    /** A reserved memory node maps straight to stream ids of an SMMU: {@code count} is their number less one. */
    private boolean reaches(IortTable table, IortTable.IdMapping mapping, DeviceDescription device) {
        long last = mapping.single() ? mapping.outputBase() : mapping.outputBase() + mapping.count();
        return device.requesterId() >= mapping.outputBase() && device.requesterId() <= last && mayBeBehind(table, mapping, device);
    }

    /** Not if the device is known to be behind another SMMU than the one that the mapping leads to. */
    private boolean mayBeBehind(IortTable table, IortTable.IdMapping mapping, DeviceDescription device) {
        long base = table.node(mapping.outputNode())
                .map(node -> node.content() instanceof IortTable.SmmuV3 smmu ? smmu.base() : -1L).orElse(-1L);
        return device.unit() == null || base == -1
                || machine.unit(device.unit()).map(unit -> unit.registerBase() == base).orElse(true);
    }

    private void forKnown(Predicate<DeviceDescription> concerned, AddressRange range, String kind, String origin) {
        List<DeviceDescription> devices = machine.devices().stream().filter(concerned).toList();
        if (devices.isEmpty()) {
            regions.add(new Region(null, range, kind, origin));
        }
        devices.forEach(d -> regions.add(new Region(d.device(), range, kind, origin)));
    }
}
