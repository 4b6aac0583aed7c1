// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.stress;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;
import static org.sluice.api.Permissions.READ_WRITE;
import static org.sluice.api.Permissions.WRITE;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;

import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.junit.runners.Parameterized;
import org.junit.runners.Parameterized.Parameter;
import org.junit.runners.Parameterized.Parameters;
import org.sluice.api.FaultRecord;
import org.sluice.api.FaultService.Count;
import org.sluice.api.FaultService.History;
import org.sluice.api.Machine;
import org.sluice.api.MachineService.Lease;
import org.sluice.api.Progress;
import org.sluice.api.TranslationRequest;
import org.sluice.api.WatchService.Pace;
import org.sluice.api.dma.DmaPort;
import org.sluice.api.space.AddressSpace;
import org.sluice.api.space.SpaceOptions;
import org.sluice.api.space.SwapService.SwapOptions;
import org.sluice.api.space.SwapState;
import org.sluice.core.fault.Faults;
import org.sluice.core.inspect.Watch;
import org.sluice.core.registry.OpenMachine;
import org.sluice.core.unit.FaultLog;

/** Faults of driven units: each is in the history once, nobody has to ask for that, and a device that faulted goes on. */
@RunWith(Parameterized.class)
public class FaultTest {
    private static final int NO_PASID = TranslationRequest.NO_PASID;
    private static final long PAGE = 4096;
    private static final long MAPPED = 0x1_0000_0000L;
    private static final long UNMAPPED = 0x1_0010_0000L;
    private static final long DEADLINE_NANOS = 20_000_000_000L;

    /**
     * What each vendor calls a write to where nothing is mapped (sheets: smmuv3 event 0x10; vtd 4.1, an entry without any permission in
     * scalable mode; amdvi 7, not present and a write; zpci 6, translation protection; virtio-iommu, fault reason 2).
     */
    private static final Map<String, String> NAMES = Map.of("smmuv3", "F_TRANSLATION", "vtd", "access-not-permitted",
            "amdvi", "IO_PAGE_FAULT PR=0 RW=1", "zpci", "TPROTE", "virtio", "MAPPING");

    @Parameters(name = "{0}")
    public static List<String> backends() {
        return Platform.TRANSLATING;
    }

    @Parameter
    public String backend;

    private final Platform platform = new Platform();
    private final Faults faults = new Faults(platform.machines, platform.registry);
    private Machine machine;
    private AddressSpace space;
    private DmaPort nic;

    @Before
    public void open() {
        machine = platform.open(backend);
        space = platform.spaces.create(machine, SpaceOptions.named("s"));
        space.attach(Platform.NIC, NO_PASID);
        space.map(MAPPED, machine.memory().ram().get(0).start(), PAGE, READ_WRITE);
        nic = platform.port(machine, Platform.NIC);
    }

    @After
    public void close() {
        platform.close();
        faults.stop();
    }

    /** Until the device can use its mapping again; a unit may stop a device at its fault. */
    private void goOn(DmaPort device) {
        await(() -> device.write(MAPPED, new byte[8], 0, 8) == DmaPort.OK);
    }

    private static void await(BooleanSupplier done) {
        long end = System.nanoTime() + DEADLINE_NANOS;
        while (!done.getAsBoolean()) {
            assertTrue("it did not happen in time", System.nanoTime() < end);
            Thread.onSpinWait();
        }
    }

    @Test
    public void aFaultIsListedOnceWithDeviceAddressAndTheVendorsName() {
        assertTrue(nic.write(UNMAPPED + 0x10, new byte[8], 0, 8) < 0);
        for (int i = 0; i < 3; i++) {
            List<FaultRecord> records = faults.history(machine).records();
            assertEquals(records.toString(), 1, records.size());
            FaultRecord record = records.get(0);
            assertEquals(Platform.NIC, record.device());
            assertEquals(UNMAPPED, record.iova() & -PAGE);
            assertEquals(NAMES.get(backend), record.fault().name());
        }
        assertEquals(1, faults.clear(machine));
        assertEquals(List.of(), faults.history(machine).records());
    }

    /** Nobody asks for faults here: what stopped a function lets it go on by itself. */
    @Test
    public void afterAFaultTheDeviceGoesOn() {
        for (int i = 0; i < 20; i++) {
            long before = OpenMachine.of(machine).faults().next();
            assertTrue(nic.write(UNMAPPED, new byte[8], 0, 8) < 0);
            goOn(nic);
            await(() -> OpenMachine.of(machine).faults().next() > before);
        }
        List<Count> counts = faults.history(machine).counts();
        assertEquals(counts.toString(), 1, counts.size());
        assertEquals(Platform.NIC, counts.get(0).device());
    }

    @Test
    public void tenThousandFaultsAreCountedAndOnlyTheLastOnesKept() {
        int many = 10_000;
        OpenMachine open = OpenMachine.of(machine);
        for (int i = 0; i < many; i++) {
            long before = open.faults().next();
            assertTrue(nic.translate(UNMAPPED + i % 16 * PAGE, WRITE) < 0);
            // One each time: VT-d has a single record here and drops what comes while it is full, zPCI stops the function.
            faults.history(machine);
            assertEquals(before + 1, open.faults().next());
        }
        History history = faults.history(machine);
        long counted = history.counts().stream().mapToLong(Count::faults).sum();
        assertEquals(many, counted);
        assertEquals(FaultLog.CAPACITY, history.records().size());
        assertEquals(many - FaultLog.CAPACITY, history.dropped());
        assertEquals(many - 1, history.records().get(FaultLog.CAPACITY - 1).index());
    }

    /** What was recorded before the watch began is no news, and what comes during it is told once. */
    @Test
    public void aWatchTellsEachNewFaultOnce() {
        assertTrue(nic.write(UNMAPPED, new byte[8], 0, 8) < 0);
        faults.history(machine);
        goOn(nic);
        List<FaultRecord> told = new ArrayList<>();
        int[] looks = new int[1];
        try (Lease lease = platform.machines.lease(machine.name(), Progress.NONE)) {
            new Watch().faults(lease, new Pace(10, 10, 0), told::add, () -> {
                if (looks[0]++ == 2) {
                    assertTrue(nic.write(UNMAPPED + PAGE, new byte[8], 0, 8) < 0);
                    faults.history(machine);
                }
            });
        }
        assertEquals(told.toString(), 1, told.size());
        assertEquals(UNMAPPED + PAGE, told.get(0).iova() & -PAGE);
        assertEquals(10, looks[0]);
    }

    /** Faults of the old unit are in the history, each once, whichever backend takes over. */
    @Test
    public void aSwapLosesAndDoublesNoFault() {
        List<String> expected = new ArrayList<>();
        for (String to : Platform.TRANSLATING) {
            if (!to.equals(backend)) {
                assertTrue(nic.write(UNMAPPED, new byte[8], 0, 8) < 0);
                expected.add(to);
                assertEquals(SwapState.ACTIVE, platform.swaps.swap(machine, "0", to, SwapOptions.DEFAULT, Progress.NONE).state());
                assertEquals(expected.size(), faults.history(machine).records().size());
                goOn(nic);
            }
        }
        assertEquals(expected.size(), faults.history(machine).counts().stream().mapToLong(Count::faults).sum());
    }
}
