// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3;

import org.sluice.api.TranslationStep;
import org.sluice.machine.WriteObserver;
import org.sluice.testkit.backend.BackendRig;
import org.sluice.testkit.backend.WriteOrderConformance;

/** What a unit with empty caches sees between two writes of the driver; a valid entry never turns into another in one step. */
public class WriteOrderTest extends WriteOrderConformance {
    private static final long VALID = 1;
    private static final long TYPE = 3;
    private static final long BLOCK = 1;
    /** Address bits of a 4K descriptor. */
    private static final long ADDRESS = 0xffff_ffff_f000L;

    @Override
    protected BackendRig newRig(WriteObserver observer) {
        return MadeUpMachine.rig(observer, MadeUpMachine.IDR0, MadeUpMachine.IDR1, MadeUpMachine.IDR3, MadeUpMachine.IDR5);
    }

    /** DDI 0487, break-before-make: with IDR3.BBML = 2 a block may become a table and the other way round, and nothing else may change its address. */
    @Override
    protected boolean mayReplace(TranslationStep entry, long before, long after) {
        boolean descriptor = entry.structure().startsWith("table-") || entry.structure().startsWith("stage-");
        if (!descriptor || (before & VALID) == 0 || (after & VALID) == 0) {
            return true;
        }
        boolean blockAndTable = ((before & TYPE) == BLOCK) != ((after & TYPE) == BLOCK);
        return blockAndTable || ((before ^ after) & ADDRESS) == 0;
    }
}
