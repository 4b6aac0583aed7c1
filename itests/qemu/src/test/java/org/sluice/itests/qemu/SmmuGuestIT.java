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

/** Attached to a Linux guest behind SMMUv3 that does I/O all the time. */
public class SmmuGuestIT {
    private static final List<DeviceId> DEVICES = List.of(DeviceId.parse("00:02.0"), DeviceId.parse("00:03.0"), DeviceId.parse("00:05.0"));

    private static Qemu qemu;
    private static Platform platform;

    @BeforeClass
    public static void boot() throws Exception {
        qemu = ArmGuest.start(List.of("smmuv3_translate_success", "smmuv3_*range_inval", "smmuv3_cmdq_tlbi*", "smmuv3_cmdq_cfgi*"));
        platform = new Platform();
        platform.machines.open(qemu.origin(), "smmu", Progress.NONE);
    }

    @AfterClass
    public static void end() throws Exception {
        if (qemu != null) {
            platform.machines.close("smmu");
            qemu.close();
        }
    }

    @Test
    public void devicesAreThoseOfTheGuest() {
        platform.assertTranslated("smmu", "smmuv3", DEVICES);
        try (Lease lease = platform.lease("smmu")) {
            assertTrue("IORT is found where UEFI put it", lease.machine().description().firmware("IORT").isPresent());
        }
    }

    @Test
    public void aCaptureOfWhatMattersAnswersLikeTheMachine() throws Exception {
        platform.capturedAndOpenedAgain("smmu", false, DEVICES, 131072 / 8);
    }

    @Test
    public void thousandTranslationsAgreeWithTheUnit() throws Exception {
        try (Trace trace = new Trace(qemu.folder.resolve("trace"))) {
            new SampledTranslations(platform, "smmu", trace, new SmmuDialect()).run(1000, 3);
        }
    }
}
