// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.register;

import java.util.function.BooleanSupplier;

import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;

/** How a driver waits for hardware: asking again and again, but not for ever. */
public final class Polling {
    /** Hardware answers within microseconds, a machine reached over a socket within milliseconds. */
    private static final long DEADLINE_NANOS = 1_000_000_000L;

    private Polling() {
    }

    /**
     * Waits until {@code done}.
     *
     * @param failure who did not do what, for the message: {@code unit dmar0 did not complete an invalidation}
     * @throws IommuException {@code IO} if it takes too long
     */
    public static void await(BooleanSupplier done, String failure) {
        if (done.getAsBoolean()) {
            return; // a modelled unit is done when the register write returns; asking for the time would cost more than it took
        }
        long start = System.nanoTime();
        while (!done.getAsBoolean()) {
            if (System.nanoTime() - start > DEADLINE_NANOS) {
                throw new IommuException(Reason.IO, failure + " within " + DEADLINE_NANOS / 1_000_000 + " ms");
            }
            Thread.onSpinWait();
        }
    }
}
