// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.iommufd;

import java.util.HashMap;
import java.util.Map;

import org.sluice.vfio.Errno;
import org.sluice.vfio.VfioException;
import org.sluice.vfio.port.ViommuPort;

/** A unit that a virtual machine sees, over a parent table. */
final class ViommuObject extends IommufdObject {
    final PagingHwpt parent;
    final DeviceObject maker;
    final Map<Long, VdeviceObject> devices = new HashMap<>();
    final Map<Integer, EventQueue> events = new HashMap<>();
    private ViommuPort.Viommu driver;
    private int mapped;

    ViommuObject(PagingHwpt parent, DeviceObject maker) {
        super(parent.context);
        this.parent = parent;
        this.maker = maker;
    }

    void setDriver(ViommuPort.Viommu newDriver) {
        driver = newDriver;
    }

    ViommuPort.Viommu driver() {
        return driver;
    }

    /** The user maps the page, or lets go of it. */
    void countMapped(int change) {
        mapped += change;
    }

    @Override
    void checkUnused() {
        super.checkUnused();
        if (mapped > 0) {
            throw new VfioException(Errno.EBUSY, "the page of " + this + " is mapped");
        }
    }

    /** An event goes to the queue of its type; without one nobody wants it. */
    void event(int type, byte[] data) {
        context.run(() -> {
            EventQueue queue = events.get(type);
            if (queue != null) {
                queue.add(data);
            }
        });
    }

    @Override
    void release() {
        driver.release();
        parent.unuse();
    }

    @Override
    String state() {
        return this + " over " + parent + " users " + users() + " devices " + devices + " events " + events;
    }
}
