// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.cache;

import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;

import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntConsumer;

import org.junit.Test;
import org.sluice.api.Permissions;

/** Threads that fill, search and invalidate a cache too small for them, so that places are shared all the time. */
public class TranslationCacheRaceTest {
    private static final int PAGES = 64;
    private static final int TAGS = 3;
    private static final long RUN_NANOS = TimeUnit.MILLISECONDS.toNanos(700);
    private static final int DEADLINE_SECONDS = 60;

    private final TranslationCache cache = new TranslationCache(4);
    /** What the tables say: generation of each page of each tag; and the generation that invalidation has finished for. */
    private final AtomicLongArray current = new AtomicLongArray(PAGES * TAGS);
    private final AtomicLongArray settled = new AtomicLongArray(PAGES * TAGS);
    private final AtomicReference<String> failure = new AtomicReference<>();

    private static long tag(int t) {
        return t == 0 ? TranslationCache.tag(1) : TranslationCache.tag(1, t);
    }

    /** Output address: which tag, page and generation it is for. */
    private static long output(int slot, long generation) {
        return generation << 24 | (long) slot << 12;
    }

    @Test
    public void noEntryIsTornAndNoneOutlivesItsInvalidation() throws InterruptedException {
        Runnable[] roles = {this::search, this::search, this::fill, this::fill, this::invalidate};
        CountDownLatch done = new CountDownLatch(roles.length);
        for (Runnable role : roles) {
            Thread thread = new Thread(() -> {
                try {
                    role.run();
                } catch (Throwable e) {
                    failure.compareAndSet(null, e.toString());
                } finally {
                    done.countDown();
                }
            });
            thread.setDaemon(true);
            thread.start();
        }
        assertTrue("not finished in " + DEADLINE_SECONDS + " s", done.await(DEADLINE_SECONDS, TimeUnit.SECONDS));
        assertNull(failure.get());
    }

    private void until(IntConsumer step) {
        SplittableRandom random = new SplittableRandom(Thread.currentThread().getId());
        for (long end = System.nanoTime() + RUN_NANOS; System.nanoTime() - end < 0 && failure.get() == null;) {
            for (int i = 0; i < 100; i++) {
                step.accept(random.nextInt(PAGES * TAGS));
            }
        }
    }

    private void search() {
        until(slot -> {
            long iova = (long) (slot / TAGS) << 12;
            long atLeast = settled.get(slot);
            long found = cache.translate(tag(slot % TAGS), iova, Permissions.READ);
            if (found != TranslationCache.MISS && ((found & 0xff_ffff) != (long) slot << 12 || found >>> 24 < atLeast)) {
                failure.compareAndSet(null, "slot " + slot + " of generation " + atLeast + " found " + Long.toHexString(found));
            }
        });
    }

    private void fill() {
        until(slot -> {
            long tag = tag(slot % TAGS);
            long ticket = cache.ticket(tag);
            cache.fill(ticket, tag, (long) (slot / TAGS) << 12, 12, output(slot, current.get(slot)), Permissions.READ);
        });
    }

    private void invalidate() {
        int[] kind = new int[1];
        until(slot -> {
            long generation = current.incrementAndGet(slot);
            long iova = (long) (slot / TAGS) << 12;
            switch (kind[0]++ & 7) {
                case 0 -> cache.invalidateDomain(1);
                case 1 -> cache.invalidateTag(tag(slot % TAGS));
                case 2 -> cache.invalidateAll();
                default -> cache.invalidateRange(tag(slot % TAGS), iova, iova + 0xfff);
            }
            settled.set(slot, generation);
        });
    }
}
