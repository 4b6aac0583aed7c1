// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.iommufd;

import org.sluice.vfio.Errno;
import org.sluice.vfio.VfioException;

/** A device as a virtual unit knows it. It ends with the device at the latest. */
final class VdeviceObject extends IommufdObject {
    final ViommuObject viommu;
    private final DeviceObject device;
    private final long virtualId;

    VdeviceObject(ViommuObject viommu, DeviceObject device, long virtualId) {
        super(viommu.context);
        this.viommu = viommu;
        this.device = device;
        this.virtualId = virtualId;
    }

    @Override
    void checkUnused() {
        super.checkUnused();
        if (device.attached.values().stream().anyMatch(hwpt -> hwpt instanceof NestedHwpt && ((NestedHwpt) hwpt).viommu == viommu)) {
            throw new VfioException(Errno.EBUSY, device + " is attached to a table of " + viommu);
        }
    }

    @Override
    void release() {
        viommu.driver().removeDevice(device.device);
        viommu.devices.remove(virtualId);
        device.vdevice = null;
        viommu.unuse();
    }

    @Override
    String state() {
        return this + " " + device + " is 0x" + Long.toHexString(virtualId) + " of " + viommu;
    }
}
