// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3;

import static org.sluice.backend.smmuv3.MadeUpMachine.HTTU;
import static org.sluice.backend.smmuv3.MadeUpMachine.IDR0;
import static org.sluice.backend.smmuv3.MadeUpMachine.IDR1;
import static org.sluice.backend.smmuv3.MadeUpMachine.IDR3;
import static org.sluice.backend.smmuv3.MadeUpMachine.IDR5;

import org.sluice.testkit.backend.BackendRig;
import org.sluice.testkit.backend.DriverMeetsModel;

/** As {@link DriverAndUnitTest}, where hardware keeps access flags and dirty state, with SubstreamIDs. */
public class DriverAndDirtyUnitTest extends DriverMeetsModel {
    @Override
    protected BackendRig newRig() {
        return MadeUpMachine.rig(IDR0 | HTTU | 1 << 19, IDR1 | 10 << 6, IDR3, IDR5);
    }
}
