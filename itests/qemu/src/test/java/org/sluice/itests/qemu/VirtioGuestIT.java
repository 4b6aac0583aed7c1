// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.qemu;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.util.List;

import org.junit.AfterClass;
import org.junit.BeforeClass;
import org.junit.Test;
import org.sluice.api.Access;
import org.sluice.api.MachineService.Lease;
import org.sluice.api.Progress;
import org.sluice.api.TranslationReport;
import org.sluice.machine.DeviceId;

/** Attached to a Linux guest behind virtio-iommu that does I/O all the time; QEMU logs the requests from its start. */
public class VirtioGuestIT {
    private static final List<DeviceId> DEVICES = List.of(DeviceId.parse("00:02.0"), DeviceId.parse("00:03.0"), DeviceId.parse("01:00.0"));

    private static Qemu qemu;
    private static Platform platform;

    /** The same machine, which logs these events. */
    static List<String> arguments(List<String> events) throws Exception {
        return PcGuest.arguments(Guest.linux("amd64-backports"), List.of("-device", "virtio-iommu-pci,addr=1"), "bus=rp1", "iommu.strict=1", events);
    }

    @BeforeClass
    public static void boot() throws Exception {
        qemu = Qemu.startGuest("qemu-system-x86_64", arguments(List.of("virtio_iommu_*")));
        platform = new Platform();
        platform.machines.open(qemu.origin(), "virtio", Progress.NONE);
    }

    @AfterClass
    public static void end() throws Exception {
        if (qemu != null) {
            platform.machines.close("virtio");
            qemu.close();
        }
    }

    @Test
    public void devicesAreThoseOfTheGuest() {
        platform.assertTranslated("virtio", "virtio", DEVICES);
        try (Lease lease = platform.lease("virtio")) {
            assertTrue("VIOT is found in the guest's memory", lease.machine().description().firmware("VIOT").isPresent());
            assertTrue("the network card's message window", platform.walk(lease, DEVICES.get(0), 0xfee0_1004L, Access.WRITE).reason().contains("message window"));
            // Requests are served at once, so hardly ever one waits; but where they would be is known.
            assertEquals("both virtqueues", 2, lease.machine().description().units().get(0).attributes().children("virtqueues").size());
        }
    }

    @Test
    public void anAddressThatIsNotMappedFaults() {
        try (Lease lease = platform.lease("virtio")) {
            TranslationReport report = platform.walk(lease, DEVICES.get(0), 0x1000, Access.READ);
            assertEquals(report.toString(), TranslationReport.Result.FAULT, report.result());
            assertEquals("MAPPING", report.fault().name());
        }
    }

    @Test
    public void aCaptureOfWhatMattersAnswersLikeTheMachine() throws Exception {
        platform.capturedAndOpenedAgain("virtio", false, DEVICES, 65536 / 8);
    }

    @Test
    public void thousandTranslationsAgreeWithTheUnit() throws Exception {
        try (Trace trace = new Trace(qemu.folder.resolve("trace"))) {
            new SampledTranslations(platform, "virtio", trace, new VirtioDialect()).run(1000, 3);
        }
    }
}
