// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.qemu;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import org.junit.AfterClass;
import org.junit.BeforeClass;
import org.junit.Test;
import org.sluice.api.Access;
import org.sluice.api.DeviceSummary;
import org.sluice.api.MachineService.Lease;
import org.sluice.api.TranslationReport;
import org.sluice.api.TranslationRequest;
import org.sluice.machine.DeviceId;

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
        qemu = PcGuest.start(List.of("-device", "intel-iommu,intremap=on,aw-bits=48"), "intel_iommu=on,sm_off iommu.strict=1",
                List.of("vtd_dmar_translate", "vtd_inv_desc_iotlb*", "vtd_inv_desc_cc*", "vtd_dmar_fault"));
        platform = new Platform();
        platform.machines.open(qemu.origin(), "live", org.sluice.api.Progress.NONE);
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
        try (Lease lease = platform.lease("live")) {
            assertEquals(1, lease.machine().units().size());
            assertEquals("vtd", lease.machine().units().get(0).backend());
            List<DeviceSummary> devices = platform.devices(lease);
            for (DeviceId id : List.of(NET, DISK, NVME)) {
                DeviceSummary device = devices.stream().filter(d -> d.device().equals(id)).findFirst().orElseThrow();
                assertEquals(id + " " + device.status(), "TRANSLATED", device.status().state());
                assertTrue(id + " maps something", device.mappings() > 0);
                assertEquals("second-stage", device.tableKind());
            }
            assertTrue("DMAR is found in the guest's memory", lease.machine().description().firmware("DMAR").isPresent());
        }
    }

    @Test
    public void firstAnswerComesWithinASecond() {
        platform.machines.lease(qemu.origin().replace("/qmp", "/qmp2"), org.sluice.api.Progress.NONE).close();
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
    public void thousandTranslationsAgreeWithTheUnit() throws Exception {
        try (Trace trace = new Trace(qemu.folder.resolve("trace"))) {
            new SampledTranslations(platform, "live", trace, new VtdDialect()).run(1000, 3);
        }
    }
}
