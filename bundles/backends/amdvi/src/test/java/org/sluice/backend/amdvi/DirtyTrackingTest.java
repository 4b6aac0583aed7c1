// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi;

import org.sluice.testkit.backend.BackendRig;
import org.sluice.testkit.backend.DirtyTrackingConformance;

/** Dirty bits of host tables, by DTE.HAD. */
public class DirtyTrackingTest extends DirtyTrackingConformance {
    @Override
    protected BackendRig newRig() {
        return DriverAndUnitTest.rig(null);
    }
}
