// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.synthetic;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.osgi.service.component.annotations.Component;
import org.sluice.api.Progress;
import org.sluice.machine.AddressRange;
import org.sluice.machine.Attributes;
import org.sluice.machine.Hex;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.MachineDescription.DeviceDescription;
import org.sluice.machine.MachineDescription.GroupDescription;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.spi.MachineSource;

/**
 * Makes machines up: {@code synthetic:BACKEND} has 256 MiB of RAM, a NIC-like device at 0000:00:03.0 and a DMA engine at
 * 0000:00:04.0, both under one unit of the type that BACKEND reads, in the state it has after reset: no tables, nothing
 * enabled. Each opening makes a new machine. Thread-safe, stateless.
 */
@Component
public final class SyntheticSource implements MachineSource {
    private static final String SCHEME = "synthetic:";
    /** Where no machine here has memory or registers, and every unit can address it. */
    private static final long TABLES_START = 0x10_0000_0000L;

    @Override
    public String description() {
        return "synthetic: " + SCHEME + "BACKEND, a made-up machine with RAM, a NIC-like device and a DMA engine (synthetic:vtd,ram=4G,tables=2G for other sizes)";
    }

    @Override
    public boolean accepts(String origin) {
        return origin.startsWith(SCHEME);
    }

    /** @throws IommuException {@code NOT_FOUND} for a backend that no machine is made for */
    @Override
    public OpenedMachine open(String origin, Progress progress) {
        Order order = Order.parse(origin.substring(SCHEME.length()));
        String backend = order.backend();
        Kind kind = Kind.ofBackend(backend).orElseThrow(() -> new IommuException(Reason.NOT_FOUND,
                "there is no synthetic machine for '" + backend.replaceAll("\\p{Cntrl}", " ") + "'; write " + SCHEME + "BACKEND with one of " + Kind.backends()));
        AddressRange ram = AddressRange.ofSize(kind.ramStart(), order.ramBytes());
        UnitDescription unit = kind.unit(order.ramBytes());
        AddressRange tables = AddressRange.ofSize(TABLES_START, order.tableBytes());
        return new SyntheticMachine(description(kind, ram, unit), LazyMemory.of(List.of(ram, tables)), kind.registers().image(unit.name()), tables);
    }

    private static MachineDescription description(Kind kind, AddressRange ram, UnitDescription unit) {
        List<DeviceDescription> devices = new ArrayList<>();
        List<GroupDescription> groups = new ArrayList<>();
        for (Kind.Device device : Kind.DEVICES) {
            Map<String, Object> attributes = new LinkedHashMap<>();
            attributes.put("device", device.id().toString());
            attributes.put(kind.idKey(), Hex.of(device.requesterId()));
            attributes.put("class", Hex.of(device.classCode()));
            int group = groups.size();
            devices.add(new DeviceDescription(device.id(), device.requesterId(), unit.name(), true, null, group, new Attributes(attributes)));
            groups.add(new GroupDescription(group, null, List.of(device.id()), List.of()));
        }
        return new MachineDescription("synthetic-" + kind.backend(), kind.architecture(), List.of(ram), List.of(unit), devices, groups,
                List.of(kind.interruptController()), List.of(), new Attributes(Map.of("source", "synthetic")));
    }
}
