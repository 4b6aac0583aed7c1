// SPDX-License-Identifier: Apache-2.0
package org.sluice.benchmarks;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

import org.sluice.backend.amdvi.layout.AmdViFormats;
import org.sluice.backend.smmuv3.layout.SmmuFormats;
import org.sluice.backend.smmuv3.layout.SmmuFormats.Rules;
import org.sluice.backend.smmuv3.layout.SmmuFormats.Shape;
import org.sluice.backend.vtd.layout.VtdFormats;
import org.sluice.backend.zpci.layout.ZpciFormats;
import org.sluice.kit.radix.RadixFormat;
import org.sluice.machine.AddressRange;
import org.sluice.machine.PhysicalMemory;

/**
 * One process' measurements of every vendor's format: a line {@code workload:format nanoseconds} for each run. All formats work before the
 * first is measured, so that the compiler has seen them all, whichever are asked for.
 */
public final class FormatMeasure {
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
    private static final AddressRange TABLES = AddressRange.ofSize(0x4000_0000L, 256L << 20);
    private static final int WARM_UP = 5;
    private static final int SHORT_WARM_UP = 500;
    private static final int SHORT_RUNS = 20;
    private static final int LARGE_RUNS = 2;
    private static final Runnable NOTHING = () -> { };
    /** By the name in the table's first column. */
    private static final Map<String, Supplier<Workloads>> FORMATS = new LinkedHashMap<>();
    private static PhysicalMemory memory;

    private final String name;
    private final Workloads work;
    private final Set<String> wanted;
    private final int runs;
    private final Stream stream;

    static {
        radix("vtd-second", Bench::secondStage, 0);
        radix("vtd-first", () -> new VtdFormats.FirstStage(4, 52, true, true, true).format(), 0);
        radix("smmuv3-s1-4k", () -> stage(1, 12), 0);
        radix("smmuv3-s2-4k", () -> stage(2, 12), 0);
        radix("smmuv3-s1-16k", () -> stage(1, 14), 0);
        radix("smmuv3-s1-64k", () -> stage(1, 16), 0);
        radix("amdvi-v1", () -> AmdViFormats.host(4), 0);
        radix("amdvi-v2", () -> AmdViFormats.guestTables(4, true), 0);
        radix("zpci", () -> ZpciFormats.of(1), ZpciFormats.PAGE_IN_USE);
        FORMATS.put("virtio", StoreBench::new);
    }

    private FormatMeasure(String name, Workloads work, Set<String> wanted, int runs, Stream stream) {
        this.name = name;
        this.work = work;
        this.wanted = wanted;
        this.runs = runs;
        this.stream = stream;
    }

    private static void radix(String name, Supplier<RadixFormat> format, long attributes) {
        FORMATS.put(name, () -> new Bench(format.get(), attributes, memory, TABLES));
    }

    /** 48 bits in and out; levels as many as the granule needs. */
    private static RadixFormat stage(int stage, int granule) {
        return SmmuFormats.build(new Shape(stage, granule, 48, SmmuFormats.startLevel(granule, 48), 48, false, false, false), Rules.PLAIN);
    }

    /** @param args runs; formats by commas or {@code all}; workloads by commas or {@code all} */
    public static void main(String[] args) {
        int runs = Integer.parseInt(args[0]);
        Set<String> formats = args.length < 2 || args[1].equals("all") ? FORMATS.keySet() : Set.of(args[1].split(","));
        Set<String> wanted = args.length < 3 || args[2].equals("all") ? Set.of() : Set.of(args[2].split(","));
        if (!FORMATS.keySet().containsAll(formats)) {
            System.err.println("formats are " + String.join(", ", FORMATS.keySet()));
            System.exit(2);
        }
        memory = PhysicalMemory.allocate(TABLES);
        Stream stream = new Stream();
        Pollution.run();
        FORMATS.values().forEach(format -> pollute(format.get()));
        for (String format : FORMATS.keySet()) {
            if (formats.contains(format)) {
                new FormatMeasure(format, FORMATS.get(format).get(), wanted, runs, stream).all();
            }
        }
    }

    /** Every format does all kinds of work once. */
    private static void pollute(Workloads work) {
        work.fresh();
        work.mapScattered(Bench.SMALL);
        work.unmapOneByOne();
        work.fresh();
        work.mapLarge();
        work.fresh();
        work.ring();
        work.fresh();
        work.mapScattered(Bench.MANY);
        work.hotCached();
    }

    private void all() {
        run("W1", work::fresh, () -> work.mapScattered(Bench.SMALL), work::checkScattered, Bench.SMALL, WARM_UP, runs);
        if (!(work instanceof Bench radix) || radix.hasGigabytePages()) {
            runShort("W2a", work::fresh);
        }
        if (work instanceof Bench) {
            runShort("W2b", work::freshSmallBlocks);
        }
        Runnable mapped = () -> {
            work.fresh();
            work.mapScattered(Bench.SMALL);
        };
        run("W3a", mapped, work::unmapOneByOne, NOTHING, Bench.SMALL, WARM_UP, runs);
        run("W3b", mapped, work::unmapAtOnce, NOTHING, Bench.SMALL, WARM_UP, runs);
        if (wants("W4h") || wants("W4m") || wants("W4md")) {
            work.fresh();
            work.mapScattered(Bench.MANY);
            run("W4h", NOTHING, work::hotCached, NOTHING, Bench.WALKS, WARM_UP, runs);
            run("W4m", NOTHING, work::manyWalked, NOTHING, Bench.WALKS, WARM_UP, runs);
            run("W4md", NOTHING, work::manyDependent, NOTHING, Bench.WALKS, WARM_UP, runs);
        }
        run("W5", work::fresh, work::ring, NOTHING, Bench.RING, WARM_UP, runs);
        if (work.page() == Bench.PAGE) {
            run("W7", work::fresh, () -> work.replay(stream), () -> work.checkReplayed(stream), Stream.RECORDS, WARM_UP, runs);
        }
        run("W9", work::fresh, () -> work.mapApart(Workloads.W9), () -> work.checkApart(Workloads.W9), Workloads.W9, 1, LARGE_RUNS);
        if (wants("W9")) {
            print("W9bytes", (double) work.bytes() / Workloads.W9);
        }
        work.fresh();
    }

    private boolean wants(String workload) {
        return wanted.isEmpty() || wanted.contains(workload);
    }

    /** Time on the processor: what other processes take on a shared machine is not ours. */
    private void run(String workload, Runnable before, Runnable timed, Runnable after, int operations, int warmUp, int times) {
        for (int i = wants(workload) ? -warmUp : times; i < times; i++) {
            before.run();
            long start = THREADS.getCurrentThreadCpuTime();
            timed.run();
            long end = THREADS.getCurrentThreadCpuTime();
            after.run();
            if (i >= 0) {
                print(workload, (double) (end - start) / operations);
            }
        }
    }

    /** W2, so short that asking for processor time would be seen. */
    private void runShort(String workload, Runnable before) {
        for (int i = wants(workload) ? -SHORT_WARM_UP : SHORT_RUNS * runs; i < SHORT_RUNS * runs; i++) {
            before.run();
            long start = System.nanoTime();
            work.mapLarge();
            long end = System.nanoTime();
            if (i >= 0) {
                work.checkLarge();
                print(workload, end - start);
            }
        }
    }

    private void print(String workload, double value) {
        System.out.println(String.format(Locale.ROOT, "%s:%s %.3f", workload, name, value));
    }
}
