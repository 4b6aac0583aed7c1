// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.qemu;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;

/** Asks again until it is so, up to a deadline. */
final class Await {
    private static final long STEP_NANOS = 20_000_000;

    private Await() {
    }

    static void until(String what, Duration patience, Callable<Boolean> condition) throws Exception {
        long end = System.nanoTime() + patience.toNanos();
        while (!condition.call()) {
            if (System.nanoTime() - end > 0) {
                throw new AssertionError("not within " + patience + ": " + what);
            }
            LockSupport.parkNanos(STEP_NANOS);
        }
    }
}
