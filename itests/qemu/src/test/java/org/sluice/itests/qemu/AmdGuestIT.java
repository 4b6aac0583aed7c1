// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.qemu;

import static org.junit.Assert.assertTrue;

import java.util.List;

import org.junit.AfterClass;
import org.junit.BeforeClass;
import org.junit.Test;
import org.sluice.api.MachineService.Lease;
import org.sluice.api.Progress;
import org.sluice.machine.DeviceId;

/** Attached to a Linux guest behind amd-iommu that does I/O all the time. */
public class AmdGuestIT {
    private static final List<DeviceId> DEVICES = List.of(DeviceId.parse("00:02.0"), DeviceId.parse("00:03.0"), DeviceId.parse("00:05.0"));

    private static Qemu qemu;
    private static Platform platform;

    @BeforeClass
    public static void boot() throws Exception {
        qemu = PcGuest.start(List.of("-device", "amd-iommu,intremap=on"), "addr=5", "iommu.strict=1",
                List.of("amdvi_translation_result", "amdvi_pages_inval", "amdvi_devtab_inval", "amdvi_all_inval"));
        platform = new Platform();
        platform.machines.open(qemu.origin(), "amd", Progress.NONE);
    }

    @AfterClass
    public static void end() throws Exception {
        if (qemu != null) {
            platform.machines.close("amd");
            qemu.close();
        }
    }

    @Test
    public void devicesAreThoseOfTheGuest() {
        platform.assertTranslated("amd", "amdvi", DEVICES);
        try (Lease lease = platform.lease("amd")) {
            assertTrue("IVRS is found in the guest's memory", lease.machine().description().firmware("IVRS").isPresent());
        }
    }

    @Test
    public void aCaptureOfWhatMattersAnswersLikeTheMachine() throws Exception {
        platform.capturedAndOpenedAgain("amd", false, DEVICES, 65536 / 8);
    }

    @Test
    public void thousandTranslationsAgreeWithTheUnit() throws Exception {
        try (Trace trace = new Trace(qemu.folder.resolve("trace"))) {
            new SampledTranslations(platform, "amd", trace, new AmdDialect()).run(1000, 3);
        }
    }
}
