// SPDX-License-Identifier: Apache-2.0
package org.sluice.benchmarks;

import java.lang.management.ManagementFactory;
import java.util.Locale;
import java.util.Set;

/**
 * One process' measurements through the services: a line with workload and backend and its nanoseconds for each run. Every backend works
 * before the first is measured, so that the compiler has seen them all. Processor time of the thread, which also executes the model.
 */
public final class ServiceMeasure {
    private static final com.sun.management.ThreadMXBean THREADS = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final int WARM_UP = 4;
    private static final int CHURN = 200_000;
    private static final int POLLUTION = 50_000;
    private static final Runnable NOTHING = () -> { };

    private final String backend;
    private final Set<String> wanted;
    private final int runs;

    private ServiceMeasure(String backend, Set<String> wanted, int runs) {
        this.backend = backend;
        this.wanted = wanted;
        this.runs = runs;
    }

    /** @param args runs; backends by commas or {@code all}; workloads by commas or {@code all} */
    public static void main(String[] args) {
        int runs = Integer.parseInt(args[0]);
        Set<String> backends = args.length < 2 || args[1].equals("all") ? Set.copyOf(Installation.BACKENDS) : Set.of(args[1].split(","));
        Set<String> wanted = args.length < 3 || args[2].equals("all") ? Set.of() : Set.of(args[2].split(","));
        Pollution.run();
        for (String backend : Installation.BACKENDS) {
            pollute(backend);
        }
        for (String backend : Installation.BACKENDS) {
            if (backends.contains(backend)) {
                try (ServiceBench bench = new ServiceBench(backend)) {
                    new ServiceMeasure(backend, wanted, runs).all(bench);
                }
            }
        }
    }

    private static void pollute(String backend) {
        try (ServiceBench bench = new ServiceBench(backend)) {
            bench.fresh();
            bench.ringOfChanges(POLLUTION);
            bench.freshWith(POLLUTION);
            bench.checkScattered(POLLUTION);
        }
    }

    private void all(ServiceBench bench) {
        run("W1", bench::fresh, () -> bench.mapScattered(Bench.SMALL), () -> bench.checkScattered(Bench.SMALL), Bench.SMALL);
        run("W3a", () -> bench.freshWith(Bench.SMALL), bench::unmapOneByOne, bench::checkUnmapped, Bench.SMALL);
        run("W3s", () -> bench.freshWith(Bench.SMALL), bench::unmapInSets, bench::checkUnmapped, Bench.SMALL);
        run("W3b", () -> bench.freshWith(Bench.SMALL), bench::unmapAtOnce, bench::checkUnmapped, Bench.SMALL);
        run("W5", bench::fresh, bench::ring, NOTHING, Bench.RING);
        run("W5c", bench::fresh, () -> bench.ringOfChanges(Bench.RING), NOTHING, Bench.RING);
        run("W5m", () -> bench.freshWith(Bench.SMALL), () -> bench.checkScattered(Bench.SMALL), NOTHING, Bench.SMALL);
        run("W7", bench::fresh, bench::replay, NOTHING, Stream.RECORDS);
        if (wants("W4h") || wants("W4m")) {
            bench.freshWith(Bench.MANY);
            run("W4h", NOTHING, bench::hot, NOTHING, Bench.WALKS);
            run("W4m", NOTHING, bench::many, NOTHING, Bench.WALKS);
        }
        if (wanted.contains("growth")) {
            growth(bench);
        }
    }

    private boolean wants(String work) {
        return wanted.isEmpty() || wanted.contains(work);
    }

    /** W9, and one page unmapped and mapped again among ten times as many each time. */
    private void growth(ServiceBench bench) {
        for (int pages = 1000; pages <= 1_000_000; pages *= 10) {
            int live = pages;
            bench.fresh();
            bench.mapApart(live);
            time("churn" + live, () -> bench.churn(live, CHURN), CHURN);
            time("churn" + live, () -> bench.churn(live, CHURN), CHURN);
        }
        bench.fresh();
        time("W9", () -> bench.mapApart(ServiceBench.MOST), ServiceBench.MOST);
        time("churn" + ServiceBench.MOST, () -> bench.churn(ServiceBench.MOST, CHURN), CHURN);
        long with = used();
        bench.fresh();
        System.out.println(String.format(Locale.ROOT, "W9bytes:%s %.2f", backend, (double) (with - used()) / ServiceBench.MOST));
    }

    private static long used() {
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    private void run(String work, Runnable before, Runnable timed, Runnable after, int operations) {
        if (!wants(work)) {
            return;
        }
        long bytes = 0;
        for (int i = -WARM_UP; i < runs; i++) {
            before.run();
            bytes = THREADS.getThreadAllocatedBytes(Thread.currentThread().getId());
            long start = THREADS.getCurrentThreadCpuTime();
            timed.run();
            long end = THREADS.getCurrentThreadCpuTime();
            bytes = THREADS.getThreadAllocatedBytes(Thread.currentThread().getId()) - bytes;
            after.run();
            if (i >= 0) {
                print(work, (double) (end - start) / operations);
            }
        }
        print(work + "/alloc", (double) bytes / operations);
    }

    private void time(String work, Runnable timed, int operations) {
        long start = THREADS.getCurrentThreadCpuTime();
        timed.run();
        print(work, (double) (THREADS.getCurrentThreadCpuTime() - start) / operations);
    }

    private void print(String work, double value) {
        System.out.println(String.format(Locale.ROOT, "%s:%s %.3f", work, backend, value));
    }
}
