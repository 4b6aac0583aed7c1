// SPDX-License-Identifier: Apache-2.0
package org.sluice.benchmarks;

import java.util.ArrayList;
import java.util.List;

import org.sluice.api.Machine;
import org.sluice.api.Permissions;
import org.sluice.api.dma.DmaPort;
import org.sluice.api.space.AddressSpace;
import org.sluice.api.space.Change;
import org.sluice.api.space.SpaceOptions;

/**
 * Workloads of docs/benchmarks.md through the services that clients have: an address space and a device behind a unit that one backend
 * drives and models. Unmapping includes the unit's real invalidation commands, translating the gate. Not thread-safe.
 */
final class ServiceBench implements AutoCloseable {
    static final int MOST = 10_485_760;
    private static final int SET = 256;
    private static final int RW = Permissions.READ_WRITE;

    private final Installation installation = new Installation();
    private final Machine machine;
    private final DmaPort port;
    private final Stream stream = new Stream();
    private final long[] hot = new long[1024];
    private AddressSpace space;
    private int made;

    ServiceBench(String backend) {
        machine = installation.open(backend + ",tables=1G");
        port = installation.port(machine);
        SplitMix random = new SplitMix(4);
        for (int i = 0; i < hot.length; i++) {
            hot[i] = random.next() & Bench.MANY - 1;
        }
    }

    /** An empty space with the device in it. */
    void fresh() {
        if (space != null) {
            space.detach(Installation.NIC, Installation.NO_PASID);
            installation.spaces.destroy(space);
        }
        space = installation.spaces.create(machine, SpaceOptions.named("s" + made++));
        space.attach(Installation.NIC, Installation.NO_PASID);
    }

    void freshWith(int pages) {
        fresh();
        mapScattered(pages);
    }

    /** W1. */
    void mapScattered(int pages) {
        for (int i = 0; i < pages; i++) {
            space.map(Bench.B + i * Bench.PAGE, Bench.scattered(i), Bench.PAGE, RW);
        }
    }

    /** Also W5m, right after the pages were mapped: none is in the unit's cache then. */
    void checkScattered(int pages) {
        for (int i = 0; i < pages; i++) {
            Bench.check("W1", port.translate(Bench.B + i * Bench.PAGE, Permissions.READ), Bench.scattered(i));
        }
    }

    /** W3a. */
    void unmapOneByOne() {
        for (int i = 0; i < Bench.SMALL; i++) {
            space.unmap(Bench.B + i * Bench.PAGE, Bench.PAGE);
        }
    }

    /** W3a in sets of {@value #SET}: what a set unmaps the unit forgets with one wait. */
    void unmapInSets() {
        List<Change> set = new ArrayList<>(SET);
        for (int i = 0; i < Bench.SMALL; i++) {
            set.add(Change.unmap(Bench.B + i * Bench.PAGE, Bench.PAGE));
            if (set.size() == SET) {
                space.change(set);
                set.clear();
            }
        }
    }

    /** W3b. */
    void unmapAtOnce() {
        Bench.check("W3b", space.unmap(Bench.B, Bench.SMALL * Bench.PAGE), Bench.SMALL * Bench.PAGE);
    }

    void checkUnmapped() {
        if (port.translate(Bench.B + Bench.PAGE, Permissions.READ) >= 0) {
            throw new IllegalStateException("still there");
        }
    }

    /** W4h. */
    void hot() {
        SplitMix random = new SplitMix(40);
        long sum = 0;
        for (int i = 0; i < Bench.WALKS; i++) {
            long x = random.next();
            sum += port.translate(Bench.B + hot[(int) x & 1023] * Bench.PAGE + (x >>> 52), Permissions.READ);
        }
        Bench.check("W4h", sum, 0x226_3379_bf8a_21a0L);
    }

    /** W4m. */
    void many() {
        SplitMix random = new SplitMix(41);
        long sum = 0;
        for (int i = 0; i < Bench.WALKS; i++) {
            long x = random.next();
            sum += port.translate(Bench.B + (x & Bench.MANY - 1) * Bench.PAGE + (x >>> 52), Permissions.READ);
        }
        Bench.check("W4m", sum, 0x225_5405_c5b1_19b1L);
    }

    /** W5. */
    void ring() {
        long sum = 0;
        for (int k = 0; k < Bench.RING; k++) {
            long iova = Bench.B + (k & 511) * Bench.PAGE;
            if (k >= 256) {
                space.unmap(Bench.B + (k - 256 & 511) * Bench.PAGE, Bench.PAGE);
            }
            space.map(iova, Bench.scattered(k), Bench.PAGE, RW);
            sum += port.translate(iova, Permissions.READ) + port.translate(iova + 1500, Permissions.READ);
        }
        Bench.check("W5", sum, 0x112a_8560_4821_780L);
    }

    /** W5 without its translations: what a client that only maps and unmaps pays, with nothing cached to invalidate. */
    void ringOfChanges(int steps) {
        for (int k = 0; k < steps; k++) {
            if (k >= 256) {
                space.unmap(Bench.B + (k - 256 & 511) * Bench.PAGE, Bench.PAGE);
            }
            space.map(Bench.B + (k & 511) * Bench.PAGE, Bench.scattered(k), Bench.PAGE, RW);
        }
    }

    /** W7. */
    void replay() {
        long hash = 0;
        for (int i = 0; i < Stream.RECORDS; i++) {
            long iova = stream.iova(i);
            long size = stream.size(i);
            long output = stream.output(i);
            boolean maps = stream.isMap(i);
            if (maps) {
                space.map(iova, output, size, RW);
            } else {
                space.unmap(iova, size);
            }
            hash = hash * 31 + (iova ^ output ^ size ^ (maps ? 1 : 0));
        }
        Bench.check("W7", hash, Stream.HASH);
    }

    /** W9. */
    void mapApart(int pages) {
        for (int i = 0; i < pages; i++) {
            space.map(Bench.B + 2L * i * Bench.PAGE, Bench.scattered(i & 0x3F_FFFF), Bench.PAGE, RW);
        }
    }

    /** Unmaps and maps again one page in each of {@code operations} steps, among as many as are mapped: W9's pages. */
    void churn(int pages, int operations) {
        SplitMix random = new SplitMix(9);
        for (int i = 0; i < operations; i++) {
            long at = Long.remainderUnsigned(random.next(), pages);
            long iova = Bench.B + 2 * at * Bench.PAGE;
            space.unmap(iova, Bench.PAGE);
            space.map(iova, Bench.scattered(at & 0x3F_FFFF), Bench.PAGE, RW);
        }
    }

    @Override
    public void close() {
        installation.close();
    }
}
