// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.ring;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;

/**
 * Hardware at a queue that software fills: whoever has written the tail executes what waits, one thread at a time, and all of it is done when
 * that returns. What an entry does may itself move the tail; then whoever is at it looks again. Thread-safe.
 */
public abstract class QueueRunner {
    private static final VarHandle HOLDER;
    private static final long NOBODY = 0;
    private static final int SPINS = 200;
    private static final long PARK_NANOS = 20_000;

    static {
        try {
            HOLDER = MethodHandles.lookup().findVarHandle(QueueRunner.class, "holder", long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /**
     * Id of the thread that runs the queue. A lock of one atomic operation: taken with compare-and-set, given back with a release store,
     * so that the next holder sees all that this one wrote. Those who wait look again and again, because a run is short.
     */
    @SuppressWarnings("unused")
    private long holder;
    /** Whether all that {@link #prepare} has found still stands. */
    private volatile boolean current;
    private volatile boolean due;
    private boolean again;

    /**
     * Finds out what runs rest on besides the tail: whether the queue is on, where it lies. That stands until {@link #changed}, so that it need
     * not be asked for again with every tail. The answer is whether anything may run. Called within a run.
     */
    protected abstract boolean prepare();

    /** Executes what waits, up to the tail as it is now; never runs twice at a time, and what it writes is seen by the next run. */
    protected abstract void runToTail();

    /** Runs what waits; all of it is done when this returns, but what an entry itself has asked for, which is done after it. */
    public final void run() {
        long me = Thread.currentThread().getId();
        if ((long) HOLDER.getOpaque(this) == me) {
            again = true;
            return;
        }
        if (!HOLDER.compareAndSet(this, NOBODY, me)) {
            take(me);
        }
        try {
            do {
                again = false;
                if (due) {
                    due = false;
                }
                if (current || isReady()) {
                    runToTail();
                }
            } while (again);
        } finally {
            HOLDER.setRelease(this, NOBODY);
        }
    }

    private boolean isReady() {
        current = true; // before anything is looked at: whoever changes it from here on says so again
        boolean ready = prepare();
        if (!ready) {
            current = false;
        }
        return ready;
    }

    /** Called within a run: the queue has to be looked at once more before it ends. */
    protected final void lookAgain() {
        again = true;
    }

    /** Whether nothing has changed since {@link #prepare}. */
    protected final boolean isCurrent() {
        return current;
    }

    private void take(long me) {
        for (int spins = 0; !HOLDER.weakCompareAndSet(this, NOBODY, me); spins++) {
            if (spins < SPINS) {
                Thread.onSpinWait();
            } else {
                LockSupport.parkNanos(PARK_NANOS); // an entry may be one for which devices are waited for
            }
        }
    }

    /** What runs rest on has changed; whoever changed it holds a lock that {@link #prepare} takes as well. */
    public final void changed() {
        current = false;
    }

    /** As {@link #changed}, and that may have made entries run; {@link #work} will see. The caller may hold locks. */
    public final void due() {
        current = false;
        due = true;
    }

    /** Does what {@link #due} has announced; the caller holds no lock. */
    public final void work() {
        while (due) {
            run();
            if ((long) HOLDER.getOpaque(this) == Thread.currentThread().getId()) {
                return; // within a run, which goes on
            }
        }
    }
}
