// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3;

import org.sluice.machine.WriteObserver;
import org.sluice.testkit.backend.BackendRig;

/** The same for a unit with stage 2 only, whose hardware keeps dirty state: stream table entries there differ in several words. */
public class Stage2WriteOrderTest extends WriteOrderTest {
    @Override
    protected BackendRig newRig(WriteObserver observer) {
        return MadeUpMachine.rig(observer, MadeUpMachine.IDR0 & ~2 | MadeUpMachine.HTTU, MadeUpMachine.IDR1, MadeUpMachine.IDR3, MadeUpMachine.IDR5);
    }
}
