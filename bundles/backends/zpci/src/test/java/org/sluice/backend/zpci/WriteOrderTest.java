// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci;

import org.junit.runner.RunWith;
import org.junit.runners.Parameterized;
import org.junit.runners.Parameterized.Parameters;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.WriteObserver;
import org.sluice.testkit.backend.BackendRig;
import org.sluice.testkit.backend.WriteOrderConformance;

/** What a unit that has cached nothing sees between two writes of the driver, with and without larger frames. */
@RunWith(Parameterized.class)
public class WriteOrderTest extends WriteOrderConformance {
    @Parameters(name = "frames {0}")
    public static Object[] frames() {
        return new Object[] {true, false};
    }

    private final boolean frames;

    public WriteOrderTest(boolean frames) {
        this.frames = frames;
    }

    @Override
    protected BackendRig newRig(WriteObserver observer) {
        Functions functions = Functions.two().group("frames", frames);
        return BackendRig.stoppingAtFaults(new ZpciBackend("test"), functions.machine(),
                PhysicalMemory.allocate(observer, Functions.RAM), Functions.TABLES);
    }
}
