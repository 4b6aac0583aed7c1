// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.qemu;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.sluice.machine.Attributes;
import org.sluice.machine.Hex;
import org.sluice.machine.MachineDescription.DeviceDescription;
import org.sluice.machine.MachineDescription.InterruptController;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.machine.AddressRange;
import org.sluice.machine.RegisterImage;
import org.sluice.machines.qemu.FlatView.Region;

/**
 * The IOMMUs and interrupt controllers of a machine, by the names under which QEMU shows their register blocks, and the
 * registers. Firmware tables need not be there, so that it works before the guest's firmware has run.
 */
final class Units {
    private static final AddressRange LOCAL_APIC = new AddressRange(0xfee00000L, 0xfeefffffL);
    /** GITS_TRANSLATER in the second 64 KiB frame of an ITS. GIC architecture, section 12.18. */
    private static final long TRANSLATER = 0x40;

    private final List<UnitDescription> units = new ArrayList<>();
    private final List<InterruptController> controllers = new ArrayList<>();
    private final Map<String, RegisterBlocks> blocks = new HashMap<>();

    /** @param devices PCI functions: a virtio-iommu is one of them */
    Units(FlatView view, List<DeviceDescription> devices, VirtioState virtio) {
        for (Region region : view.named("intel_iommu")) {
            add("dmar", "intel-vtd", region, RegisterBlocks.vtd(region.range().size()));
        }
        for (Region region : view.named("amdvi-mmio")) {
            add("ivhd", "amd-vi", region, RegisterBlocks.amdVi());
        }
        for (Region region : view.named("arm-smmuv3")) {
            add("smmuv3-", "arm-smmu-v3", region, RegisterBlocks.smmuV3());
        }
        units.addAll(virtio.units(devices));
        if (devices.stream().anyMatch(d -> ZpciDevices.UNIT.equals(d.unit()))) {
            units.add(new UnitDescription(ZpciDevices.UNIT, "s390-zpci", -1, Attributes.EMPTY));
        }
        controllers(view);
    }

    private void add(String prefix, String type, Region region, RegisterBlocks registers) {
        long index = units.stream().filter(u -> u.type().equals(type)).count();
        Attributes attributes = new Attributes(Map.of("mmioSize", Hex.of(region.range().size())));
        units.add(new UnitDescription(prefix + index, type, region.range().start(), attributes));
        blocks.put(prefix + index, registers);
    }

    private void controllers(FlatView view) {
        if (!view.named("apic-msi").isEmpty() || !view.named("ioapic").isEmpty()) {
            controllers.add(controller("local-apic", LOCAL_APIC, Map.of()));
        }
        for (Region region : view.named("ioapic")) {
            controllers.add(controller("io-apic", null, Map.of("base", Hex.of(region.range().start()))));
        }
        for (Region region : view.named("translation")) {
            AddressRange doorbell = AddressRange.ofSize(region.range().start() + TRANSLATER, Integer.BYTES);
            controllers.add(controller("gicv3-its", doorbell, Map.of("base", Hex.of(region.range().start() - region.range().size()))));
        }
        for (Region region : view.named("gicv2m")) {
            // MSI_SETSPI_NS of the frame. Arm Base System Architecture, GICv2m.
            AddressRange doorbell = AddressRange.ofSize(region.range().start() + TRANSLATER, Integer.BYTES);
            controllers.add(controller("gicv2m", doorbell, Map.of("base", Hex.of(region.range().start()))));
        }
    }

    private static InterruptController controller(String type, AddressRange doorbell, Map<String, Object> facts) {
        Map<String, Object> tree = new LinkedHashMap<>();
        tree.put("type", type);
        if (doorbell != null) {
            tree.put("doorbell", Map.of("start", Hex.of(doorbell.start()), "last", Hex.of(doorbell.last())));
        }
        tree.putAll(facts);
        return new InterruptController(type, doorbell, -1, new Attributes(tree));
    }

    List<UnitDescription> units() {
        return units;
    }

    List<InterruptController> controllers() {
        return controllers;
    }

    /** Registers of all units, read now. */
    Map<String, RegisterImage> read(QmpClient qmp) {
        Map<String, RegisterImage> images = new HashMap<>();
        for (UnitDescription unit : units) {
            RegisterBlocks registers = blocks.get(unit.name());
            images.put(unit.name(), registers == null ? new RegisterImage(unit.name(), Map.of())
                    : registers.read(qmp, unit.name(), unit.registerBase()));
        }
        return images;
    }
}
