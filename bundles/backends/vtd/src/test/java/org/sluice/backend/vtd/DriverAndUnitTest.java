// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd;

import org.junit.runner.RunWith;
import org.junit.runners.Parameterized;
import org.junit.runners.Parameterized.Parameters;
import org.sluice.backend.vtd.driver.DriverMode;
import org.sluice.testkit.backend.BackendRig;
import org.sluice.testkit.backend.DriverMeetsModel;

/** The driver, with tables of each kind, and the unit: they meet in memory and registers only. */
@RunWith(Parameterized.class)
public class DriverAndUnitTest extends DriverMeetsModel {
    @Parameters(name = "{0}")
    public static Object[] modes() {
        return DriverMode.values();
    }

    private final DriverMode mode;

    public DriverAndUnitTest(DriverMode mode) {
        this.mode = mode;
    }

    @Override
    protected BackendRig newRig() {
        return new DrivenAs(mode).rig(null);
    }
}
