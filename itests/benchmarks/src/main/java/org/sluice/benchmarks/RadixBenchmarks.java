// SPDX-License-Identifier: Apache-2.0
package org.sluice.benchmarks;

import java.util.concurrent.TimeUnit;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** The workloads under JMH, each in forks of its own, with several formats used before. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 3, jvmArgsAppend = {"-Xmx512m", "-XX:+UseSerialGC"})
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 7, time = 1)
public class RadixBenchmarks {

    /** A tree that is empty before each call. */
    @State(Scope.Thread)
    public static class Empty {
        Bench bench;

        @Setup(Level.Trial)
        public void load() {
            Pollution.run();
            bench = new Bench(Bench.secondStage());
        }

        @Setup(Level.Invocation)
        public void clear() {
            bench.fresh();
        }
    }

    /** The same without 1 GiB pages. */
    @State(Scope.Thread)
    public static class Empty2M extends Empty {
        @Override
        @Setup(Level.Invocation)
        public void clear() {
            bench.freshSmallBlocks();
        }
    }

    /** A GiB mapped before each call. */
    @State(Scope.Thread)
    public static class Mapped extends Empty {
        @Override
        @Setup(Level.Invocation)
        public void clear() {
            bench.fresh();
            bench.mapScattered(Bench.SMALL);
        }
    }

    /** 1M pages mapped once. */
    @State(Scope.Thread)
    public static class Many {
        Bench bench;

        @Setup(Level.Trial)
        public void load() {
            Pollution.run();
            bench = new Bench(Bench.secondStage());
            bench.fresh();
            bench.mapScattered(Bench.MANY);
        }
    }

    @Benchmark
    @OperationsPerInvocation(Bench.SMALL)
    public void w1(Empty state) {
        state.bench.mapScattered(Bench.SMALL);
    }

    @Benchmark
    public void w2a(Empty state) {
        state.bench.mapLarge();
    }

    @Benchmark
    public void w2b(Empty2M state) {
        state.bench.mapLarge();
    }

    @Benchmark
    @OperationsPerInvocation(Bench.SMALL)
    public void w3a(Mapped state) {
        state.bench.unmapOneByOne();
    }

    @Benchmark
    @OperationsPerInvocation(Bench.SMALL)
    public void w3b(Mapped state) {
        state.bench.unmapAtOnce();
    }

    @Benchmark
    @OperationsPerInvocation(Bench.WALKS)
    public void w4h(Many state) {
        state.bench.hotCached();
    }

    @Benchmark
    @OperationsPerInvocation(Bench.WALKS)
    public void w4hWalk(Many state) {
        state.bench.hotWalked();
    }

    @Benchmark
    @OperationsPerInvocation(Bench.WALKS)
    public void w4m(Many state) {
        state.bench.manyWalked();
    }

    @Benchmark
    @OperationsPerInvocation(Bench.WALKS)
    public void w4mCache(Many state) {
        state.bench.manyCached();
    }

    @Benchmark
    @OperationsPerInvocation(Bench.WALKS)
    public void w4md(Many state) {
        state.bench.manyDependent();
    }

    @Benchmark
    @OperationsPerInvocation(Bench.RING)
    public void w5(Empty state) {
        state.bench.ring();
    }
}
