// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3;

import org.sluice.testkit.backend.BackendRig;
import org.sluice.testkit.backend.DirtyTrackingConformance;

/** The same in stage-2 entries, where the bit has the opposite sense. */
public class Stage2DirtyTrackingTest extends DirtyTrackingConformance {
    @Override
    protected BackendRig newRig() {
        return MadeUpMachine.rig(MadeUpMachine.IDR0 & ~2 | MadeUpMachine.HTTU, MadeUpMachine.IDR1, MadeUpMachine.IDR3, MadeUpMachine.IDR5);
    }
}
