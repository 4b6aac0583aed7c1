// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.dma;

import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.sluice.api.Machine;
import org.sluice.api.dma.DmaPort;
import org.sluice.api.dma.DmaService;
import org.sluice.core.interrupt.InterruptPipeline;
import org.sluice.core.registry.OpenMachine;
import org.sluice.core.registry.UnitSlot;
import org.sluice.machine.DeviceId;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;

/** Hands out ports: what is slow about an access is found once. */
@Component
public final class DmaPorts implements DmaService {
    private final InterruptPipeline interrupts;

    @Activate
    public DmaPorts(@Reference InterruptPipeline interrupts) {
        this.interrupts = interrupts;
    }

    @Override
    public DmaPort port(Machine machine, DeviceId device, int pasid) {
        OpenMachine open = OpenMachine.of(machine);
        UnitSlot slot = open.slotOf(device).orElseThrow(() -> new IommuException(Reason.UNSUPPORTED,
                "no IOMMU serves " + device + ": there is nothing to translate its DMA"));
        int requester = open.requesterId(device);
        open.lock().lock();
        try {
            slot.demand();
        } finally {
            open.lock().unlock();
        }
        return new Port(slot, device, requester, pasid, open.memory(), interrupts.of(open), interrupts.spaces(open));
    }
}
