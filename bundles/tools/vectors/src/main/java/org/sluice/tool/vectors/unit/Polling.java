// SPDX-License-Identifier: Apache-2.0
package org.sluice.tool.vectors.unit;

import java.util.function.BooleanSupplier;

import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;

/** Waits for hardware, with an end. Stateless. */
final class Polling {
    private static final long DEADLINE_NANOS = 5_000_000_000L;

    private Polling() {
    }

    static void until(BooleanSupplier done, String failure) {
        long start = System.nanoTime();
        while (!done.getAsBoolean()) {
            if (System.nanoTime() - start > DEADLINE_NANOS) {
                throw new IommuException(Reason.IO, "the unit does not answer: " + failure);
            }
            Thread.onSpinWait();
        }
    }
}
