// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd;

import org.junit.runner.RunWith;
import org.junit.runners.Parameterized;
import org.junit.runners.Parameterized.Parameters;
import org.sluice.backend.vtd.driver.DriverMode;
import org.sluice.machine.WriteObserver;
import org.sluice.testkit.backend.BackendRig;
import org.sluice.testkit.backend.WriteOrderConformance;

/** What a unit with empty caches sees between two writes of the driver, with tables of each kind. */
@RunWith(Parameterized.class)
public class WriteOrderTest extends WriteOrderConformance {
    @Parameters(name = "{0}")
    public static Object[] modes() {
        return DriverMode.values();
    }

    private final DriverMode mode;

    public WriteOrderTest(DriverMode mode) {
        this.mode = mode;
    }

    @Override
    protected BackendRig newRig(WriteObserver observer) {
        return new DrivenAs(mode).rig(observer);
    }
}
