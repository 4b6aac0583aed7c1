// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3;

import static org.sluice.backend.smmuv3.MadeUpMachine.IDR0;
import static org.sluice.backend.smmuv3.MadeUpMachine.IDR1;
import static org.sluice.backend.smmuv3.MadeUpMachine.IDR3;
import static org.sluice.backend.smmuv3.MadeUpMachine.IDR5;

import org.sluice.testkit.backend.BackendRig;
import org.sluice.testkit.backend.DriverMeetsModel;

/** A unit with stage 2 only: tables of intermediate addresses, invalidated by VMID. */
public class DriverAndStage2UnitTest extends DriverMeetsModel {
    @Override
    protected BackendRig newRig() {
        return MadeUpMachine.rig(IDR0 & ~2, IDR1, IDR3, IDR5);
    }
}
