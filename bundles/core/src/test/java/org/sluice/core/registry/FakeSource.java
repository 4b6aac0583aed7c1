// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.registry;

import java.util.List;
import java.util.Map;

import org.sluice.api.Progress;
import org.sluice.machine.AddressRange;
import org.sluice.machine.Attributes;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.MachineDescription.DeviceDescription;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.RegisterImage;
import org.sluice.machine.RegisterPort;
import org.sluice.spi.MachineSource;

/** Opens {@code fake:NAME}: a machine with the units and devices given. */
public final class FakeSource implements MachineSource {
    private final List<UnitDescription> units;
    private final List<DeviceDescription> devices;
    private int open;

    public FakeSource(List<String> unitNames, DeviceDescription... devices) {
        this.units = unitNames.stream().map(n -> new UnitDescription(n, FakeBackend.TYPE, -1, Attributes.EMPTY)).toList();
        this.devices = List.of(devices);
    }

    public int open() {
        return open;
    }

    @Override
    public String description() {
        return "fake:NAME";
    }

    @Override
    public boolean accepts(String origin) {
        return origin.startsWith("fake:");
    }

    @Override
    public OpenedMachine open(String origin, Progress progress) {
        open++;
        MachineDescription description = new MachineDescription(origin.substring(5), null, List.of(), units, devices, List.of(),
                List.of(), List.of(), Attributes.EMPTY);
        PhysicalMemory memory = PhysicalMemory.allocate(new AddressRange(0, 0xfff));
        return new OpenedMachine() {
            @Override
            public MachineDescription description() {
                return description;
            }

            @Override
            public PhysicalMemory memory() {
                return memory;
            }

            @Override
            public RegisterPort registers(UnitDescription unit) {
                return new RegisterImage(unit.name(), Map.of());
            }

            @Override
            public void close() {
                open--;
            }
        };
    }
}
