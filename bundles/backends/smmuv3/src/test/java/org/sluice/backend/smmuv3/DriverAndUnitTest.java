// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3;

import static org.sluice.backend.smmuv3.MadeUpMachine.IDR0;
import static org.sluice.backend.smmuv3.MadeUpMachine.IDR1;
import static org.sluice.backend.smmuv3.MadeUpMachine.IDR3;
import static org.sluice.backend.smmuv3.MadeUpMachine.IDR5;

import org.sluice.testkit.backend.BackendRig;
import org.sluice.testkit.backend.DriverMeetsModel;

/** The driver and a unit as QEMU has it, which meet in memory and registers only: stage 1, 4K, two-level stream table. */
public class DriverAndUnitTest extends DriverMeetsModel {
    @Override
    protected BackendRig newRig() {
        return MadeUpMachine.rig(IDR0, IDR1, IDR3, IDR5);
    }
}
