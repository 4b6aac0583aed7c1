// SPDX-License-Identifier: Apache-2.0
package org.sluice.benchmarks;

import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.Logger;

import org.sluice.api.Machine;
import org.sluice.api.Permissions;
import org.sluice.api.Progress;
import org.sluice.api.dma.DmaPort;
import org.sluice.api.space.AddressSpace;
import org.sluice.api.space.SpaceOptions;
import org.sluice.api.space.SwapService.SwapOptions;
import org.sluice.api.space.SwapService.SwapReport;
import org.sluice.api.space.SwapState;

/**
 * Swaps under load: a device that translates without a pause, a client that changes mappings at a steady rate, and a unit whose backend
 * is exchanged again and again. Tells how long DMA was held up, how long a change waited, and what preparing cost for each mapping (W8).
 */
public final class SwapBench {
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
    private static final int CHANGES_A_SECOND = 10_000;
    /** Time enough on a crowded machine. */
    private static final SwapOptions OPTIONS = new SwapOptions(600_000, false, false);
    /** Pages that the client changes lie above those that stay. */
    private static final long CHANGED = 1L << 40;
    private static final int RING = 256;
    private static final int SETTLE = 10;

    private final Installation installation = new Installation();
    private volatile boolean over;

    private final List<String> backends;
    /** The least processor time of a swap, by the backend that it goes to. */
    private final Map<String, Long> processors = new HashMap<>();

    private SwapBench(List<String> backends) {
        this.backends = backends;
    }

    /**
     * @param args mappings; swaps (a multiple of the backends: each ordered pair comes by turns); two or more backends, or {@code all}; anything more for no device
     *     and no client: W8 alone
     */
    public static void main(String[] args) throws InterruptedException {
        for (Handler handler : Logger.getLogger("").getHandlers()) {
            handler.setLevel(Level.WARNING); // a line of each swap in the audit trail would hide the figures
        }
        int[] sizes = args.length > 0 ? Arrays.stream(args[0].split(",")).mapToInt(Integer::parseInt).toArray() : new int[] {10_000, 100_000, 1_000_000};
        int swaps = args.length > 1 ? Integer.parseInt(args[1]) : 100;
        List<String> backends = args.length > 2 && !args[2].equals("all") ? List.of(args[2].split(",")) : Installation.BACKENDS;
        System.out.println("  mappings  DMA held up, µs: median     p99     max   a change waited, µs: median    p99     max   filled, ns a mapping   collections, ms");
        for (int size : sizes) {
            new SwapBench(backends).run(size, swaps, args.length <= 3);
        }
    }

    private void run(int mappings, int swaps, boolean load) throws InterruptedException {
        Machine machine = installation.open(backends.get(0) + ",tables=512M");
        AddressSpace space = installation.spaces.create(machine, SpaceOptions.named("s"));
        space.attach(Installation.NIC, Installation.NO_PASID);
        for (int i = 0; i < mappings; i++) {
            space.map(Bench.B + i * Bench.PAGE, Bench.scattered(i), Bench.PAGE, Permissions.READ_WRITE);
        }
        Client client = new Client(space);
        Thread device = new Thread(() -> translate(machine, mappings), "device");
        Thread changer = new Thread(client, "client");
        if (load) {
            device.start();
            changer.start();
        }
        System.gc(); // moves what is noted here out of the way, so that no collection that the load did not make holds anybody up
        List<SwapReport> reports = new ArrayList<>();
        long collected = 0;
        for (int i = 0; i < swaps + SETTLE; i++) {
            if (i == SETTLE) {
                client.count = 0;
                collected = collections();
            }
            long processor = THREADS.getCurrentThreadCpuTime();
            SwapReport report = installation.swaps.swap(machine, "0", to(i), OPTIONS, Progress.NONE);
            if (report.state() != SwapState.ACTIVE) {
                throw new IllegalStateException(report.toString());
            }
            if (i >= SETTLE) {
                reports.add(report);
                processors.merge(report.to(), THREADS.getCurrentThreadCpuTime() - processor, Math::min);
            }
        }
        collected = collections() - collected;
        over = true;
        device.join();
        changer.join();
        print(mappings, reports, client, collected);
        installation.close();
    }

    /** Steps of one, two, three and four round the backends, so that all ordered pairs come. */
    private String to(int swap) {
        int all = backends.size();
        int at = 0;
        for (int i = 0; i <= swap; i++) {
            at += 1 + i / all % (all - 1);
        }
        return backends.get(at % all);
    }

    private void translate(Machine machine, int mappings) {
        DmaPort port = installation.port(machine);
        SplitMix random = new SplitMix(3);
        while (!over) {
            long page = Long.remainderUnsigned(random.next(), mappings);
            long target = port.translate(Bench.B + page * Bench.PAGE, Permissions.READ);
            if (target != Bench.scattered(page)) {
                throw new IllegalStateException("page " + page + ": " + Long.toHexString(target));
            }
        }
    }

    /** Maps and unmaps in a ring at a steady rate, and notes how long each call took. */
    private final class Client implements Runnable {
        private final AddressSpace space;
        private final long[] waited = new long[1 << 22];
        private volatile int count;

        Client(AddressSpace space) {
            this.space = space;
        }

        @Override
        public void run() {
            long next = System.nanoTime();
            for (int i = 0; !over; i++) {
                LockSupport.parkNanos(next - System.nanoTime());
                long began = System.nanoTime();
                long iova = CHANGED + (i / 2 % RING) * Bench.PAGE;
                if (i % 2 == 0) {
                    space.map(iova, Bench.PAB, Bench.PAGE, Permissions.READ_WRITE);
                } else {
                    space.unmap(iova, Bench.PAGE);
                }
                waited[count & waited.length - 1] = System.nanoTime() - began;
                count++;
                next = Math.max(next + 1_000_000_000L / CHANGES_A_SECOND, began - 1_000_000L);
            }
        }
    }

    private static long collections() {
        return ManagementFactory.getGarbageCollectorMXBeans().stream().mapToLong(GarbageCollectorMXBean::getCollectionTime).sum();
    }

    private void print(int mappings, List<SwapReport> reports, Client client, long collected) {
        long[] blackouts = reports.stream().mapToLong(SwapReport::blackoutNanos).sorted().toArray();
        long[] waits = Arrays.copyOf(client.waited, Math.min(client.count, client.waited.length));
        Arrays.sort(waits);
        double filled = reports.stream().mapToLong(SwapReport::prepareNanos).sum() / (double) reports.size() / mappings;
        System.out.println(String.format(Locale.ROOT, "%10d %26.1f %7.1f %7.1f %27.1f %6.1f %7.1f %22.1f %18d", mappings,
                at(blackouts, 0.5), at(blackouts, 0.99), at(blackouts, 1), at(waits, 0.5), at(waits, 0.99), at(waits, 1), filled, collected));
        for (String backend : backends) {
            double least = reports.stream().filter(r -> r.to().equals(backend)).mapToLong(SwapReport::prepareNanos).min().orElse(0);
            System.out.println(String.format(Locale.ROOT, "%20s: filled in %.1f ns a mapping at best, all of a swap %.1f ns of processor", backend,
                    least / mappings, (double) processors.getOrDefault(backend, 0L) / mappings));
        }
    }

    /** In microseconds. */
    private static double at(long[] sorted, double part) {
        return sorted.length == 0 ? 0 : sorted[(int) Math.min(sorted.length - 1, Math.ceil(part * sorted.length) - 1)] / 1e3;
    }
}
