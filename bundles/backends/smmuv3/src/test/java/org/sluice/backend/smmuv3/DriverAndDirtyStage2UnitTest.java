// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3;

import static org.sluice.backend.smmuv3.MadeUpMachine.HTTU;
import static org.sluice.backend.smmuv3.MadeUpMachine.IDR0;
import static org.sluice.backend.smmuv3.MadeUpMachine.IDR1;
import static org.sluice.backend.smmuv3.MadeUpMachine.IDR3;

import org.sluice.testkit.backend.BackendRig;
import org.sluice.testkit.backend.DriverMeetsModel;

/** Stage 2 only, dirty state by hardware, 40-bit addresses: two concatenated tables at the start level. */
public class DriverAndDirtyStage2UnitTest extends DriverMeetsModel {
    @Override
    protected BackendRig newRig() {
        return MadeUpMachine.rig(IDR0 & ~2 | HTTU, IDR1, IDR3, 2 | 1 << 4);
    }
}
