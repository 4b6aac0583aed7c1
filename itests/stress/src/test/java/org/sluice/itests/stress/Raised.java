// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.stress;

import static org.junit.Assert.assertEquals;

import java.util.concurrent.atomic.AtomicLong;

import org.sluice.api.InterruptMessage;
import org.sluice.api.space.InterruptService.Listener;

/** Counts the interrupts of a device behind a unit that nobody swaps. */
final class Raised implements Listener {
    private final AtomicLong count = new AtomicLong();
    /** What a listener throws goes to the log and would fail no test. */
    private final AtomicLong programmed = new AtomicLong();

    @Override
    public void interrupt(int index) {
        count.incrementAndGet();
    }

    @Override
    public void reprogram(int index, InterruptMessage changed) {
        programmed.incrementAndGet();
    }

    long get() {
        assertEquals("nothing was swapped", 0, programmed.get());
        return count.get();
    }
}
