// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.virtio;

import org.sluice.api.Access;
import org.sluice.machine.WriteObserver;
import org.sluice.testkit.backend.BackendRig;
import org.sluice.testkit.backend.WriteOrderConformance;

/** What the device answers between two writes of the driver or its own. Mappings are inside the device, which caches nothing else. */
public class RequestOrderTest extends WriteOrderConformance {
    @Override
    protected BackendRig newRig(WriteObserver observer) {
        return DriverAndDeviceTest.rig(new VirtioBackend("1"), observer);
    }

    @Override
    protected long look(int device, long iova, Access access) {
        return askModel(device, iova, access);
    }

    /** A mapping is taken away as a whole, and the rest mapped again. */
    @Override
    protected boolean splitsWithoutBlocking() {
        return false;
    }
}
