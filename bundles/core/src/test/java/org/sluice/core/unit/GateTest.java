// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.unit;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

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
