// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.internal;

import java.util.List;

import org.sluice.api.InterruptMessage;
import org.sluice.api.Machine;
import org.sluice.api.dma.DmaPort;
import org.sluice.api.dma.DmaService;
import org.sluice.api.space.InterruptService;
import org.sluice.machine.DeviceId;
import org.sluice.vfio.device.DeviceWays;

/** How a device of an open machine reaches memory and processors. */
record MachineWays(Machine machine, DmaService dma, InterruptService interrupts, boolean allowUnisolated) implements DeviceWays {
    @Override
    public DmaPort port(DeviceId device, int pasid) {
        return Refusals.translate(() -> dma.port(machine, device, pasid));
    }

    @Override
    public List<InterruptMessage> enable(DeviceId device, int count, InterruptService.Listener listener) {
        return Refusals.translate(() -> interrupts.enable(machine, device, count, allowUnisolated, listener));
    }

    @Override
    public void disable(DeviceId device) {
        Refusals.run(() -> interrupts.disable(machine, device));
    }
}
