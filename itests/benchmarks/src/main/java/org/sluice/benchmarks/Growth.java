// SPDX-License-Identifier: Apache-2.0
package org.sluice.benchmarks;

import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.function.IntToLongFunction;

import org.sluice.api.space.PlacementStatistics;
import org.sluice.core.space.IovaAllocator;
import org.sluice.core.space.IovaWindow;
import org.sluice.core.space.RangeMap;

/**
 * What one operation costs as what is there grows tenfold: the map of ranges and the choice of addresses. Processor time; least of some
 * runs. And what it costs when several threads are at one allocator, by the clock.
 */
public final class Growth {
    private static final int[] SIZES = {1, 10_000, 100_000, 1_000_000, 10_000_000};
    private static final int W9 = 10_485_760;
    private static final int OPERATIONS = 200_000;
    private static final int[] THREADS = {1, 2, 4, 8};
    private static final int LIVE_A_THREAD = 25_000;
    private static final int RUNS = 5;
    private static final long APART = 2 * Bench.PAGE;

    private Growth() {
    }

    /** @param args {@code ranges}, {@code addresses} or {@code threads}, else all */
    public static void main(String[] args) throws InterruptedException {
        boolean both = args.length == 0;
        if (both || args[0].equals("ranges")) {
            System.out.println("map of ranges\nranges       insert   remove  and insert  look up  W1 beside    B a range");
            for (int size : SIZES) {
                ranges(size);
            }
            w9();
        }
        if (both || args[0].equals("addresses")) {
            System.out.println("choice of addresses, free one at random and allocate one\nlive          1 page  3 pages  4 KiB to 2 MiB   waste");
            for (int size : SIZES) {
                addresses(size);
            }
        }
        if (both || args[0].equals("threads")) {
            System.out.println("threads at one allocator, each frees one of its pages at random and allocates one\nthreads   ns a free and allocate, of all together");
            for (int threads : THREADS) {
                threads(threads);
            }
        }
    }

    private static double least(int operations, Runnable work) {
        double least = Double.MAX_VALUE;
        for (int run = 0; run < RUNS; run++) {
            long start = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
            work.run();
            long end = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
            least = Math.min(least, (double) (end - start) / operations);
        }
        return least;
    }

    /** Ranges in random order: a multiplication by an odd number leaves none out. */
    private static void ranges(int size) {
        RangeBench bench = new RangeBench();
        int slots = Math.max(1, Integer.highestOneBit(2 * size - 1));
        long start = System.nanoTime();
        for (int i = 0; i < slots; i++) {
            bench.insert(slot(i, slots), i);
        }
        double insert = (double) (System.nanoTime() - start) / slots;
        SplitMix random = new SplitMix(9);
        double churn = least(OPERATIONS, () -> {
            for (int i = 0; i < OPERATIONS; i++) {
                long at = slot((int) random.next(), slots);
                bench.remove(at);
                bench.insert(at, i);
            }
        });
        RangeMap.Entry entry = new RangeMap.Entry();
        double look = least(OPERATIONS, () -> {
            for (int i = 0; i < OPERATIONS; i++) {
                long at = slot((int) random.next(), slots);
                if (!bench.map().first(at, entry) || entry.start() != at) {
                    throw new IllegalStateException("not found: " + at);
                }
            }
        });
        double bytes = (double) bench.map().heapBytes() / slots;
        double w1 = least(Bench.SMALL, () -> {
            bench.map().remove(0, Bench.B + Bench.SMALL * Bench.PAGE - 1);
            bench.mapScattered(Bench.SMALL);
        });
        System.out.printf(Locale.ROOT, "%10d %8.1f %19.1f %8.1f %10.1f %12.2f%n", slots, insert, churn, look, w1, bytes);
    }

    private static long slot(int i, int slots) {
        return (1L << 44) + (i * 0x9E37_79B1 & slots - 1) * APART;
    }

