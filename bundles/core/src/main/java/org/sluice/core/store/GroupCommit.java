// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.store;

import java.io.IOException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/**
 * One write to the disk for all who wait at the same time: the first leads, and whoever comes meanwhile waits, all for the next one together.
 * They are woken at once; handed on from one to the next, as a monitor does it, waiting for each other would take longer than the disk. Interruptions are left for later.
 */
final class GroupCommit {
    private final AtomicBoolean led = new AtomicBoolean();
    private final ConcurrentLinkedQueue<Thread> waiting = new ConcurrentLinkedQueue<>();
    /** Up to where everything is on the disk. */
    private volatile long durable;

    /** Brings more onto the disk. */
    @FunctionalInterface
    interface Work {
        /**
         * @param before up to where everything is on the disk already
         * @return up to where it is then
         */
        long lead(long before) throws IOException;
    }

    /** Returns when everything up to a position is on the disk, by the work of another thread or by this {@code work}; one works at a time. */
    void lead(long position, Work work) throws IOException {
        if (begin(position)) {
            long reached = durable;
            try {
                reached = work.lead(reached);
            } finally {
                end(reached);
            }
        }
    }

    /** Does {@code work} when nobody else is at it, whatever is on the disk. */
    void alone(Work work) throws IOException {
        lead(Long.MAX_VALUE, work);
    }

    /** Whether the caller leads now; false if everything up to the position is on the disk. */
    private boolean begin(long position) {
        boolean interrupted = false;
        boolean leads = false;
        while (durable < position && !leads) {
            leads = led.compareAndSet(false, true);
            if (!leads) {
                waiting.add(Thread.currentThread());
                // Who leads still may have looked for waiters before: so look again before sleeping.
                if (led.get()) {
                    LockSupport.park(this);
                    interrupted |= Thread.interrupted();
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return leads;
    }

    private void end(long reached) {
        durable = reached;
        led.set(false);
        // Those who come from here on lead or find who does; an unneeded wake-up does no harm.
        for (Thread next = waiting.poll(); next != null; next = waiting.poll()) {
            LockSupport.unpark(next);
        }
    }
}
