// SPDX-License-Identifier: Apache-2.0
package org.sluice.tool.vectors;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import org.sluice.api.Machine;
import org.sluice.api.MachineService;
import org.sluice.api.MachineService.Lease;
import org.sluice.api.Progress;
import org.sluice.machine.AddressRange;
import org.sluice.machine.Architecture;
import org.sluice.machine.Attributes;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.MachineDescription.DeviceDescription;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.RegisterImage;
import org.sluice.machine.RegisterPort;
import org.sluice.spi.Backend;
import org.sluice.tool.vectors.qemu.QemuMachine;
import org.sluice.tool.vectors.qemu.QemuMachine.Version;
import org.sluice.tool.vectors.qemu.UnitKind;

/** The machine that some vectors share, and what they are put to. Not thread-safe. */
record Setting(String unit, Bench bench, Lease lease) implements AutoCloseable {
    private static final Version NESTED_FROM = new Version(9, 1, 0);
    private static final String DEFAULT = "default";
    private static final String SMMU = "arm-smmu-v3";
    private static final long SCALABLE = 1 << 10;

    static Setting of(MachineService machines, List<Backend> backends, Path folder, List<Vector> vectors, String qemu) {
        Vector first = vectors.get(0);
        if (first.memory() == null) {
            return made(backends, vectors, qemu);
        }
        Lease lease = machines.lease(folder.toString(), Progress.NONE);
        try {
            Machine machine = lease.machine();
            if (machine.description().units().size() != 1) {
                throw new IommuException(Reason.UNSUPPORTED, "the machine in " + folder + " has " + machine.description().units().size() + " units: vectors need one");
            }
            UnitDescription unit = machine.description().units().get(0);
            Bench bench = qemu == null
                    ? model(backends, machine.description(), unit, machine.registers(unit), Workspace.of(machine.description().ram(), machine.memory()), first.requester())
                    : live(unit.type(), vectors, qemu, machine.memory());
            return new Setting(unit.type(), bench, lease);
        } catch (IommuException failed) {
            lease.close();
            throw failed;
        }
    }

    /** A machine that the vectors themselves tell: zeros, and a unit as its backend makes it up. */
    private static Setting made(List<Backend> backends, List<Vector> vectors, String qemu) {
        Vector first = vectors.get(0);
        if (first.unit() == null || first.ram() == null) {
            throw new IommuException(Reason.BAD_FORMAT, "vector " + first.name() + " has no memory file: then unit and ram have to be told");
        }
        if (qemu != null) {
            return new Setting(first.unit(), live(first.unit(), vectors, qemu, PhysicalMemory.builder().build()), null);
        }
        UnitDescription unit = new UnitDescription("unit0", first.unit(), -1, Attributes.EMPTY);
        DeviceDescription device = new DeviceDescription(first.device(), first.requester(), unit.name(), true, null, -1, Attributes.EMPTY);
        AddressRange ram = first.ram();
        Architecture architecture = SMMU.equals(first.unit()) ? Architecture.AARCH64
                : UnitOrder.ZPCI.equals(first.unit()) ? Architecture.S390X : Architecture.X86_64;
        MachineDescription machine = new MachineDescription("vectors", architecture, List.of(ram), List.of(unit), List.of(device), List.of(), List.of(), List.of(), Attributes.EMPTY);
        return new Setting(first.unit(), model(backends, machine, unit, new RegisterImage(unit.name(), Map.of()), Workspace.zeros(ram), first.requester()), null);
    }

    private static Bench model(List<Backend> backends, MachineDescription machine, UnitDescription unit, RegisterPort told, Workspace workspace,
            int requester) {
        Backend backend = backends.stream().filter(b -> b.supports(unit)).findFirst()
                .orElseThrow(() -> new IommuException(Reason.UNSUPPORTED, "no backend reads units of type " + unit.type() + ": see backend-list"));
        return new ModelBench(backend, machine, unit, told, workspace, requester);
    }

    private static Bench live(String type, List<Vector> vectors, String qemu, PhysicalMemory image) {
        String binary = DEFAULT.equals(qemu) ? kind(type, vectors, null).binary() : qemu;
        return new LiveBench(kind(type, vectors, binary), binary, image, image.present());
    }

    /** @param qemu program whose version decides, or null if only the machine matters */
    private static UnitKind kind(String type, List<Vector> vectors, String qemu) {
        return switch (type) {
            case "intel-vtd" -> vectors.stream().anyMatch(v -> (v.registers().getOrDefault("RTADDR", 0L) & SCALABLE) != 0) ? UnitKind.VTD_SCALABLE : UnitKind.VTD;
            case "amd-vi" -> UnitKind.AMDVI;
            case SMMU -> qemu == null || QemuMachine.version(qemu).compareTo(NESTED_FROM) < 0 ? UnitKind.SMMUV3 : UnitKind.SMMUV3_NESTED;
            default -> throw new IommuException(Reason.UNSUPPORTED, "QEMU cannot be started with a unit of type " + type);
        };
    }

    @Override
    public void close() {
        try {
            bench.close();
        } finally {
            if (lease != null) {
                lease.close();
            }
        }
    }
}
