// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.riscv.inspect;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

import org.sluice.backend.riscv.lookup.DeviceLookup;
import org.sluice.backend.riscv.lookup.UnitState;
import org.sluice.machine.DeviceId;
import org.sluice.machine.MachineDescription.DeviceDescription;
import org.sluice.machine.PhysicalMemory;
import org.sluice.spi.UnitContext;

/**
 * The unit that an inspector looks at: its registers as they were when the inspector was made, and which requester has which device
 * id. A PCI function's id is its requester id with the low 8 bits of its segment above, unless the description says otherwise; a bare
 * device id is written as a stream id is.
 */
record Subject(UnitContext context, UnitState state, DeviceLookup lookup, Map<DeviceId, Long> ids, TreeMap<Long, DeviceId> devices) {
    private static final int ID_MASK = 0xff_ffff;

    static Subject of(UnitContext context) {
        UnitState state = UnitState.read(context.registers());
        Map<DeviceId, Long> ids = new HashMap<>();
        TreeMap<Long, DeviceId> devices = new TreeMap<>();
        for (DeviceDescription device : context.machine().devices()) {
            boolean here = device.unit() == null ? !device.unitStated() : device.unit().equals(context.unit().name());
            long id = device.requesterId() >= 0 ? device.requesterId() : device.device().value() & ID_MASK;
            if (here) {
                ids.put(device.device(), id);
                devices.putIfAbsent(id, device.device());
            }
        }
        return new Subject(context, state, new DeviceLookup(context.memory(), state), ids, devices);
    }

    PhysicalMemory memory() {
        return context.memory();
    }

    String unit() {
        return context.unit().name();
    }

    long id(DeviceId device) {
        return ids.getOrDefault(device, device.isPci() ? device.value() & ID_MASK : device.value());
    }

    DeviceId device(long id) {
        return devices.getOrDefault(id, DeviceId.stream(id));
    }
}
