// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.unit;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;
import static org.junit.Assert.fail;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

import org.junit.Test;

public class GateTest {
    private static final int ROUNDS = 20_000;
    private static final int MORE_THAN_STRIPES = 70;

    private final Gate gate = new Gate();

    @Test
    public void drainWaitsForASectionUnderWay() throws InterruptedException {
        int stripe = gate.stripe();
        gate.enter(stripe);
        CountDownLatch drained = new CountDownLatch(1);
        Thread drainer = new Thread(() -> {
            gate.drain();
            drained.countDown();
        });
        drainer.start();
        assertFalse("a section is under way", drained.await(50, TimeUnit.MILLISECONDS));
        gate.leave(stripe);
        assertTrue(drained.await(10, TimeUnit.SECONDS));
        drainer.join();
    }

    @Test
    public void aBoundedDrainTellsWhetherSectionsHaveEnded() {
        assertTrue(gate.drain(0));
        int stripe = gate.stripe();
        gate.enter(stripe);
        assertEquals(1, gate.underWay());
        assertFalse(gate.drain(1_000_000));
        for (int i = 0; i < MORE_THAN_STRIPES; i++) {
            gate.stripe();
        }
        assertFalse("stripes are shared now", gate.drain(1_000_000));
        gate.leave(stripe);
        assertTrue(gate.drain(0));
        gate.enter(stripe);
        gate.leave(stripe);
        assertEquals("it is open", 0, gate.underWay());
    }

    @Test
    public void drainDoesNotWaitForSectionsThatBeginLater() throws InterruptedException {
        afterADrainNobodySeesTheOld(2);
    }

    @Test
    public void morePortsThanStripes() throws InterruptedException {
        for (int i = 0; i < MORE_THAN_STRIPES; i++) {
            gate.stripe();
        }
        afterADrainNobodySeesTheOld(3);
    }

    @Test
    public void othersPassWhileOneDoesNotEnd() throws InterruptedException {
        int stuck = gate.stripe();
        othersPassUntilItLeaves(stuck, gate.stripe(), () -> gate.runClosed(Gate.UNBOUNDED, () -> assertEquals("nobody is inside", 0, gate.underWay())));
    }

    /** Sections of two ports that share a stripe cannot be told apart, so only a moment without any tells that the one has ended. */
    @Test
    public void othersPassWhileADrainClosesTheGate() throws InterruptedException {
        int stuck = gate.stripe();
        int same = gate.stripe();
        while (same != stuck) {
            same = gate.stripe();
        }
        othersPassUntilItLeaves(stuck, same, gate::drain);
    }

    private void othersPassUntilItLeaves(int stuck, int other, Runnable closing) throws InterruptedException {
        gate.enter(stuck);
        CountDownLatch begun = new CountDownLatch(1);
        AtomicBoolean ended = new AtomicBoolean();
        Thread closer = new Thread(() -> {
            begun.countDown();
            closing.run();
            ended.set(true);
        });
        closer.start();
        begun.await();
        long last = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(50);
        long passed = 0;
        while (System.nanoTime() < last || passed < 1000) {
            gate.enter(other);
            gate.leave(other);
            passed++;
        }
        assertFalse("one section has not ended", ended.get());
        gate.leave(stuck);
        closer.join(TimeUnit.SECONDS.toMillis(60));
        assertTrue(ended.get());
        gate.enter(other);
        gate.leave(other);
    }

    @Test
    public void atTheDeadlineNothingHasRunAndTheGateIsOpen() {
        int stuck = gate.stripe();
        gate.enter(stuck);
        AtomicLong tries = new AtomicLong();
        long began = System.nanoTime();
        assertFalse(gate.runClosed(TimeUnit.MILLISECONDS.toNanos(5), tries::incrementAndGet, () -> fail("a section is under way")));
        assertTrue(System.nanoTime() - began >= TimeUnit.MILLISECONDS.toNanos(5));
        assertTrue("it looked more than once", tries.get() > 0);
        assertTrue(gate.closedNanos() > 0);
        gate.enter(stuck);
        gate.leave(stuck);
        gate.leave(stuck);
        assertTrue(gate.runClosed(0, () -> { }));
    }

    @Test
    public void whateverIsThrownTheGateOpens() {
        int stripe = gate.stripe();
        assertThrows(IllegalStateException.class, () -> gate.runClosed(0, () -> {
            throw new IllegalStateException();
        }));
        gate.enter(stripe);
        assertThrows(IllegalStateException.class, () -> gate.runClosed(Gate.UNBOUNDED, () -> {
            throw new IllegalStateException();
        }, () -> fail("a section is under way")));
        gate.enter(stripe);
        gate.leave(stripe);
        gate.leave(stripe);
    }

    /** A thread that was interrupted does not sleep: it must not hammer on the gate instead. */
    @Test
    public void whoIsInterruptedGivesWayAsLong() {
        gate.enter(gate.stripe());
        List<Long> tries = new ArrayList<>();
        Thread.currentThread().interrupt();
        assertFalse(gate.runClosed(TimeUnit.MILLISECONDS.toNanos(10), () -> tries.add(System.nanoTime()), () -> fail("a section is under way")));
        assertTrue(Thread.interrupted());
        for (int i = 1; i < tries.size(); i++) {
            long openAndClosedAgain = tries.get(i) - tries.get(i - 1);
            assertTrue("try " + i + " after " + openAndClosedAgain, openAndClosedAgain >= 100_000L << i - 1);
        }
    }

    /** Readers take a value and look whether it is alive; the writer replaces it and kills the old one after a drain. */
    private void afterADrainNobodySeesTheOld(int readers) throws InterruptedException {
        AtomicBoolean done = new AtomicBoolean();
        AtomicLong dead = new AtomicLong();
        AtomicLong looks = new AtomicLong();
        List<Thread> threads = new ArrayList<>();
        AtomicReference<AtomicLong> shared = new AtomicReference<>(new AtomicLong(1));
        for (int i = 0; i < readers; i++) {
            int stripe = gate.stripe();
            Thread reader = new Thread(() -> {
                while (!done.get()) {
                    gate.enter(stripe);
                    AtomicLong value = shared.get();
                    for (int look = 0; look < 20; look++) {
                        dead.addAndGet(value.get() == 0 ? 1 : 0);
                    }
                    gate.leave(stripe);
                    looks.incrementAndGet();
                }
            });
            threads.add(reader);
            reader.start();
        }
        for (int i = 0; i < ROUNDS || looks.get() == 0; i++) {
            AtomicLong old = shared.getAndSet(new AtomicLong(1));
            gate.drain();
            old.set(0);
        }
        done.set(true);
        for (Thread thread : threads) {
            thread.join();
        }
        assertEquals(0, dead.get());
    }
}
