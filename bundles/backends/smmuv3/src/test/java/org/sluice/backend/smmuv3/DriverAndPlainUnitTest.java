// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3;

import static org.sluice.backend.smmuv3.MadeUpMachine.IDR0;
import static org.sluice.backend.smmuv3.MadeUpMachine.IDR5;

import org.sluice.testkit.backend.BackendRig;
import org.sluice.testkit.backend.DriverMeetsModel;

/** A unit with little: a linear stream table, 8-bit ids, no range invalidation, no change of page sizes in one step, queues of 8. */
public class DriverAndPlainUnitTest extends DriverMeetsModel {
    @Override
    protected BackendRig newRig() {
        return MadeUpMachine.rig(IDR0 & ~(1 << 27 | 1 << 12 | 1 << 18), 9 | 3 << 16 | 3 << 21, 0, IDR5);
    }
}
