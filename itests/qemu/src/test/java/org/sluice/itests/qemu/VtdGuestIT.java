// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.qemu;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import org.junit.AfterClass;
import org.junit.BeforeClass;
import org.junit.Test;
import org.sluice.api.Access;
import org.sluice.api.Defect;
import org.sluice.api.MachineService.Lease;
import org.sluice.api.Mapping;
import org.sluice.api.MappingChange;
import org.sluice.api.MappingRate;
import org.sluice.api.Progress;
import org.sluice.api.TranslationReport;
import org.sluice.api.TranslationRequest;
import org.sluice.api.TranslationStep;
import org.sluice.api.WatchService.Pace;
import org.sluice.core.inspect.Watch;
import org.sluice.machine.DeviceId;
import org.sluice.machine.Hex;
import org.sluice.machine.IommuException;

/** Attached to a Linux guest behind intel-iommu that does I/O all the time. */
public class VtdGuestIT {
    private static final DeviceId NET = DeviceId.parse("00:02.0");
    private static final DeviceId DISK = DeviceId.parse("00:03.0");
    private static final DeviceId NVME = DeviceId.parse("01:00.0");
    private static final long SECOND = 1_000_000_000L;

    private static Qemu qemu;
    private static Platform platform;

    @BeforeClass
    public static void boot() throws Exception {
        qemu = PcGuest.start(List.of("-device", "intel-iommu,intremap=on,aw-bits=48"), "bus=rp1,addr=0", "intel_iommu=on,sm_off iommu.strict=1",
                List.of("vtd_dmar_translate", "vtd_inv_desc_iotlb*", "vtd_inv_desc_cc*", "vtd_dmar_fault"));
        platform = new Platform();
        platform.machines.open(qemu.origin(), "live", Progress.NONE);
    }

    @AfterClass
    public static void end() throws Exception {
        if (qemu != null) {
            platform.machines.close("live");
            qemu.close();
        }
    }

    @Test
    public void devicesAreThoseOfTheGuest() {
        platform.assertTranslated("live", "vtd", List.of(NET, DISK, NVME));
        try (Lease lease = platform.lease("live")) {
            assertTrue("DMAR is found in the guest's memory", lease.machine().description().firmware("DMAR").isPresent());
        }
    }

    @Test
    public void firstAnswerComesWithinASecond() {
        platform.machines.lease(qemu.origin().replace("/qmp", "/qmp2"), Progress.NONE).close();
        long start = System.nanoTime();
        try (Lease lease = platform.lease(qemu.origin().replace("/qmp", "/qmp2"))) {
            TranslationReport report = platform.walk(lease, DISK, 0x5000, Access.READ);
            assertEquals(TranslationReport.Result.FAULT, report.result());
        }
        long nanos = System.nanoTime() - start;
        System.out.println("attach to first answer: " + nanos / 1_000_000 + " ms");
        assertTrue(nanos + " ns", nanos < SECOND);
    }

    @Test
    public void whileStoppedNothingMovesAndThenItGoesOn() throws Exception {
        try (Lease lease = platform.stopped("live")) {
            assertFalse(qemu.monitor().running());
            List<Mapping> before = platform.mappings(lease, null);
            lease.renew();
            assertFalse("the next look stops it again", qemu.monitor().running());
            try (Lease second = platform.stopped("live")) {
                assertEquals(platform.mappings(lease, null), platform.mappings(second, null));
            }
            assertFalse("one of two is still looking", qemu.monitor().running());
            assertFalse(before.isEmpty());
        }
        assertTrue(qemu.monitor().running());
    }

    @Test
    public void aMachineThatOthersStoppedStaysStopped() throws Exception {
        qemu.monitor().execute("{\"execute\":\"stop\"}");
        try (Lease lease = platform.stopped("live")) {
            assertEquals("paused", lease.machine().description().extra().text("runState").orElseThrow());
        } finally {
            assertFalse(qemu.monitor().running());
            qemu.monitor().execute("{\"execute\":\"cont\"}");
        }
    }

    @Test
    public void othersWhoLetItGoOnSpoilTheAnswer() throws Exception {
        Lease lease = platform.stopped("live");
        qemu.monitor().execute("{\"execute\":\"cont\"}");
        assertEquals(IommuException.Reason.CONFLICT, assertThrows(IommuException.class, lease::close).reason());
        assertTrue(qemu.monitor().running());
    }

