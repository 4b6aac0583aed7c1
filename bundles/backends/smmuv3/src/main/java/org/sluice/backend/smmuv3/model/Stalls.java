// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.model;

import java.util.concurrent.atomic.AtomicInteger;

import org.sluice.backend.smmuv3.layout.Command;
import org.sluice.backend.smmuv3.lookup.Events;
import org.sluice.kit.register.Messages;

/**
 * Transactions that wait for software (section 3.12.2): each has a tag, an event that names it, and goes on when a RESUME command with
 * that tag says how. The thread of the transaction waits here, but not for ever: callers of the model hold resources meanwhile, so one
 * that nobody answers is terminated. Thread-safe; the register file's monitor must not be held.
 */
final class Stalls {
    private static final long LIMIT_NANOS = 2_000_000_000L;
    private static final int MOST = 256;
    private static final int WAITING = -1;

    private final EventLog events;
    private final Messages messages;
    /** Transactions that wait, or are about to. */
    private final AtomicInteger held = new AtomicInteger();
    /** [tag] the transaction that has it, or null. */
    private final Waiting[] waiting;
    /** Counts what could let someone go on. */
    private int changes;

    private static final class Waiting {
        final int streamId;
        int answer = WAITING;

        Waiting(int streamId) {
            this.streamId = streamId;
        }
    }

    /** @param most transactions that may wait (IDR5.STALL_MAX) */
    Stalls(EventLog events, Messages messages, int most) {
        this.events = events;
        this.messages = messages;
        waiting = new Waiting[Math.max(1, Math.min(MOST, most))];
    }

    /**
     * Waits for software.
     *
     * @param words the event, still without tag
     * @return whether to try again; otherwise the transaction is terminated
     */
    boolean hold(int streamId, long[] words) {
        held.incrementAndGet(); // before it looks for room in the queue: who makes room after that will see it
        try {
            return holdCounted(streamId, words);
        } finally {
            held.decrementAndGet();
        }
    }

    /** Whether anybody may be waiting for a change. */
    boolean any() {
        return held.get() != 0;
    }

    private boolean holdCounted(int streamId, long[] words) {
        long end = System.nanoTime() + LIMIT_NANOS;
        Waiting own = new Waiting(streamId);
        int tag = enter(own, end);
        if (tag < 0) {
            return false;
        }
        try {
            Events.stall(words, tag);
            boolean recorded = false;
            while (!recorded && own.answer == WAITING) {
                int seen = seen();
                recorded = events.recordStall(words);
                if (!recorded && !await(seen, end)) {
                    return false;
                }
            }
            messages.deliver();
            return answer(own, end) == Command.RESUME_RETRY;
        } finally {
            leave(tag);
        }
    }

    private synchronized int enter(Waiting own, long end) {
        while (true) {
            for (int tag = 0; tag < waiting.length; tag++) {
                if (waiting[tag] == null) {
                    waiting[tag] = own;
                    return tag;
                }
            }
            if (!await(changes, end)) {
                return -1;
            }
        }
    }

    private synchronized void leave(int tag) {
        waiting[tag] = null;
        changed();
    }

    private synchronized int seen() {
        return changes;
    }

    private synchronized int answer(Waiting own, long end) {
        while (own.answer == WAITING && await(changes, end)) {
            // A change was for someone else.
        }
        return own.answer;
    }

    /** Waits for a change after the one seen; false if time is up or the thread is told to end. */
    private synchronized boolean await(int seen, long end) {
        while (changes == seen) {
            long left = (end - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                return false;
            }
            try {
                wait(left);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
        return true;
    }

    /** The event queue may have a place again. */
    synchronized void changed() {
        changes++;
        notifyAll();
    }

    /** CMD_RESUME: no effect if no transaction of that stream waits with that tag; one that was answered does not wait any more. */
    synchronized void resume(int streamId, int tag, int answer) {
        Waiting one = tag < waiting.length ? waiting[tag] : null;
        if (one != null && one.streamId == streamId && one.answer == WAITING) {
            one.answer = answer;
            changed();
        }
    }

    /** CMD_STALL_TERM: all transactions of a stream. */
    synchronized void terminate(int streamId) {
        for (Waiting one : waiting) {
            if (one != null && one.streamId == streamId && one.answer == WAITING) {
                one.answer = 0;
            }
        }
        changed();
    }

    /** Translation was switched off. */
    synchronized void terminateAll() {
        for (Waiting one : waiting) {
            if (one != null) {
                one.answer = 0;
            }
        }
        changed();
    }
}
