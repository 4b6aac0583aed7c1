// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.firmware;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

import org.sluice.machine.Attributes;
import org.sluice.machine.DeviceId;
import org.sluice.machine.IommuException;
import org.sluice.machine.MachineDescription.FirmwareTable;
import org.sluice.machine.MachineDescription.UnitDescription;

/**
 * The tables of one machine that describe its IOMMUs, read. A table that cannot be read is left out and told in
 * {@link #problems}: a machine with a broken DMAR still has tables in memory to look at. Immutable, thread-safe.
 */
public final class FirmwareTables {
    /** Types of units as descriptions call them. */
    static final String VTD = "intel-vtd";
    static final String AMD_VI = "amd-vi";
    static final String SMMUV3 = "arm-smmu-v3";
    static final String VIRTIO = "virtio-iommu";

    private final DmarTable dmar;
    private final IvrsTable ivrs;
    private final IortTable iort;
    private final ViotTable viot;
    private final List<String> problems;

    private FirmwareTables(DmarTable dmar, IvrsTable ivrs, IortTable iort, ViotTable viot, List<String> problems) {
        this.dmar = dmar;
        this.ivrs = ivrs;
        this.iort = iort;
        this.viot = viot;
        this.problems = List.copyOf(problems);
    }

    /** Reads the first table of each kind whose bytes are known. */
    public static FirmwareTables of(List<FirmwareTable> tables) {
        List<String> problems = new ArrayList<>();
        return new FirmwareTables(read(tables, DmarTable.SIGNATURE, DmarTable::read, problems),
                read(tables, IvrsTable.SIGNATURE, IvrsTable::read, problems),
                read(tables, IortTable.SIGNATURE, IortTable::read, problems),
                read(tables, ViotTable.SIGNATURE, ViotTable::read, problems), problems);
    }

    private static <T> T read(List<FirmwareTable> tables, String signature, Function<byte[], T> reader, List<String> problems) {
        for (FirmwareTable table : tables) {
            if (table.signature().equals(signature) && table.bytes().length > 0) {
                try {
                    return reader.apply(table.bytes());
                } catch (IommuException e) {
                    problems.add(e.getMessage());
                    return null;
                }
            }
        }
        return null;
    }

    public Optional<DmarTable> dmar() {
        return Optional.ofNullable(dmar);
    }

    public Optional<IvrsTable> ivrs() {
        return Optional.ofNullable(ivrs);
    }

    public Optional<IortTable> iort() {
        return Optional.ofNullable(iort);
    }

    public Optional<ViotTable> viot() {
        return Optional.ofNullable(viot);
    }

    /** Why tables were left out, one line each. */
    public List<String> problems() {
        return problems;
    }

    /** The units that the tables name, in their order, for a machine of which nothing else is known. */
    public List<UnitDescription> units() {
        List<UnitDescription> units = new ArrayList<>();
        dmar().ifPresent(table -> table.units().forEach(u -> add(units, "dmar", VTD, u.registerBase(), Map.of())));
        ivrs().ifPresent(table -> table.units().forEach(u -> add(units, "ivhd", AMD_VI, u.registerBase(), Map.of())));
        iort().ifPresent(table -> table.nodes().forEach(node -> {
            if (node.content() instanceof IortTable.SmmuV3 smmu) {
                add(units, "smmuv3-", SMMUV3, smmu.base(), Map.of());
            }
        }));
        viot().ifPresent(table -> table.units().forEach(u -> add(units, "virtio-iommu", VIRTIO, u.registerBase(),
                u.device() == null ? Map.of() : Map.of("device", u.device().toString()))));
        return units;
    }

    private static void add(List<UnitDescription> units, String prefix, String type, long base, Map<String, ?> attributes) {
        long index = units.stream().filter(u -> u.type().equals(type)).count();
        units.add(new UnitDescription(prefix + index, type, base, new Attributes(attributes)));
    }

    /** I/O APICs and HPETs with the requester ids under which they send interrupts, as far as their paths can be followed. */
    public List<InterruptSource> interruptSources(PciTopology topology) {
        List<InterruptSource> sources = new ArrayList<>();
        dmar().ifPresent(table -> table.units().forEach(unit -> unit.scopes().forEach(scope -> {
            boolean apic = scope.type() == DmarScope.IO_APIC;
            if (apic || scope.type() == DmarScope.HPET) {
                scope.device(unit.segment(), topology).ifPresent(device -> sources.add(new InterruptSource(
                        apic ? InterruptSource.Kind.IO_APIC : InterruptSource.Kind.HPET, scope.enumerationId(), device, unit.registerBase())));
            }
        })));
        ivrs().ifPresent(table -> table.units().forEach(unit -> unit.specials().forEach(special -> {
            boolean apic = special.variety() == IvrsEntries.IO_APIC;
            if (apic || special.variety() == IvrsEntries.HPET) {
                sources.add(new InterruptSource(apic ? InterruptSource.Kind.IO_APIC : InterruptSource.Kind.HPET, special.handle(),
                        DeviceId.ofRequester(unit.segment(), special.deviceId()), unit.registerBase()));
            }
        })));
        return sources;
    }
}
