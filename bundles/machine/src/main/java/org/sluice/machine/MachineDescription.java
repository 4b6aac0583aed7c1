// SPDX-License-Identifier: Apache-2.0
package org.sluice.machine;

import java.util.List;
import java.util.Optional;

/**
 * Everything known of a machine but the bytes in its memory. Lists are immutable and in the source's order.
 *
 * @param name short name given by the source
 * @param architecture null if not known
 * @param ram ranges of RAM; empty if not known
 * @param units IOMMUs, in the order that gives their index
 * @param devices requesters known from firmware or the operating system; the tables may know more
 * @param groups isolation groups as the operating system reports them
 * @param interruptControllers as far as known
 * @param firmware firmware tables with their bytes
 * @param extra further facts of the source, for {@code machine-info}
 */
public record MachineDescription(String name, Architecture architecture, List<AddressRange> ram, List<UnitDescription> units,
        List<DeviceDescription> devices, List<GroupDescription> groups, List<InterruptController> interruptControllers,
        List<FirmwareTable> firmware, Attributes extra) {
    public MachineDescription {
        ram = List.copyOf(ram);
        units = List.copyOf(units);
        devices = List.copyOf(devices);
        groups = List.copyOf(groups);
        interruptControllers = List.copyOf(interruptControllers);
        firmware = List.copyOf(firmware);
    }

    /**
     * One IOMMU.
     *
     * @param name as the operating system or the source calls it, {@code dmar0}
     * @param type {@code intel-vtd}, {@code amd-vi}, {@code arm-smmu-v3}, {@code s390-zpci}, {@code virtio-iommu}, ...
     * @param registerBase physical address of the register page, or -1 if it has none or it is not known
     * @param attributes what only that type's backend understands: zPCI functions, virtio-iommu state
     */
    public record UnitDescription(String name, String type, long registerBase, Attributes attributes) {
    }

    /**
     * One requester.
     *
     * @param requesterId the id that the unit sees: source id, device id, stream id, endpoint id or function id; -1 if unknown
     * @param unit name of the unit that serves it, or null: not behind one, or not known
     * @param unitStated whether it is known which unit (or none) serves it, from the source or from firmware tables; if not,
     *        {@code unitUnknown} in the attributes says why, and nobody may take the device for one without a unit
     * @param driver bound driver, or null
     * @param group isolation group, or -1
     */
    public record DeviceDescription(DeviceId device, long requesterId, String unit, boolean unitStated, String driver,
            int group, Attributes attributes) {
    }

    /** Devices that cannot be told apart, with the regions that the operating system reserves for them. */
    public record GroupDescription(int id, String type, List<DeviceId> devices, List<ReservedRange> reserved) {
        public GroupDescription {
            devices = List.copyOf(devices);
            reserved = List.copyOf(reserved);
        }
    }

    /** A range that is not free for DMA; {@code type} as in sysfs: direct, direct-relaxable, reserved, msi. */
    public record ReservedRange(AddressRange range, String type) {
    }

    /**
     * A local APIC, I/O APIC, ITS, GICv2m frame, ...
     *
     * @param doorbell where messages are written to, or null
     * @param sourceId requester id under which the controller itself sends, or -1
     */
    public record InterruptController(String type, AddressRange doorbell, int sourceId, Attributes attributes) {
    }

    /** A firmware table: signature ({@code DMAR}; {@code FDT} for a device tree) and its bytes, empty if not captured. */
    public record FirmwareTable(String signature, byte[] bytes) {
    }

    /** The same machine with other units. */
    public MachineDescription withUnits(List<UnitDescription> others) {
        return new MachineDescription(name, architecture, ram, others, devices, groups, interruptControllers, firmware, extra);
    }

    public Optional<UnitDescription> unit(String unitName) {
        return units.stream().filter(u -> u.name().equals(unitName)).findFirst();
    }

    public Optional<DeviceDescription> device(DeviceId id) {
        return devices.stream().filter(d -> d.device().equals(id)).findFirst();
    }

    /** The first firmware table with that signature whose bytes are known. */
    public Optional<FirmwareTable> firmware(String signature) {
        return firmware.stream().filter(t -> t.signature().equals(signature) && t.bytes().length > 0).findFirst();
    }
}