    private static void w9() {
        RangeBench bench = new RangeBench();
        double nanos = Double.MAX_VALUE;
        for (int run = 0; run < 3; run++) {
            bench.fresh();
            long start = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
            bench.mapApart(W9);
            nanos = Math.min(nanos, (double) (ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - start) / W9);
        }
        long with = used();
        if (bench.sumOfStarts() != W9 * Bench.B + W9 * (W9 - 1L) * Bench.PAGE) {
            throw new IllegalStateException("W9 is void");
        }
        bench.fresh();
        System.out.printf(Locale.ROOT, "W9: %.1f ns a map, %.2f B a range on the heap%n", nanos, (double) (with - used()) / W9);
    }

    private static long used() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    private static void addresses(int size) {
        double one = addresses(size, x -> 1);
        double three = addresses(size, x -> 3);
        long[] statistics = new long[2];
        double mixed = addresses(size, x -> x < 70 ? 1 : x < 85 ? 4 : x < 95 ? 16 : 512, statistics);
        double waste = (double) statistics[0] / statistics[1];
        System.out.printf(Locale.ROOT, "%10d %9.1f %8.1f %15.1f %6.1f %%%n", size, one, three, mixed, 100 * waste);
    }

    private static void threads(int count) throws InterruptedException {
        double least = Double.MAX_VALUE;
        for (int run = 0; run < RUNS; run++) {
            least = Math.min(least, threadsOnce(new IovaAllocator(12), count));
        }
        System.out.printf(Locale.ROOT, "%7d %12.1f%n", count, least);
    }

    private static double threadsOnce(IovaAllocator allocator, int count) throws InterruptedException {
        CyclicBarrier ready = new CyclicBarrier(count + 1);
        Thread[] threads = new Thread[count];
        for (int t = 0; t < count; t++) {
            SplitMix random = new SplitMix(t);
            threads[t] = new Thread(() -> {
                long[] starts = new long[LIVE_A_THREAD];
                Arrays.setAll(starts, i -> allocator.allocate(Bench.PAGE, IovaWindow.ALL));
                await(ready);
                for (int i = 0; i < OPERATIONS; i++) {
                    int at = (int) Long.remainderUnsigned(random.next(), LIVE_A_THREAD);
                    allocator.free(starts[at], Bench.PAGE);
                    starts[at] = allocator.allocate(Bench.PAGE, IovaWindow.ALL);
                }
            });
            threads[t].start();
        }
        await(ready);
        long start = System.nanoTime();
        for (Thread thread : threads) {
            thread.join();
        }
        double nanos = (double) (System.nanoTime() - start) / OPERATIONS / count;
        if (usedBytes(allocator.statistics()) != count * LIVE_A_THREAD * Bench.PAGE) {
            throw new IllegalStateException("pages were lost: " + allocator.statistics());
        }
        return nanos;
    }

    private static void await(CyclicBarrier barrier) {
        try {
            barrier.await();
        } catch (InterruptedException | BrokenBarrierException e) {
            throw new IllegalStateException(e);
        }
    }

    private static double addresses(int size, IntToLongFunction pages) {
        return addresses(size, pages, new long[2]);
    }

    private static double addresses(int size, IntToLongFunction pages, long[] statistics) {
        IovaAllocator allocator = new IovaAllocator(12);
        SplitMix random = new SplitMix(12);
        long[] starts = new long[size];
        short[] sizes = new short[size];
        for (int i = 0; i < size; i++) {
            sizes[i] = (short) pages.applyAsLong((int) Long.remainderUnsigned(random.next(), 100));
            starts[i] = allocator.allocate(sizes[i] * Bench.PAGE, IovaWindow.ALL);
        }
        double nanos = least(OPERATIONS, () -> {
            for (int i = 0; i < OPERATIONS; i++) {
                int at = (int) Long.remainderUnsigned(random.next(), size);
                allocator.free(starts[at], sizes[at] * Bench.PAGE);
                sizes[at] = (short) pages.applyAsLong((int) Long.remainderUnsigned(random.next(), 100));
                starts[at] = allocator.allocate(sizes[at] * Bench.PAGE, IovaWindow.ALL);
            }
        });
        statistics[0] = allocator.statistics().waste();
        statistics[1] = usedBytes(allocator.statistics());
        return nanos;
    }

    private static long usedBytes(PlacementStatistics statistics) {
        return statistics.span() - statistics.waste();
    }
}
