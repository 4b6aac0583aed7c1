// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.space;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;

import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

import org.junit.Test;
import org.sluice.testkit.Seed;

/**
 * Readers beside a writer that changes as fast as it can. The output of a range follows from its start, so a mixture of two ranges
 * shows; and some ranges never go, whatever happens around them, so one that is not found shows too.
 */
public class RangeMapRaceTest {
    private static final long PAGE = 4096;
    private static final int SLOTS = 40_000;
    /** Every so many slots there is one that stays. */
    private static final int STAYS = 16;
    private static final long RUN_NANOS = TimeUnit.MILLISECONDS.toNanos(1500);
    private static final int DEADLINE_SECONDS = 60;

    private final RangeMap map = new RangeMap();
    private final AtomicReference<String> failure = new AtomicReference<>();
    private volatile boolean stop;

    private static long output(long start) {
        return start * 0x9E37_79B9_7F4A_7C15L & -RangeMap.GRAIN;
    }

    private static int flags(long start) {
        return (int) (start >>> 12) & 0xff;
    }

    private static boolean stays(long slot) {
        return slot % STAYS == 0;
    }

    @Test
    public void readersSeeWholeRangesAndEveryOneThatStays() throws InterruptedException {
        for (long slot = 0; slot < SLOTS; slot++) {
            if (stays(slot)) {
                map.insert(slot * PAGE, PAGE, output(slot * PAGE), flags(slot * PAGE));
            }
        }
        long seed = Seed.random().nextLong();
        Runnable[] roles = {() -> write(new SplittableRandom(seed)), () -> search(new SplittableRandom(seed + 1)), this::iterate};
        run(roles);
    }

    /** Every other page is cut out of large ranges, in any order; the pages beside them answer all the time. */
    @Test
    public void whatACutLeavesIsNeverMissing() throws InterruptedException {
        long seed = Seed.random().nextLong();
        long pages = 1 << 20;
        long size = 256 * PAGE;
        for (long start = 0; start < pages * PAGE; start += size) {
            map.insert(start, size, output(start), 1);
        }
        run(new Runnable[] {() -> {
            long odd = seed | 1;
            for (long i = 0; i < pages / 2 && !stop; i++) {
                long at = 2 * (i * odd & pages / 2 - 1) * PAGE;
                if (map.cut(at, at + PAGE - 1) != PAGE) {
                    fail("not cut: " + Long.toHexString(at));
                }
            }
            stop = true;
        }, () -> {
            RangeMap.Entry entry = new RangeMap.Entry();
            SplittableRandom random = new SplittableRandom(seed + 1);
            while (!stop) {
                long at = (random.nextLong(pages) | 1) * PAGE;
                long base = at & -size;
                if (!map.first(at, entry) || entry.start() > at) {
                    fail("nothing at " + Long.toHexString(at));
                } else if (entry.output() - entry.start() != output(base) - base) {
                    fail("a mixture at " + Long.toHexString(at));
                }
            }
        }});
        assertEquals(pages / 2, map.count());
    }

    private void run(Runnable[] roles) throws InterruptedException {
        CountDownLatch done = new CountDownLatch(roles.length);
        for (Runnable role : roles) {
            Thread thread = new Thread(() -> {
                try {
                    role.run();
                } catch (Throwable e) {
                    fail(e.toString());
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

    private void fail(String what) {
        failure.compareAndSet(null, what);
        stop = true;
    }

    private void write(SplittableRandom random) {
        long end = System.nanoTime() + RUN_NANOS;
        while (System.nanoTime() - end < 0 && !stop) {
            long from = random.nextInt(SLOTS);
            long to = Math.min(SLOTS, from + (random.nextInt(20) == 0 ? 2000 : random.nextInt(40)));
            boolean add = random.nextBoolean();
            boolean down = random.nextBoolean();
            for (long i = from; i < to; i++) {
                long slot = down ? to - 1 - (i - from) : i;
                long start = slot * PAGE;
                if (!stays(slot) && add) {
                    map.insert(start, PAGE, output(start), flags(start));
                } else if (!stays(slot)) {
                    map.remove(start, start + PAGE - 1);
                }
            }
        }
        stop = true;
    }

    private void check(RangeMap.Entry entry) {
        if (entry.output() != output(entry.start()) || entry.flags() != flags(entry.start())
                || entry.last() != entry.start() + PAGE - 1) {
            fail("a mixture at " + Long.toHexString(entry.start()));
        }
    }

    private void search(SplittableRandom random) {
        RangeMap.Entry entry = new RangeMap.Entry();
        while (!stop) {
            long slot = random.nextInt(SLOTS);
            boolean found = map.first(slot * PAGE + 5, entry);
            long stays = (slot + STAYS - 1) / STAYS * STAYS;
            if (found) {
                check(entry);
            }
            if (stays < SLOTS && (!found || entry.start() > stays * PAGE)) {
                fail("slot " + stays + " was not found from " + slot);
            }
        }
    }

    private void iterate() {
        RangeMap.Entry entry = new RangeMap.Entry();
        while (!stop) {
            long expected = 0;
            long before = -1;
            for (boolean more = map.first(0, entry); more; more = map.next(entry)) {
                check(entry);
                if (entry.start() <= before || entry.start() > expected) {
                    fail("after " + before + " and before " + expected + " came " + entry.start());
                    return;
                }
                before = entry.start();
                expected += entry.start() == expected ? STAYS * PAGE : 0;
            }
        }
    }
}
