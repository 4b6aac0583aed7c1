// SPDX-License-Identifier: Apache-2.0
package org.sluice.benchmarks;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Locale;

/** One process' measurements of the Java side: a line with the workload and its nanoseconds for each run. */
public final class Measure {
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
    private static final int WARM_UP = 12;

    private final int runs;

    private Measure(int runs) {
        this.runs = runs;
    }

    /** @param args runs of each workload */
    public static void main(String[] args) {
        Pollution.run();
        new Measure(Integer.parseInt(args[0])).all();
    }

    private void all() {
        Bench bench = new Bench(Bench.secondStage());
        run(Goal.W1, bench::fresh, () -> bench.mapScattered(Bench.SMALL), bench::checkScattered, Bench.SMALL, runs);
        runShort(Goal.W2A, bench::fresh, bench::mapLarge, bench::checkLarge, 20 * runs);
        runShort(Goal.W2B, bench::freshSmallBlocks, bench::mapLarge, bench::checkLarge, 5 * runs);
        Runnable mapped = () -> {
            bench.fresh();
            bench.mapScattered(Bench.SMALL);
        };
        Runnable nothing = () -> { };
        run(Goal.W3A, mapped, bench::unmapOneByOne, nothing, Bench.SMALL, runs);
        run(Goal.W3B, mapped, bench::unmapAtOnce, nothing, Bench.SMALL, runs);
        run(Goal.W5, bench::fresh, bench::ring, nothing, Bench.RING, runs);
        bench.fresh();
        bench.mapScattered(Bench.MANY);
        run(Goal.W4H, nothing, bench::hotCached, nothing, Bench.WALKS, runs);
        run(Goal.W4M, nothing, bench::manyWalked, nothing, Bench.WALKS, runs);
        run(Goal.W4MD, nothing, bench::manyDependent, nothing, Bench.WALKS, runs);
        run(Goal.W4H_WALK, nothing, bench::hotWalked, nothing, Bench.WALKS, runs);
        run(Goal.W4M_CACHE, nothing, bench::manyCached, nothing, Bench.WALKS, runs);
        NestedBench nested = new NestedBench();
        run(Goal.W6M, nothing, nested::many, nothing, NestedBench.WALKS, runs);
        RangeBench ranges = new RangeBench();
        run(Goal.W1_RANGES, ranges::fresh, () -> ranges.mapScattered(Bench.SMALL), nothing, Bench.SMALL, runs);
        run(Goal.W3A_RANGES, () -> ranges.freshWith(Bench.SMALL), ranges::unmapOneByOne, nothing, Bench.SMALL, runs);
        ranges.freshWith(Bench.MANY);
        run(Goal.W4M_RANGES, nothing, ranges::many, nothing, Bench.WALKS, runs);
    }

    /** Time on the processor: what other processes take on a shared machine is not ours. */
    private void run(Goal goal, Runnable before, Runnable work, Runnable after, int operations, int times) {
        for (int i = -WARM_UP; i < times; i++) {
            before.run();
            long start = THREADS.getCurrentThreadCpuTime();
            work.run();
            long end = THREADS.getCurrentThreadCpuTime();
            after.run();
            print(goal, i, (double) (end - start) / operations);
        }
    }

    /** For work so short that asking for processor time would be seen. */
    private void runShort(Goal goal, Runnable before, Runnable work, Runnable after, int times) {
        for (int i = -100 * WARM_UP; i < times; i++) {
            before.run();
            long start = System.nanoTime();
            work.run();
            long end = System.nanoTime();
            if (i >= 0) {
                after.run();
            }
            print(goal, i, end - start);
        }
    }

    private static void print(Goal goal, int run, double nanos) {
        if (run >= 0) {
            System.out.println(String.format(Locale.ROOT, "%s %.3f", goal.id, nanos));
        }
    }
}
