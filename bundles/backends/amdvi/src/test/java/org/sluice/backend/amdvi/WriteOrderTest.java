// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi;

import org.sluice.machine.WriteObserver;
import org.sluice.testkit.backend.BackendRig;
import org.sluice.testkit.backend.WriteOrderConformance;

/** What a unit with empty caches sees between two writes of the driver. */
public class WriteOrderTest extends WriteOrderConformance {
    @Override
    protected BackendRig newRig(WriteObserver observer) {
        return DriverAndUnitTest.rig(observer);
    }
}
