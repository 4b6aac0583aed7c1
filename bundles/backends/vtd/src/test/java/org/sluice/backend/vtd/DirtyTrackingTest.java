// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.vtd;

import static org.junit.Assert.assertFalse;

import org.junit.Test;
import org.junit.runner.RunWith;
import org.junit.runners.Parameterized;
import org.junit.runners.Parameterized.Parameters;
import org.sluice.api.Capabilities.Feature;
import org.sluice.backend.vtd.driver.DriverMode;
import org.sluice.spi.UnitDriver.DomainSpec;
import org.sluice.testkit.backend.BackendRig;
import org.sluice.testkit.backend.DirtyTrackingConformance;

/** Dirty bits of either stage; legacy tables, and units without SSADS, have none. */
@RunWith(Parameterized.class)
public class DirtyTrackingTest extends DirtyTrackingConformance {
    /** ECAP.SSADS. */
    private static final long SSADS = 1L << 45;

    @Parameters(name = "{0}")
    public static Object[] modes() {
        return new Object[] {DriverMode.SCALABLE_SECOND_STAGE, DriverMode.SCALABLE_FIRST_STAGE};
    }

    private final DriverMode mode;

    public DirtyTrackingTest(DriverMode mode) {
        this.mode = mode;
    }

    @Override
    protected BackendRig newRig() {
        return new DrivenAs(mode).rig(null, SSADS);
    }

    @Test
    public void unitsWithoutDirtyBitsSaySo() {
        assertTracksNothing(new PoweredUnit(DriverMode.LEGACY, 0, SSADS));
        assertTracksNothing(new PoweredUnit(DriverMode.SCALABLE_SECOND_STAGE, 0, 0));
    }

    private static void assertTracksNothing(PoweredUnit unit) {
        assertFalse(unit.driver.capabilities().features().contains(Feature.DIRTY_TRACKING));
        assertFalse(unit.driver.createTable(new DomainSpec(1, 39, 1 << 12)).trackDirty(true));
    }
}