    /** The process that stopped the guest is killed at once: its own clean-up cannot run. */
    @Test
    public void theGuestGoesOnIfTheOneWhoStoppedItIsKilled() throws Exception {
        Process holder = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
                System.getProperty("java.class.path"), Holder.class.getName(), qemu.origin().replace("/qmp", "/qmp2"))
                .redirectError(ProcessBuilder.Redirect.INHERIT).start();
        assertEquals("it says when the guest is stopped", 's', holder.getInputStream().read());
        assertFalse(qemu.monitor().running());
        holder.destroyForcibly().waitFor();
        Await.until("the guest goes on", Duration.ofSeconds(20), () -> qemu.monitor().running());
    }

    @Test
    public void aCaptureOfWhatMattersAnswersLikeTheMachine() throws Exception {
        platform.capturedAndOpenedAgain("live", false, List.of(NET, DISK, NVME), 65536 / 8);
    }

    @Test
    public void aFullCaptureHoldsAllRam() throws Exception {
        // All but the window of the video card, from 640 KiB to 768 KiB, and what the firmware keeps in ROM below 1 MiB.
        assertTrue(platform.capturedAndOpenedAgain("live", true, List.of(NET, DISK, NVME), 65536) > 65536 - 96);
    }

    /** An entry with an address that no memory has, and one that leads to the interrupt controller: written into free places of a table in use. */
    @Test
    public void plantedEntriesAreFound() throws Exception {
        long table;
        long[] free;
        try (Lease lease = platform.stopped("live")) {
            table = leafTable(lease, NVME);
            free = freeEntries(lease, table);
            assertEquals("clean before", List.of(), at(platform.defects(lease, null), free));
        }
        try (RandomAccessFile ram = new RandomAccessFile(qemu.ram(), "rw")) {
            write(ram, free[0], 0x0004_0000_0000_1003L);
            write(ram, free[1], 0xfee00000L | 3);
            try (Lease lease = platform.lease("live")) {
                List<Defect> found = at(platform.defects(lease, NVME), free);
                found.forEach(System.out::println);
                assertTrue(found.stream().anyMatch(d -> d.address() == free[0] && d.defect().equals("address-beyond-width")));
                assertTrue(found.stream().anyMatch(d -> d.address() == free[1] && d.defect().equals("doorbell-grant")));
            } finally {
                write(ram, free[0], 0);
                write(ram, free[1], 0);
            }
        }
        try (Lease lease = platform.lease("live")) {
            assertEquals("clean afterwards", List.of(), at(platform.defects(lease, null), free));
        }
    }

    private static List<Defect> at(List<Defect> defects, long[] addresses) {
        return defects.stream().filter(d -> d.address() == addresses[0] || d.address() == addresses[1]).toList();
    }

    private static long leafTable(Lease lease, DeviceId device) {
        long iova = platform.mappings(lease, device).get(0).iova();
        List<TranslationStep> steps = platform.inspect.translate(lease.machine(),
                new TranslationRequest(device, TranslationRequest.NO_PASID, iova, Access.READ), true).steps();
        return steps.get(steps.size() - 1).address() & -4096L;
    }

    /** Two free entries far below the ones in use: Linux hands out addresses from above. */
    private static long[] freeEntries(Lease lease, long table) {
        for (long at = table; at < table + 2048; at += 8) {
            if (lease.machine().memory().readLong(at) == 0 && lease.machine().memory().readLong(at + 8) == 0) {
                return new long[] {at, at + 8};
            }
        }
        throw new AssertionError("no free entry in the table at " + Hex.of(table));
    }

    private static void write(RandomAccessFile ram, long address, long value) throws Exception {
        ram.seek(address);
        ram.writeLong(Long.reverseBytes(value));
    }

    /** A request is mapped for a fraction of a millisecond several times a second: looks are repeated until they have met some. */
    @Test
    public void mappingsOfABusyDeviceComeAndGo() throws Exception {
        List<MappingChange> changes = new ArrayList<>();
        List<MappingRate> rates = new ArrayList<>();
        try (Lease lease = platform.lease("live")) {
            Await.until("mappings of a busy disk appear and vanish", Duration.ofMinutes(1), () -> {
                int before = rates.size();
                new Watch().mappings(lease, DISK, new Pace(2, 60, 0), changes::add, rates::add);
                assertEquals(60, rates.size() - before);
                return changes.stream().anyMatch(c -> c.kind().equals("appeared")) && changes.stream().anyMatch(c -> c.kind().equals("vanished"));
            });
        }
        assertEquals(changes.size(), rates.stream().mapToLong(r -> r.appeared() + r.vanished() + r.changed()).sum());
    }

    @Test
    public void thousandTranslationsAgreeWithTheUnit() throws Exception {
        try (Trace trace = new Trace(qemu.folder.resolve("trace"))) {
            new SampledTranslations(platform, "live", trace, new VtdDialect()).run(1000, 3);
        }
    }
}
