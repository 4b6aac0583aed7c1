// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.synthetic;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

import org.sluice.machine.AddressRange;
import org.sluice.machine.Architecture;
import org.sluice.machine.Attributes;
import org.sluice.machine.DeviceId;
import org.sluice.machine.Hex;
import org.sluice.machine.MachineDescription.InterruptController;
import org.sluice.machine.MachineDescription.UnitDescription;

/** The machines that can be made up, one per backend: where RAM starts, and what unit there is. */
enum Kind {
    SMMUV3("smmuv3", Architecture.AARCH64, 0x4000_0000L, "smmuv3-0", "arm-smmu-v3", 0x0905_0000L, "streamId", RegisterBlock.smmuV3()),
    VTD("vtd", Architecture.X86_64, 0, "dmar0", "intel-vtd", 0xfed9_0000L, "sourceId", RegisterBlock.vtd()),
    AMDVI("amdvi", Architecture.X86_64, 0, "ivhd0", "amd-vi", 0xfed8_0000L, "sourceId", RegisterBlock.amdVi()),
    ZPCI("zpci", Architecture.S390X, 0, "zpci0", "s390-zpci", -1, "fid", RegisterBlock.none()),
    VIRTIO("virtio", Architecture.X86_64, 0, "virtio-iommu0", "virtio-iommu", -1, "endpointId", RegisterBlock.none()),
    NONE("none", Architecture.X86_64, 0, "none0", "none", 0xfed9_0000L, "sourceId", RegisterBlock.nothing());

    /** A device of the machine, with its class code. */
    record Device(DeviceId id, long classCode) {
        /** Its 16-bit requester id, which every unit here uses unchanged. */
        long requesterId() {
            return id.requesterId();
        }
    }

    static final Device NIC = new Device(DeviceId.parse("0000:00:03.0"), 0x020000);
    static final Device DMA_ENGINE = new Device(DeviceId.parse("0000:00:04.0"), 0x080100);
    static final List<Device> DEVICES = List.of(NIC, DMA_ENGINE);

    /** zPCI: DMA addresses of each function, as the s390 captures have them. */
    private static final long DMA_START = 0x1_0000_0000L;
    /** Ranges, MAP_UNMAP, PROBE, MMIO, BYPASS_CONFIG (bits 0 to 2 and 4 to 6), and VERSION_1 (bit 32). */
    private static final long VIRTIO_FEATURES = 1L << 32 | 0b111_0111;
    private static final String VIRTIO_UNIT_DEVICE = "0000:00:01.0";

    private final String backend;
    private final Architecture architecture;
    private final long ramStart;
    private final String unitName;
    private final String unitType;
    private final long registerBase;
    private final String idKey;
    private final RegisterBlock registers;

    Kind(String backend, Architecture architecture, long ramStart, String unitName, String unitType, long registerBase, String idKey,
            RegisterBlock registers) {
        this.backend = backend;
        this.architecture = architecture;
        this.ramStart = ramStart;
        this.unitName = unitName;
        this.unitType = unitType;
        this.registerBase = registerBase;
        this.idKey = idKey;
        this.registers = registers;
    }

    static Optional<Kind> ofBackend(String backend) {
        return Arrays.stream(values()).filter(k -> k.backend.equals(backend)).findFirst();
    }

    static String backends() {
        return Arrays.stream(values()).map(k -> k.backend).collect(Collectors.joining(", "));
    }

    String backend() {
        return backend;
    }

    Architecture architecture() {
        return architecture;
    }

    long ramStart() {
        return ramStart;
    }

    /** What devices write to raise interrupts: local APICs on x86, an ITS elsewhere. */
    InterruptController interruptController() {
        return architecture == Architecture.X86_64
                ? new InterruptController("local-apic", new AddressRange(0xfee0_0000L, 0xfeef_ffffL), -1, Attributes.EMPTY)
                : new InterruptController("gicv3-its", AddressRange.ofSize(0x0809_0040L, Integer.BYTES), -1, Attributes.EMPTY);
    }

    RegisterBlock registers() {
        return registers;
    }

    /** Under which key a capture would state a device's id. */
    String idKey() {
        return idKey;
    }

    UnitDescription unit(long ramBytes) {
        Map<String, Object> attributes = switch (this) {
            case ZPCI -> Map.of("functions", functions(ramBytes));
            case VIRTIO -> virtio();
            default -> Map.of();
        };
        return new UnitDescription(unitName, unitType, registerBase, new Attributes(attributes));
    }

    /** Functions for which no table is registered yet: their {@code iota} is null. */
    private static List<Object> functions(long ramBytes) {
        List<Object> functions = new ArrayList<>();
        for (Device device : DEVICES) {
            Map<String, Object> function = new HashMap<>();
            function.put("device", device.id().toString());
            function.put("fid", Hex.of(device.requesterId()));
            function.put("iota", null);
            function.put("pba", Hex.of(DMA_START));
            function.put("pal", Hex.of(DMA_START + ramBytes - 1));
            functions.add(function);
        }
        return functions;
    }

    /** A device that knows two endpoints and has served no request. */
    private static Map<String, Object> virtio() {
        Map<String, Object> unit = new LinkedHashMap<>();
        unit.put("device", VIRTIO_UNIT_DEVICE);
        unit.put("transport", "virtio-pci");
        unit.put("config", Map.of("pageSizeMask", "0xfffffffffffff000", "inputRange", Map.of("start", "0x0", "last", "0xffffffffffff"),
                "domainRange", Map.of("first", 0L, "last", 0xffff_ffffL), "probeSize", 512L, "bypass", 0L));
        unit.put("features", Hex.of(VIRTIO_FEATURES));
        unit.put("domains", List.of());
        List<Object> endpoints = new ArrayList<>();
        for (Device device : DEVICES) {
            Map<String, Object> endpoint = new HashMap<>();
            endpoint.put("id", Hex.of(device.requesterId()));
            endpoint.put("device", device.id().toString());
            endpoint.put("domain", null);
            endpoint.put("reservedRegions", List.of());
            endpoints.add(endpoint);
        }
        unit.put("endpoints", endpoints);
        return unit;
    }
}
