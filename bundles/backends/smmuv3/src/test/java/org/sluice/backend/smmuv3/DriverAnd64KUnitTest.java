// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3;

import static org.sluice.backend.smmuv3.MadeUpMachine.IDR0;
import static org.sluice.backend.smmuv3.MadeUpMachine.IDR1;
import static org.sluice.backend.smmuv3.MadeUpMachine.IDR3;

import org.sluice.testkit.backend.BackendRig;
import org.sluice.testkit.backend.DriverMeetsModel;

/** A unit that has pages of 64 KiB only, stage 2. */
public class DriverAnd64KUnitTest extends DriverMeetsModel {
    @Override
    protected BackendRig newRig() {
        return MadeUpMachine.rig(IDR0 & ~2, IDR1, IDR3, 5 | 4 << 4);
    }
}
