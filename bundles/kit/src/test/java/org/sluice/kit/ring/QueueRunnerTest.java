// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.ring;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

import org.junit.Test;

public class QueueRunnerTest {
    private static final int DEADLINE_SECONDS = 60;
    private static final int THREADS = 4;
    private static final int ENTRIES = 50_000;

    private final List<String> seen = new ArrayList<>();

    private final class Queue extends QueueRunner {
        private Runnable entry;
        private boolean on = true;
        private int prepared;
        private int changesAfter;

        Queue(Runnable entry) {
            this.entry = entry;
        }

        @Override
        protected boolean prepare() {
            prepared++;
            if (prepared == changesAfter) {
                changed();
            }
            return on;
        }

        @Override
        protected void runToTail() {
            seen.add("in");
            Runnable now = entry;
            entry = () -> { };
            now.run();
            seen.add("out");
        }
    }

    @Test
    public void anEntryThatMovesTheTailHasItRunAfterItself() {
        Queue[] queue = new Queue[1];
        queue[0] = new Queue(() -> queue[0].run());
        queue[0].run();
        assertEquals(List.of("in", "out", "in", "out"), seen);
    }

    @Test
    public void aRunThatAsksForItIsFollowedByAnother() {
        Queue[] queue = new Queue[1];
        queue[0] = new Queue(() -> queue[0].lookAgain());
        queue[0].run();
        assertEquals(List.of("in", "out", "in", "out"), seen);
        queue[0].run();
        assertEquals("what was asked for once is done once", 6, seen.size());
    }

    /** Who delivers interrupts does so within runs as well; what became due there is the run's to do when the entry is over. */
    @Test(timeout = DEADLINE_SECONDS * 1000)
    public void whatIsDueWithinARunIsLeftToIt() {
        Queue[] queue = new Queue[1];
        queue[0] = new Queue(() -> {
            queue[0].due();
            queue[0].work();
            seen.add("worked");
        });
        queue[0].run();
        assertEquals(List.of("in", "worked", "out", "in", "out"), seen);
    }

    @Test
    public void whatIsDueIsDoneOnceAndWhatARunMakesDueToo() {
        Queue[] queue = new Queue[1];
        queue[0] = new Queue(() -> queue[0].due());
        queue[0].work();
        assertEquals("nothing is due", List.of(), seen);
        queue[0].due();
        assertEquals(List.of(), seen);
        queue[0].work();
        assertEquals(List.of("in", "out", "in", "out"), seen);
        queue[0].work();
        assertEquals(4, seen.size());
    }

    @Test
    public void whatRunsRestOnIsFoundOutOnceAndAgainWhenItHasChanged() {
        Queue queue = new Queue(() -> { });
        queue.run();
        queue.run();
        assertEquals("nothing has changed", 1, queue.prepared);
        queue.changed();
        assertEquals("only a run looks", 1, queue.prepared);
        queue.run();
        assertEquals(2, queue.prepared);
        queue.due();
        queue.work();
        assertEquals(3, queue.prepared);
        assertEquals(8, seen.size());
    }

    @Test
    public void nothingRunsWhileNothingMayAndEachRunAsksAgain() {
        Queue queue = new Queue(() -> { });
        queue.on = false;
        queue.run();
        queue.run();
        assertEquals(2, queue.prepared);
        assertEquals(List.of(), seen);
        queue.on = true;
        queue.run();
        assertEquals(List.of("in", "out"), seen);
    }

    /** As by another thread just after it was looked at. */
    @Test
    public void whatChangesWhileARunFindsItOutIsFoundOutByTheNext() {
        Queue queue = new Queue(() -> { });
        queue.changesAfter = 1;
        queue.run();
        queue.run();
        queue.run();
        assertEquals(2, queue.prepared);
    }

