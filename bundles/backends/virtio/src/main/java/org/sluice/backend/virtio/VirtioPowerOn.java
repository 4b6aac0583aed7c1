// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.virtio;

import java.util.List;
import java.util.Map;
import java.util.Objects;

import org.sluice.backend.virtio.layout.ConfigSpace;
import org.sluice.backend.virtio.layout.Virtio;
import org.sluice.backend.virtio.state.DeviceConfig;
import org.sluice.backend.virtio.state.DeviceState;
import org.sluice.backend.virtio.state.DeviceState.Limits;
import org.sluice.backend.virtio.state.Endpoint;
import org.sluice.backend.virtio.state.StateDescription;
import org.sluice.machine.AddressRange;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.MachineDescription.DeviceDescription;
import org.sluice.machine.MachineDescription.InterruptController;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.spi.Backend.PowerOn;

/**
 * A device that has served no request: all features, 4 KiB pages, 48 bits of input, every requester of the machine an endpoint that is
 * attached to nothing. Doorbells of the machine are told as message windows in 64 KiB, as QEMU does it.
 */
final class VirtioPowerOn {
    private static final String NAME = "virtio-iommu0";
    private static final long WINDOW = 0xffff;

    private VirtioPowerOn() {
    }

    static PowerOn of(MachineDescription machine) {
        long features = ConfigSpace.VERSION_1.put(1) | ConfigSpace.INPUT_RANGE.put(1) | ConfigSpace.DOMAIN_RANGE.put(1) | ConfigSpace.MAP_UNMAP.put(1)
                | ConfigSpace.PROBE.put(1) | ConfigSpace.MMIO.put(1) | ConfigSpace.BYPASS_CONFIG.put(1);
        DeviceState state = new DeviceState(new DeviceConfig(features, -4096L, new AddressRange(0, (1L << 48) - 1),
                new AddressRange(0, 0xffff_ffffL), 512L, 0L), Limits.NONE);
        List<Endpoint.Region> windows = machine.interruptControllers().stream().map(InterruptController::doorbell).filter(Objects::nonNull)
                .map(doorbell -> new Endpoint.Region(new AddressRange(doorbell.start() & ~WINDOW, doorbell.last() | WINDOW), true)).toList();
        for (DeviceDescription device : machine.devices()) {
            if (device.requesterId() >= 0) {
                state.add(new Endpoint(device.requesterId(), device.device(), windows));
            }
        }
        return new PowerOn(new UnitDescription(NAME, Virtio.UNIT_TYPE, -1, StateDescription.of(state)), Map.of());
    }
}
