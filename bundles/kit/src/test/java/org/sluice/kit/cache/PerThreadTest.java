// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.cache;

import static org.junit.Assert.assertNotSame;
import static org.junit.Assert.assertSame;
import static org.junit.Assert.assertTrue;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.Test;

public class PerThreadTest {
    private static final int UNITS = 20;
    private static final long DEADLINE = TimeUnit.SECONDS.toNanos(20);

    @Test
    public void eachThreadHasItsOwn() throws InterruptedException {
        PerThread<Object> values = new PerThread<>(Object::new);
        Object mine = values.get();
        System.gc();
        assertSame(mine, values.get());
        AtomicReference<Object> first = new AtomicReference<>();
        AtomicReference<Object> second = new AtomicReference<>();
        Thread other = new Thread(() -> {
            first.set(values.get());
            second.set(values.get());
        });
        other.start();
        other.join();
        assertSame(first.get(), second.get());
        assertNotSame(mine, first.get());
        assertNotSame(new PerThread<>(Object::new).get(), mine);
    }

    /** This thread lives on, as a client's does when a backend is taken away. With {@link ThreadLocal} about half of the values stay. */
    @Test
    public void aThreadKeepsNothingOfUnitsThatAreGone() {
        List<WeakReference<Object>> values = new ArrayList<>();
        for (int i = 0; i < UNITS; i++) {
            values.add(new WeakReference<>(new PerThread<Object>(() -> new long[1]).get()));
        }
        awaitAllGone(values);
    }

    @Test
    public void aUnitKeepsNothingOfThreadsThatHaveEnded() throws InterruptedException {
        PerThread<Object> values = new PerThread<>(Object::new);
        List<WeakReference<Object>> made = new ArrayList<>();
        for (int i = 0; i < UNITS; i++) {
            Thread thread = new Thread(() -> made.add(new WeakReference<>(values.get())));
            thread.start();
            thread.join();
        }
        // A map with weak keys lets go of values when it is used.
        long start = System.nanoTime();
        while (made.stream().anyMatch(v -> v.get() != null)) {
            assertTrue("kept", System.nanoTime() - start < DEADLINE);
            System.gc();
            Thread thread = new Thread(values::get);
            thread.start();
            thread.join();
        }
    }

    private static void awaitAllGone(List<WeakReference<Object>> values) {
        long start = System.nanoTime();
        while (values.stream().anyMatch(v -> v.get() != null)) {
            assertTrue(values.stream().filter(v -> v.get() != null).count() + " of " + UNITS + " are kept", System.nanoTime() - start < DEADLINE);
            System.gc();
        }
    }
}
