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

    /** How long all devices wait at first for one whose DMA does not end: its thread may have lost its processor. Doubled each time. */
    private static final long FIRST_TRY_NANOS = 100_000;
    private static final long LONGEST_TRY_NANOS = 10_000_000;
    /** How much longer than a try the others go on before the next: of the time that one takes they wait a fifth. */
    private static final int PAUSES = 4;

    /** A counter's low half is how many sections are under way, its high half how many have begun. */
    private static final long BEGIN = (1L << Integer.SIZE) + 1;
    /** For a deadline that never comes. */
    public static final long UNBOUNDED = Long.MAX_VALUE / 2;
    private static final Runnable NOTHING = () -> { };

    private final long[] counts = new long[(STRIPES + 1) * STRIDE];
    private final AtomicInteger nextStripe = new AtomicInteger();
    private volatile boolean closed;
    /** Used by closers only, of which there is one at a time. */
    private long closedSince;
    private long closedNanos;

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
     * Runs something while the gate is closed and no section is under way. While a section of one device does not end the others do not wait for
     * it all the time: the gate opens again for four times as long as it was closed, and closes for twice as long, until the deadline. One closer at
     * a time.
     *
     * @param nanos how long to try at most, with the pauses; the last try is not cut shorter than the first
     * @param between called with the gate open after a try that came to nothing, for who wants to give up: what it throws ends it
     * @param work what to run; the gate opens again whatever it throws
     * @return whether it was run
     */
    public boolean runClosed(long nanos, Runnable between, Runnable work) {
        long end = System.nanoTime() + nanos;
        for (long patience = FIRST_TRY_NANOS; !tryClosed(Math.max(FIRST_TRY_NANOS, Math.min(patience, end - System.nanoTime())), work);
                patience = Math.min(2 * patience, LONGEST_TRY_NANOS)) {
            if (isPast(end)) {
                return false;
            }
            between.run();
            giveWay(PAUSES * patience);
        }
        return true;
    }

    /** As {@link #runClosed(long, Runnable, Runnable)} for who does not give up before the deadline. */
    public boolean runClosed(long nanos, Runnable work) {
        return runClosed(nanos, NOTHING, work);
    }

    private boolean tryClosed(long nanos, Runnable work) {
        try {
            boolean ended = close(nanos);
            if (ended) {
                work.run();
            }
            return ended;
        } finally {
            open();
        }
    }

    /** A thread that was interrupted does not park; the others get their time from it all the same. */
    private static void giveWay(long nanos) {
        long end = System.nanoTime() + nanos;
        for (long left = nanos; left > 0; left = end - System.nanoTime()) {
            LockSupport.parkNanos(left);
            Thread.onSpinWait();
        }
    }

    private static boolean isPast(long end) {
        return System.nanoTime() - end >= 0;
    }

    /**
     * Closes the gate and waits for the sections under way, for who goes on even if they do not end. One closer at a time.
     *
     * @param nanos how long to wait at most
     * @return whether they have ended; if not the gate is closed all the same, until {@link #open}
     */
    public boolean close(long nanos) {
        closedSince = System.nanoTime();
        closed = true;
        VarHandle.fullFence();
        long end = closedSince + nanos;
        for (int spins = 0; underWay() > 0; spins++) {
            if (isPast(end)) {
                return false;
            }
            pause(spins);
        }
        return true;
    }

    public void open() {
        closed = false;
        closedNanos += System.nanoTime() - closedSince;
    }

    /** How long the gate has been closed in all its time. For closers. */
    public long closedNanos() {
        return closedNanos;
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
                return runClosed(nanos, NOTHING);
            }
        }
        return true;
    }

    /** Waits until a stripe has no section, or one that began after {@code before}. */
    private boolean outlast(int stripe, long before, long nanos) {
        long end = System.nanoTime() + nanos;
        long now = before;
        for (int spins = 0; (int) now != 0 && now >>> Integer.SIZE == before >>> Integer.SIZE; spins++) {
            if (isPast(end)) {
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
