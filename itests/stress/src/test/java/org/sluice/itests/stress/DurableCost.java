// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.stress;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

import org.junit.Test;
import org.sluice.api.Machine;
import org.sluice.api.Permissions;
import org.sluice.api.Progress;
import org.sluice.api.TranslationRequest;
import org.sluice.api.dma.DmaPort;
import org.sluice.api.space.AddressSpace;
import org.sluice.api.space.Change;
import org.sluice.api.space.SpaceOptions;

/**
 * What durability costs: W1 and W5 of docs/benchmarks.md through the whole of a space with one device behind a VT-d unit, volatile and durable. By the
 * clock, since a durable change waits for the disk; so there are fewer of them. Not among the tests:
 * {@code -Dtest=DurableCost -Dsluice.cost=FOLDER,...}, with a folder on the disk that is meant and one in memory.
 */
public class DurableCost {
    private static final long PAGE = 4096;
    private static final long BASE = 0x1_0000_0000L;
    private static final long OUTPUT = 0x10_0000_0000L;
    private static final int W1 = 262_144;
    private static final int RING = 512;
    private static final int RUNS = 5;
    private static final int THREADS = 16;

    /** Folders for stores, with commas; what is in them is deleted. */
    private static final String FOLDERS = "sluice.cost";

    /** Where the store is, or null for volatile spaces. */
    private Path folder;

    @Test
    public void measure() throws IOException, InterruptedException {
        System.out.println("ns                                    least    median");
        print("W1, volatile", () -> map(W1, 1));
        print("W1 in one set, volatile", () -> mapAtOnce(W1));
        print("W5, volatile", () -> ring(100_000, false));
        for (String name : System.getProperty(FOLDERS, System.getProperty("java.io.tmpdir") + "/sluice-cost").split(",")) {
            folder = Path.of(name);
            System.out.println("store in " + folder);
            print("W1, one thread", () -> map(2000, 1));
            print("W1, " + THREADS + " threads", () -> map(4000, THREADS));
            print("W1 in one set", () -> mapAtOnce(W1));
            print("W5", () -> ring(1000, false));
            print("W5, a set a step", () -> ring(1000, true));
        }
    }

    /** Nanoseconds an operation. */
    @FunctionalInterface
    private interface Work {
        double run() throws IOException, InterruptedException;
    }

    private void print(String what, Work work) throws IOException, InterruptedException {
        double[] times = new double[RUNS];
        work.run(); // warm
        for (int i = 0; i < RUNS; i++) {
            times[i] = work.run();
        }
        Arrays.sort(times);
        System.out.printf(Locale.ROOT, "%-32s %10.0f %10.0f%n", what, times[0], times[RUNS / 2]);
    }

    private Platform start() throws IOException {
        if (folder != null) {
            Files.createDirectories(folder);
            try (Stream<Path> all = Files.list(folder)) {
                for (Path file : all.toList()) {
                    Files.delete(file);
                }
            }
        }
        return new Platform(folder, Platform.all());
    }

    private AddressSpace space(Platform platform, String name) {
        Machine machine = platform.machines.list().stream().findFirst()
                .orElseGet(() -> platform.machines.open("synthetic:vtd", "lab", false, Progress.NONE));
        AddressSpace space = platform.spaces.create(machine, new SpaceOptions(name, folder != null, null, 0));
        if (space.isDurable() != (folder != null)) {
            throw new IllegalStateException("measured is something else");
        }
        return space;
    }

    private static long scattered(long i) {
        return OUTPUT + ((i * 0x9E37_79B1L & 0x3F_FFFF) << 12);
    }

    private double map(int count, int threads) throws IOException, InterruptedException {
        Platform platform = start();
        AddressSpace space = space(platform, "s");
        space.attach(Platform.NIC, TranslationRequest.NO_PASID);
        List<Thread> all = new ArrayList<>();
        long began = System.nanoTime();
        for (int t = 0; t < threads; t++) {
            int first = t * (count / threads);
            Thread thread = new Thread(() -> {
                for (int i = first; i < first + count / threads; i++) {
                    space.map(BASE + i * PAGE, scattered(i), PAGE, Permissions.READ_WRITE);
                }
            });
            all.add(thread);
            thread.start();
        }
        for (Thread thread : all) {
            thread.join();
        }
        long ended = System.nanoTime();
        check(space.info().mappings() == count);
        end(platform);
        return (double) (ended - began) / count;
    }

    private double mapAtOnce(int count) throws IOException {
        Platform platform = start();
        AddressSpace space = space(platform, "s");
        space.attach(Platform.NIC, TranslationRequest.NO_PASID);
        List<Change> set = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            set.add(Change.map(BASE + i * PAGE, scattered(i), PAGE, Permissions.READ_WRITE));
        }
        long began = System.nanoTime();
        space.change(set);
        long ended = System.nanoTime();
        check(space.info().mappings() == count);
        end(platform);
        return (double) (ended - began) / count;
    }

    private double ring(int steps, boolean set) throws IOException {
        Platform platform = start();
        AddressSpace space = space(platform, "s");
        space.attach(Platform.NIC, TranslationRequest.NO_PASID);
        DmaPort port = platform.port(space.machine(), Platform.NIC);
        long sum = 0;
        long began = System.nanoTime();
        for (int k = 0; k < steps; k++) {
            long iova = BASE + (k & RING - 1) * PAGE;
            long old = BASE + (k - RING / 2 & RING - 1) * PAGE;
            if (set && k >= RING / 2) {
                space.change(List.of(Change.unmap(old, PAGE), Change.map(iova, scattered(k), PAGE, Permissions.READ_WRITE)));
            } else {
                if (k >= RING / 2) {
                    space.unmap(old, PAGE);
                }
                space.map(iova, scattered(k), PAGE, Permissions.READ_WRITE);
            }
            sum += port.translate(iova, Permissions.READ) + port.translate(iova + 1500, Permissions.READ) - 2 * scattered(k);
        }
        long ended = System.nanoTime();
        check(sum == 1500L * steps);
        end(platform);
        return (double) (ended - began) / steps;
    }

    private static void check(boolean right) {
        if (!right) {
            throw new IllegalStateException("the run is void");
        }
    }

    private static void end(Platform platform) {
        if (platform.durable == null) {
            platform.machines.list().forEach(machine -> platform.machines.close(machine.name()));
        } else {
            platform.end();
        }
    }
}