    /** As by another thread while an entry waits for a device. */
    @Test
    public void anEntryDuringWhichSomethingHasChangedSeesIt() {
        Queue[] queue = new Queue[1];
        queue[0] = new Queue(() -> {
            seen.add("current " + queue[0].isCurrent());
            queue[0].changed();
            seen.add("current " + queue[0].isCurrent());
            queue[0].lookAgain();
        });
        queue[0].run();
        assertEquals(List.of("in", "current true", "current false", "out", "in", "out"), seen);
        assertEquals(2, queue[0].prepared);
    }

    @Test
    public void afterARunThatFailedOthersRun() throws InterruptedException {
        Queue queue = new Queue(() -> {
            throw new IllegalStateException("entry");
        });
        assertThrows(IllegalStateException.class, queue::run);
        Thread other = new Thread(queue::run);
        other.start();
        other.join(TimeUnit.SECONDS.toMillis(DEADLINE_SECONDS));
        assertEquals(List.of("in", "in", "out"), seen);
    }

    @Test
    public void aThreadThatComesMeanwhileWaitsAndSeesToItsOwnTail() throws InterruptedException {
        CountDownLatch within = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        Queue queue = new Queue(() -> {
            within.countDown();
            await(goOn);
        });
        Thread first = new Thread(queue::run);
        first.start();
        await(within);
        Thread second = new Thread(queue::run);
        second.start();
        second.join(50);
        assertTrue("the first is still at it", second.isAlive());
        goOn.countDown();
        first.join();
        second.join();
        assertEquals(List.of("in", "out", "in", "out"), seen);
    }

    private static void await(CountDownLatch latch) {
        try {
            assertTrue(latch.await(DEADLINE_SECONDS, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Entries are numbers in order; head and sum are plain fields, which only a lock keeps right. */
    private static final class Numbers extends QueueRunner {
        final AtomicLong tail = new AtomicLong();
        long head;
        long sum;

        @Override
        protected boolean prepare() {
            return true;
        }

        @Override
        protected void runToTail() {
            for (long end = tail.get(); head < end; head++) {
                sum += head;
            }
        }
    }

    @Test
    public void manyThreadsRunEachEntryOnceAndHaveTheirOwnDoneWhenTheyReturn() throws InterruptedException {
        Numbers queue = new Numbers();
        AtomicReference<String> failure = new AtomicReference<>();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            Thread thread = new Thread(() -> {
                for (int n = 0; n < ENTRIES; n++) {
                    long mine = queue.tail.getAndIncrement();
                    queue.run();
                    // This thread's run came after its entry, so it has seen the head beyond it, as it left it or found it.
                    if (queue.head <= mine) {
                        failure.compareAndSet(null, "entry " + mine + " is not done at head " + queue.head);
                    }
                }
            });
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) {
            thread.join(TimeUnit.SECONDS.toMillis(DEADLINE_SECONDS));
        }
        assertNull(failure.get());
        long all = (long) THREADS * ENTRIES;
        assertEquals(all, queue.head);
        assertEquals(all * (all - 1) / 2, queue.sum);
    }

    /** What runs rest on is a number that everybody raises; a run works with the one that was found last. */
    private static final class Settings extends QueueRunner {
        long number;
        private long found;
        volatile long worked;

        @Override
        protected synchronized boolean prepare() {
            found = number;
            return true;
        }

        @Override
        protected void runToTail() {
            worked = found;
        }

        synchronized long raise() {
            changed();
            return ++number;
        }
    }

    @Test
    public void whoHasChangedSomethingHasItCountInTheNextRunWhoeverElseRuns() throws InterruptedException {
        Settings queue = new Settings();
        AtomicReference<String> failure = new AtomicReference<>();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            Thread thread = new Thread(() -> {
                for (int n = 0; n < ENTRIES / THREADS; n++) {
                    long mine = queue.raise();
                    queue.run();
                    long worked = queue.worked;
                    if (worked < mine) {
                        failure.compareAndSet(null, "worked with " + worked + " after " + mine);
                    }
                }
            });
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) {
            thread.join(TimeUnit.SECONDS.toMillis(DEADLINE_SECONDS));
        }
        assertNull(failure.get());
        assertEquals(ENTRIES, queue.worked);
    }
}
