// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.stress;

import java.util.concurrent.atomic.AtomicLong;

import org.sluice.api.InterruptMessage;
import org.sluice.api.space.InterruptService.Listener;

/** Counts the interrupts of a device behind a unit that nobody swaps. */
final class Raised implements Listener {
    private final AtomicLong count = new AtomicLong();

    @Override
    public void interrupt(int index) {
        count.incrementAndGet();
    }

    @Override
    public void reprogram(int index, InterruptMessage changed) {
        throw new AssertionError("nothing was swapped");
    }

    long get() {
        return count.get();
    }
}
