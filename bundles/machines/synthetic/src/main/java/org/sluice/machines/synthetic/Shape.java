// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.synthetic;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.sluice.machine.AddressRange;
import org.sluice.machine.Architecture;
import org.sluice.machine.Attributes;
import org.sluice.machine.DeviceId;
import org.sluice.machine.Hex;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.MachineDescription.DeviceDescription;
import org.sluice.machine.MachineDescription.GroupDescription;
import org.sluice.machine.MachineDescription.InterruptController;
import org.sluice.machine.MachineDescription.UnitDescription;

/** What machines look like around their unit: where memory lies, what raises interrupts, which devices there are. */
enum Shape {
    X86(Architecture.X86_64, 0, "sourceId"), ARM(Architecture.AARCH64, 0x4000_0000L, "streamId"), S390(Architecture.S390X, 0, "fid");

    private record Device(DeviceId id, long classCode) {
    }

    private static final List<Device> DEVICES = List.of(new Device(DeviceId.parse("0000:00:03.0"), 0x020000),
            new Device(DeviceId.parse("0000:00:04.0"), 0x080100));

    private final Architecture architecture;
    private final long ramStart;
    /** Under which key a capture would state a device's id. */
    private final String idKey;

    Shape(Architecture architecture, long ramStart, String idKey) {
        this.architecture = architecture;
        this.ramStart = ramStart;
        this.idKey = idKey;
    }

    /** The kind of machine that such a unit is found in. */
    static Shape around(String unitType) {
        return unitType.startsWith("arm-") ? ARM : unitType.startsWith("s390-") ? S390 : X86;
    }

    AddressRange ram(long bytes) {
        return AddressRange.ofSize(ramStart, bytes);
    }

    /** The machine without a unit: what a backend needs to make one. */
    MachineDescription bare(AddressRange ram) {
        return describe("synthetic", ram, List.of());
    }

    /** The machine behind one unit. */
    MachineDescription behind(UnitDescription unit, String backend, AddressRange ram) {
        return describe("synthetic-" + backend, ram, List.of(unit));
    }

    private MachineDescription describe(String name, AddressRange ram, List<UnitDescription> units) {
        List<DeviceDescription> devices = new ArrayList<>();
        List<GroupDescription> groups = new ArrayList<>();
        for (Device device : DEVICES) {
            Map<String, Object> attributes = new LinkedHashMap<>();
            attributes.put("device", device.id().toString());
            attributes.put(idKey, Hex.of(device.id().requesterId()));
            attributes.put("class", Hex.of(device.classCode()));
            int group = groups.size();
            devices.add(new DeviceDescription(device.id(), device.id().requesterId(), units.isEmpty() ? null : units.get(0).name(), !units.isEmpty(),
                    null, group, new Attributes(attributes)));
            groups.add(new GroupDescription(group, null, List.of(device.id()), List.of()));
        }
        return new MachineDescription(name, architecture, List.of(ram), units, devices, groups, List.of(interruptController()), List.of(),
                new Attributes(Map.of("source", "synthetic")));
    }

    /**
     * What devices write to raise interrupts. Nothing of the kind is in an s390 machine, whose units take messages themselves; the ITS behind all of
     * its memory is for units of other vendors that a swap puts there.
     */
    private InterruptController interruptController() {
        return switch (this) {
            case X86 -> new InterruptController("local-apic", new AddressRange(0xfee0_0000L, 0xfeef_ffffL), -1, Attributes.EMPTY);
            case ARM -> translationService(0x0809_0040L);
            case S390 -> translationService(0x40_0809_0040L);
        };
    }

    private static InterruptController translationService(long doorbell) {
        return new InterruptController("gicv3-its", AddressRange.ofSize(doorbell, Integer.BYTES), -1, Attributes.EMPTY);
    }
}
