// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi.inspect;

import java.util.HashMap;
import java.util.Map;

import org.sluice.backend.amdvi.lookup.ConfigurationLookup;
import org.sluice.backend.amdvi.lookup.InterruptLookup;
import org.sluice.backend.amdvi.lookup.UnitFirmware;
import org.sluice.backend.amdvi.lookup.UnitState;
import org.sluice.machine.DeviceId;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.MachineDescription.DeviceDescription;
import org.sluice.machine.PhysicalMemory;
import org.sluice.spi.UnitContext;

/**
 * The unit that an inspector looks at: its registers as they were when the inspector was made, and the look-ups over them.
 *
 * @param described DeviceIDs that the machine's description gives, by device
 */
record Subject(UnitContext context, UnitState state, UnitFirmware firmware, Map<DeviceId, Integer> described, ConfigurationLookup lookup,
        InterruptLookup interrupts) {
    private static final long MAX_DEVICE_ID = 0xffff;

    static Subject of(UnitContext context) {
        UnitFirmware firmware = UnitFirmware.of(context.machine(), context.unit());
        UnitState state = UnitState.read(context.registers(), firmware.features());
        ConfigurationLookup lookup = new ConfigurationLookup(context.memory(), state);
        Map<DeviceId, Integer> described = new HashMap<>();
        for (DeviceDescription device : context.machine().devices()) {
            if (device.requesterId() >= 0 && device.requesterId() <= MAX_DEVICE_ID) {
                described.putIfAbsent(device.device(), (int) device.requesterId());
            }
        }
        return new Subject(context, state, firmware, described, lookup, new InterruptLookup(context.memory(), lookup));
    }

    PhysicalMemory memory() {
        return context.memory();
    }

    MachineDescription machine() {
        return context.machine();
    }

    String unit() {
        return context.unit().name();
    }

    /** The id under which the unit sees a requester, or -1 if it has none: what the machine's description says, else bus and function. */
    int deviceId(DeviceId device) {
        Integer known = described.get(device);
        return known != null ? known : device.isPci() ? device.requesterId() : -1;
    }

    DeviceId device(int deviceId) {
        return DeviceId.ofRequester(firmware.segment(), deviceId);
    }
}
