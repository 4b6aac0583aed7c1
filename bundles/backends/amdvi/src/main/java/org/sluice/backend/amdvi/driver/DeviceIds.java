// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi.driver;

import java.util.HashMap;
import java.util.Map;

import org.sluice.backend.amdvi.layout.AmdVi;
import org.sluice.backend.amdvi.lookup.UnitFirmware;
import org.sluice.machine.DeviceId;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;
import org.sluice.machine.MachineDescription.DeviceDescription;
import org.sluice.spi.UnitContext;

/** Under which ids the unit sees a device: what the machine's description says, else bus and function; and the alias that IVRS names. */
record DeviceIds(UnitFirmware firmware, Map<DeviceId, Integer> described) {
    static DeviceIds of(UnitContext unit, UnitFirmware firmware) {
        Map<DeviceId, Integer> described = new HashMap<>();
        for (DeviceDescription device : unit.machine().devices()) {
            if (device.requesterId() >= 0 && device.requesterId() <= AmdVi.MAX_DEVICE_ID) {
                described.putIfAbsent(device.device(), (int) device.requesterId());
            }
        }
        return new DeviceIds(firmware, described);
    }

    /** Its own id, and behind it the alias under which its requests may arrive, if there is one. */
    int[] of(DeviceId device) {
        Integer known = described.get(device);
        if (known == null && (!device.isPci() || device.segment() != firmware.segment())) {
            throw new IommuException(Reason.UNKNOWN_DEVICE, device + " is not a PCI function of segment " + firmware.segment());
        }
        int id = known != null ? known : device.requesterId();
        Integer alias = firmware.aliases().get(id);
        return alias == null ? new int[] {id} : new int[] {id, alias};
    }
}
