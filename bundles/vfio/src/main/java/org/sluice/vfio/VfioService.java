// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio;

import java.util.List;

import org.osgi.annotation.versioning.ProviderType;
import org.sluice.api.Machine;
import org.sluice.machine.DeviceId;
import org.sluice.vfio.device.DeviceModel;
import org.sluice.vfio.device.VfioDevice;
import org.sluice.vfio.iommufd.IommufdContext;
import org.sluice.vfio.type1.Type1Container;

/** Hands out contexts, containers and devices over the units of open machines. Thread-safe. Whoever opens closes. */
@ProviderType
public interface VfioService {
    /** A context whose tables are address spaces of the platform. */
    IommufdContext open(Machine machine);

    /** The older interface: a container on a context of its own, which closes with it. */
    Type1Container openContainer(Machine machine);

    /**
     * Binds a device and makes it usable from regions to interrupts.
     *
     * @param model what answers behind its regions
     * @param allowUnisolated also if it could raise interrupts of others (RIV-04)
     */
    VfioDevice openDevice(IommufdContext context, Machine machine, DeviceId device, DeviceModel model, boolean allowUnisolated);

    /** Contexts that are open on a machine, oldest first. */
    List<IommufdContext> contexts(Machine machine);
}
