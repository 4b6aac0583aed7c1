// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.unit;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * What DMA passes: a section is translation and access together. Sections go on side by side; whoever closes the gate waits until all
 * have ended, and those that come meanwhile wait until it opens. Each port counts in a stripe of its own, so that ports do not write to
 * one cache line. A section must not wait for anything that the closer of the gate may hold.
 */
public final class Gate {
    private static final VarHandle COUNT = MethodHandles.arrayElementVarHandle(long[].class);
    private static final int STRIPES = 64;
    /** Longs between counters: two cache lines, because processors fetch them in pairs. */
    private static final int STRIDE = 16;
    private static final int SPINS = 200;
    private static final long PARK_NANOS = 20_000;

    /** A counter's low half is how many sections are under way, its high half how many have begun. */
    private static final long BEGIN = (1L << Integer.SIZE) + 1;
    private static final long UNBOUNDED = Long.MAX_VALUE / 2;

    private final long[] counts = new long[(STRIPES + 1) * STRIDE];
    private final AtomicInteger nextStripe = new AtomicInteger();
    private volatile boolean closed;

    /** A stripe for {@link #enter}; shared with others once there are more ports than stripes, which is slower and as right. */
    public int stripe() {
        return (Math.floorMod(nextStripe.getAndIncrement(), STRIPES) + 1) * STRIDE;
    }

    /** Begins a section; waits while the gate is closed. */
    public void enter(int stripe) {
        COUNT.getAndAdd(counts, stripe, BEGIN);
        if (closed) {
            enterLater(stripe);
        }
    }

    private void enterLater(int stripe) {
        do {
            leave(stripe);
            for (int spins = 0; closed; spins++) {
                pause(spins);
            }
            COUNT.getAndAdd(counts, stripe, BEGIN);
        } while (closed);
    }

    /** Ends a section. */
    public void leave(int stripe) {
        COUNT.getAndAddRelease(counts, stripe, -1L);
    }

    /**
     * Closes the gate and waits for the sections under way. One closer at a time.
     *
     * @param nanos how long to wait at most
     * @return whether they have ended; if not the gate is closed all the same, until {@link #open}
     */
    public boolean close(long nanos) {
        closed = true;
        VarHandle.fullFence();
        long end = System.nanoTime() + nanos;
        for (int spins = 0; underWay() > 0; spins++) {
            if (System.nanoTime() - end >= 0) {
                return false;
            }
            pause(spins);
        }
        return true;
    }

    public void open() {
        closed = false;
    }

    /**
     * Waits until every section has ended that had begun, while others begin and end: afterwards nobody uses what was taken out of the
     * unit's structures before. Stripes of several ports cannot tell who began, so with more ports than stripes the gate is closed if need be.
     * Not for use by two at a time.
     */
    public void drain() {
        drain(UNBOUNDED);
    }

    /**
     * As {@link #drain()}, but waits no longer than that for the sections of any stripe.
     *
     * @return whether those that had begun have ended
     */
    public boolean drain(long nanos) {
        VarHandle.fullFence();
        int ports = nextStripe.get();
        for (int i = 1; i <= Math.min(ports, STRIPES); i++) {
            long before = (long) COUNT.getAcquire(counts, i * STRIDE);
            if ((int) before != 0 && !outlast(i, before, nanos)) {
                return false;
            }
            if ((int) before != 0 && ports > STRIPES && (int) (long) COUNT.getAcquire(counts, i * STRIDE) != 0) {
                boolean ended = close(nanos);
                open();
                return ended;
            }
        }
        return true;
    }

    /** Waits until a stripe has no section, or one that began after {@code before}. */
    private boolean outlast(int stripe, long before, long nanos) {
        long began = System.nanoTime();
        long now = before;
        for (int spins = 0; (int) now != 0 && now >>> Integer.SIZE == before >>> Integer.SIZE; spins++) {
            if (System.nanoTime() - began >= nanos) {
                return false;
            }
            pause(spins);
            now = (long) COUNT.getAcquire(counts, stripe * STRIDE);
        }
        return true;
    }

    /** How many sections are under way. */
    public int underWay() {
        int sections = 0;
        for (int i = 1; i <= STRIPES; i++) {
            sections += (int) (long) COUNT.getAcquire(counts, i * STRIDE);
        }
        return sections;
    }

    private static void pause(int spins) {
        if (spins < SPINS) {
            Thread.onSpinWait();
        } else {
            LockSupport.parkNanos(PARK_NANOS);
        }
    }
}
