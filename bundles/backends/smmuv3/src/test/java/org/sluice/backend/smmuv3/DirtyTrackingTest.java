// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3;

import org.sluice.testkit.backend.BackendRig;
import org.sluice.testkit.backend.DirtyTrackingConformance;

/** Dirty state that a unit keeps in stage-1 entries. */
public class DirtyTrackingTest extends DirtyTrackingConformance {
    @Override
    protected BackendRig newRig() {
        return MadeUpMachine.rig(MadeUpMachine.IDR0 | MadeUpMachine.HTTU, MadeUpMachine.IDR1, MadeUpMachine.IDR3, MadeUpMachine.IDR5);
    }
}
