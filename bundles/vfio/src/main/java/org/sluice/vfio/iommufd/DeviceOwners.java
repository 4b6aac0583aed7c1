// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.iommufd;

import java.util.HashSet;
import java.util.Set;

import org.sluice.machine.DeviceId;
import org.sluice.vfio.Errno;
import org.sluice.vfio.VfioException;

/** Which devices of a machine are in whose hands: one context each. Thread-safe. */
public final class DeviceOwners {
    private final Set<DeviceId> owned = new HashSet<>();

    synchronized void claim(DeviceId device) {
        if (!owned.add(device)) {
            throw new VfioException(Errno.EBUSY, device + " is bound already");
        }
    }

    synchronized void release(DeviceId device) {
        owned.remove(device);
    }

    /** Devices that are bound. */
    public synchronized Set<DeviceId> owned() {
        return Set.copyOf(owned);
    }
}
