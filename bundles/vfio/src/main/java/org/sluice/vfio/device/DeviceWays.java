// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.device;

import java.util.List;

import org.osgi.annotation.versioning.ConsumerType;
import org.sluice.api.InterruptMessage;
import org.sluice.api.dma.DmaPort;
import org.sluice.api.space.InterruptService;
import org.sluice.machine.DeviceId;

/** How devices reach memory and processors. */
@ConsumerType
public interface DeviceWays {
    DmaPort port(DeviceId device, int pasid);

    /** Vectors raise interrupts at the listener; what each must be programmed with. */
    List<InterruptMessage> enable(DeviceId device, int count, InterruptService.Listener listener);

    void disable(DeviceId device);
}
