// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.stress;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

import org.junit.After;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.junit.runners.Parameterized;
import org.junit.runners.Parameterized.Parameter;
import org.junit.runners.Parameterized.Parameters;
import org.sluice.api.Machine;
import org.sluice.api.space.AddressSpace;
import org.sluice.api.space.SpaceOptions;
import org.sluice.core.registry.OpenMachine;
import org.sluice.itests.stress.SoakWorker.Share;
import org.sluice.machine.AddressRange;
import org.sluice.testkit.Seed;
import org.sluice.vfio.VfioService;
import org.sluice.vfio.internal.VfioFrontEnd;

/**
 * Two threads map, unmap and do DMA in one space under each backend: no mapping is lost, no DMA goes outside of its mapping, and nothing is left
 * when both have ended. For as long as {@code -Dsluice.soak.seconds} says.
 */
@RunWith(Parameterized.class)
public class SoakTest {
    private static final double SECONDS = Double.parseDouble(System.getProperty("sluice.soak.seconds", "1.5"));
    private static final long MOST_SLOTS = 4352;
    private static final long BEYOND = 1L << 21;

    @Parameters(name = "{0}")
    public static List<String> backends() {
        return Platform.TRANSLATING;
    }

    @Parameter
    public String backend;

    private final Platform platform = new Platform();
    private final VfioService vfio = new VfioFrontEnd(platform.spaces, platform.dma, platform.interrupts);

    @After
    public void close() {
        platform.close();
    }

    @Test
    public void throughAnAddressSpace() throws Exception {
        Machine machine = platform.open(backend + ",ram=64M,tables=64M");
        soak(machine, () -> new SoakMappings.Direct(platform, platform.spaces.create(machine, SpaceOptions.named("s"))));
    }

    @Test
    public void throughTheVfioFrontEnd() throws Exception {
        Machine machine = platform.open(backend + ",ram=64M,tables=64M");
        soak(machine, () -> new SoakMappings.Vfio(vfio.open(machine), machine));
    }

    private void soak(Machine machine, Supplier<SoakMappings> way) throws Exception {
        Random random = Seed.random();
        // Entries of devices stay once they were needed: what is to come back is what there is after a first use.
        way.get().end();
        long before = memoryInUse(machine);
        SoakMappings mappings = way.get();
        AddressSpace space = platform.spaces.of(machine, Platform.NIC);
        List<SoakWorker> workers = workers(machine, mappings, space, random);
        ExecutorService threads = Executors.newFixedThreadPool(workers.size());
        try {
            long operations = 0;
            for (Future<Long> done : threads.invokeAll(workers)) {
                operations += done.get();
            }
            System.out.println(backend + " " + mappings.getClass().getSimpleName() + ": " + operations + " operations in " + SECONDS + " s");
            assertTrue(operations + " operations", operations > 1000);
        } finally {
            threads.shutdownNow();
            assertTrue(threads.awaitTermination(1, TimeUnit.MINUTES));
        }
        assertWhatIsMapped(machine, space, workers);
        workers.forEach(SoakWorker::finish);
        assertEquals(0, space.info().mappings());
        assertEquals(0, space.info().mappedBytes());
        assertNothingElseWasWritten(machine);
        assertTrue("pinned " + mappings.pinned(), mappings.pinned() <= 0);
        mappings.end();
        assertEquals("memory of tables", before, memoryInUse(machine));
        assertEquals(List.of(), platform.spaces.list(machine));
    }

    private List<SoakWorker> workers(Machine machine, SoakMappings mappings, AddressSpace space, Random random) {
        AddressRange widest = space.usable().stream().max((a, b) -> Long.compareUnsigned(a.size() - 1, b.size() - 1)).orElseThrow();
        long base = widest.start() + BEYOND - 1 & -BEYOND;
        int slots = (int) Math.min(MOST_SLOTS, (widest.last() - base >>> 12) / 2);
        long other = base + (long) slots * SoakWorker.PAGE;
        long ram = machine.memory().ram().get(0).start();
        long second = ram + (long) SoakWorker.PAGES * SoakWorker.PAGE;
        long end = System.nanoTime() + (long) (SECONDS * 1e9);
        return List.of(new SoakWorker(platform, machine, mappings, new Share(Platform.NIC, base, other, slots, ram), random.nextLong(), end),
                new SoakWorker(platform, machine, mappings, new Share(Platform.ENGINE, other, base, slots, second), random.nextLong(), end));
    }

    private static long memoryInUse(Machine machine) {
        OpenMachine open = OpenMachine.of(machine);
        open.lock().lock();
        try {
            return open.slots().get(0).live().driver().memoryInUse();
        } finally {
            open.lock().unlock();
        }
    }

    /** By the workers, the space, and an inspector that reads the tables of both devices. */
    private void assertWhatIsMapped(Machine machine, AddressSpace space, List<SoakWorker> workers) {
        Map<Long, Long> expected = new TreeMap<>();
        workers.forEach(worker -> worker.visit(expected::put));
        Map<Long, Long> told = new TreeMap<>();
        space.visit(new AddressRange(0, -1L), (iova, last, output, permissions, kind) -> {
            add(told, iova, last, output);
            return true;
        });
        assertEquals(expected, told);
        for (var device : SoakMappings.DEVICES) {
            Map<Long, Long> read = new TreeMap<>();
            platform.inspect.mappings(machine, device, -1, (what, done, total) -> { }, m -> add(read, m.iova(), m.last(), m.output()));
            assertEquals(device.toString(), expected, read);
        }
    }

    private static void add(Map<Long, Long> pages, long iova, long last, long output) {
        for (long at = 0; at <= last - iova; at += SoakWorker.PAGE) {
            pages.put(iova + at, output + at);
        }
    }

    private static void assertNothingElseWasWritten(Machine machine) {
        List<Long> written = new ArrayList<>();
        AddressRange ram = machine.memory().ram().get(0);
        for (long at = ram.start() + 2L * SoakWorker.PAGES * SoakWorker.PAGE; at <= ram.last() - 7; at += Long.BYTES) {
            if (machine.memory().readLong(at) != 0) {
                written.add(at);
            }
        }
        assertEquals(List.of(), written);
    }
}
