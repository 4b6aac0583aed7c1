// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi;

import org.sluice.testkit.backend.BackendRig;
import org.sluice.testkit.backend.DriverMeetsModel;

/** The driver on a unit without guest tables: no PASIDs, so host tables may cover all 64 bits. */
public class WideTablesTest extends DriverMeetsModel {
    private static final int GUEST_TABLES = 1 << 4;

    @Override
    protected BackendRig newRig() {
        return DriverAndUnitTest.rig(null, GUEST_TABLES);
    }
}
