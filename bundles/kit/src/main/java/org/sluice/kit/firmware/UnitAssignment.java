// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.firmware;

import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.sluice.kit.firmware.Assignment.Kind;
import org.sluice.machine.DeviceId;
import org.sluice.machine.Hex;
import org.sluice.machine.MachineDescription.UnitDescription;

/**
 * Tells from firmware tables which unit serves a device: scopes of DMAR, device entries of IVRS, id mappings of IORT, ranges
 * of VIOT. It never guesses: where a table names bridges whose buses nobody has told, the answer is given only if every
 * bridge that the device could sit behind leads to the same one. Immutable, thread-safe.
 */
public final class UnitAssignment {
    private static final Map<String, String> TABLE_OF_TYPE = Map.of(FirmwareTables.VTD, DmarTable.SIGNATURE,
            FirmwareTables.AMD_VI, IvrsTable.SIGNATURE, FirmwareTables.SMMUV3, IortTable.SIGNATURE,
            FirmwareTables.VIRTIO, ViotTable.SIGNATURE);
    private static final long MAX_ID = 0xffff_ffffL;

    private final FirmwareTables tables;
    private final List<UnitDescription> units;
    private final DmarIndex dmar;

    public UnitAssignment(FirmwareTables tables, List<UnitDescription> units, PciTopology topology) {
        this.tables = tables;
        this.units = List.copyOf(units);
        this.dmar = new DmarIndex(tables.dmar().map(DmarTable::units).orElse(List.of()), topology);
    }

    /** The unit that serves {@code device}, if the tables and the topology tell. */
    public Assignment of(DeviceId device) {
        if (!device.isPci()) {
            return Assignment.unknown("firmware tables name PCI functions, not " + device);
        }
        Assignment unknown = null;
        for (Assignment answer : List.of(fromDmar(device), fromIvrs(device), fromIort(device), fromViot(device))) {
            if (answer.kind() == Kind.SERVED) {
                return answer;
            }
            if (answer.kind() == Kind.UNKNOWN && unknown == null) {
                unknown = answer;
            }
        }
        if (unknown != null) {
            return unknown;
        }
        for (UnitDescription unit : units) {
            if (!tableRead(unit)) {
                return Assignment.unknown("no firmware table that could be read says which devices unit " + unit.name() + " serves");
            }
        }
        return units.isEmpty() ? Assignment.unknown("no unit is known") : Assignment.NONE;
    }

    private boolean tableRead(UnitDescription unit) {
        return switch (TABLE_OF_TYPE.getOrDefault(unit.type(), "")) {
            case DmarTable.SIGNATURE -> tables.dmar().isPresent();
            case IvrsTable.SIGNATURE -> tables.ivrs().isPresent();
            case IortTable.SIGNATURE -> tables.iort().isPresent();
            case ViotTable.SIGNATURE -> tables.viot().isPresent();
            default -> false;
        };
    }

    private Assignment fromDmar(DeviceId device) {
        DmarIndex.Match match = dmar.match(device);
        return switch (match.kind()) {
            case UNIT -> served(FirmwareTables.VTD, match.unit().registerBase(), device.requesterId());
            case NO_UNIT -> Assignment.NONE;
            case BEHIND_UNKNOWN_BRIDGE -> Assignment.unknown("DMAR assigns bridges with all below them, and nothing says behind which bridge "
                    + device + " sits; state secondaryBus and subordinateBus of the bridges, or the device's unit");
            case PATH_UNKNOWN -> Assignment.unknown("DMAR names a device by a path through bridges whose buses are not known, and "
                    + device + " may be it");
        };
    }

    private Assignment fromIvrs(DeviceId device) {
        for (IvrsTable.Unit unit : tables.ivrs().map(IvrsTable::units).orElse(List.of())) {
            boolean itself = unit.segment() == device.segment() && unit.deviceId() == device.requesterId();
            if (unit.segment() == device.segment() && !itself) {
                Optional<IvrsEntries.Range> entry = unit.entryOf(device.requesterId());
                if (entry.isPresent()) {
                    return served(FirmwareTables.AMD_VI, unit.registerBase(), device.requesterId());
                }
            }
        }
        return Assignment.NONE;
    }

    private Assignment fromIort(DeviceId device) {
        Optional<IortTable> iort = tables.iort();
        if (iort.isEmpty()) {
            return Assignment.NONE;
        }
        for (IortTable.Node root : iort.get().rootComplexes(device.segment())) {
            Optional<IortTable.Stream> stream = iort.get().stream(root, device.requesterId());
            if (stream.isPresent() && stream.get().streamId() <= MAX_ID) {
                if (stream.get().smmu().content() instanceof IortTable.SmmuV3 smmu) {
                    return served(FirmwareTables.SMMUV3, smmu.base(), stream.get().streamId());
                }
                return Assignment.unknown("IORT puts " + device + " behind an SMMU older than version 3");
            }
        }
        return Assignment.NONE;
    }

    private Assignment fromViot(DeviceId device) {
        Optional<ViotTable.Endpoint> endpoint = tables.viot().flatMap(table -> table.endpoint(device));
        if (endpoint.isEmpty() || device.equals(endpoint.get().unit().device())) {
            return Assignment.NONE;
        }
        ViotTable.Unit unit = endpoint.get().unit();
        if (unit.device() == null) {
            return served(FirmwareTables.VIRTIO, unit.registerBase(), endpoint.get().id());
        }
        return units.stream().filter(u -> u.type().equals(FirmwareTables.VIRTIO) && isAt(u, unit.device())).findFirst()
                .map(u -> Assignment.served(u.name(), endpoint.get().id()))
                .orElseGet(() -> Assignment.unknown("VIOT puts " + device + " behind the virtio-iommu " + unit.device() + ", which the machine lacks"));
    }

    private static boolean isAt(UnitDescription unit, DeviceId device) {
        return unit.attributes().text("device").map(text -> text.equals(device.toString())).orElse(false);
    }

    private Assignment served(String type, long base, long requesterId) {
        return units.stream().filter(u -> u.type().equals(type) && u.registerBase() == base).findFirst()
                .map(u -> Assignment.served(u.name(), requesterId))
                .orElseGet(() -> Assignment.unknown("firmware says that the unit at " + Hex.of(base) + " serves it, which the machine lacks"));
    }
}
