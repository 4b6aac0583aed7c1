// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.qemu;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.io.File;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import org.junit.Test;
import org.sluice.api.Access;
import org.sluice.api.MachineService.Lease;
import org.sluice.api.Progress;
import org.sluice.api.TranslationReport;
import org.sluice.machine.DeviceId;
import org.sluice.machine.IommuException;

/** Requests to a virtio-iommu that are followed from the attaching on, and QEMU's log, which is afterwards as it was before. */
public class FollowIT {
    private static final DeviceId DISK = DeviceId.parse("00:03.0");
    private static final String MAP = "virtio_iommu_map";
    private static final List<String> BARE = List.of("-S", "-no-user-config", "-m", "64M", "-machine", "q35,memory-backend=ram", "-object",
            "memory-backend-memfd,id=ram,size=64M", "-device", "virtio-iommu-pci,addr=1", "-device", "virtio-net-pci,addr=3,romfile=");

    private final Platform platform = new Platform();

    private static boolean traced(Qemu qemu, String event) throws IOException {
        return qemu.monitor().execute("{\"execute\":\"trace-event-get-state\",\"arguments\":{\"name\":\"" + event + "\"}}").contains("\"enabled\"");
    }

    private static boolean logsForUs(Qemu qemu) throws IOException {
        return qemu.files().stream().anyMatch(f -> f.contains("sluice-log-"));
    }

    private TranslationReport.Result walk(String machine) {
        try (Lease lease = platform.lease(machine)) {
            return platform.walk(lease, DISK, 0x1000, Access.READ).result();
        }
    }

    /** Nothing is known until the guest's driver resets the device, then all. */
    @Test
    public void aGuestThatStartsAfterwardsIsKnownInFull() throws Exception {
        List<String> arguments = new ArrayList<>(VirtioGuestIT.arguments(List.of("virtio_iommu_translate_out")));
        arguments.add("-S");
        try (Qemu qemu = Qemu.start("qemu-system-x86_64", arguments)) {
            platform.machines.open(qemu.origin() + ",follow=on", "late", Progress.NONE);
            assertEquals(TranslationReport.Result.UNKNOWN, walk("late"));
            assertTrue(traced(qemu, MAP));
            qemu.monitor().execute("{\"execute\":\"cont\"}");
            qemu.awaitGuest();
            assertEquals("not mapped, for certain", TranslationReport.Result.FAULT, walk("late"));
            try (Trace trace = new Trace(qemu.folder.resolve("trace"))) {
                new SampledTranslations(platform, "late", trace, new VirtioDialect()).run(200, 2);
            }
            platform.machines.close("late");
            assertEquals("what was off is off again", false, traced(qemu, MAP));
            assertTrue("what was on is still on", traced(qemu, "virtio_iommu_translate_out"));
        }
    }

    @Test
    public void whereThereIsNoLogOneIsMadeAndTakenAwayAgain() throws Exception {
        try (Qemu qemu = Qemu.start("qemu-system-x86_64", BARE, false)) {
            try (Lease lease = platform.lease(qemu.origin())) {
                String reason = platform.walk(lease, DISK, 0x1000, Access.READ).reason();
                assertTrue("without being told so nothing is changed: " + reason, !traced(qemu, MAP) && reason.contains("follow=on"));
            }
            platform.machines.open(qemu.origin() + ",follow=on", "bare", Progress.NONE);
            assertTrue(traced(qemu, MAP) && logsForUs(qemu));
            platform.machines.close("bare");
            assertTrue(!traced(qemu, MAP) && !traced(qemu, "handle_qmp_command"));
            Await.until("QEMU closes its log", Duration.ofSeconds(5), () -> !logsForUs(qemu));
        }
    }

    @Test
    public void whoIsKilledWhileFollowingLeavesNothingBehind() throws Exception {
        try (Qemu qemu = Qemu.start("qemu-system-x86_64", BARE, false)) {
            Process holder = new ProcessBuilder(System.getProperty("java.home") + "/bin/java", "-cp", System.getProperty("java.class.path"),
                    Holder.class.getName(), qemu.origin() + ",follow=on").redirectError(new File(qemu.folder.toFile(), "holder")).start();
            assertEquals('s', holder.getInputStream().read());
            assertTrue(traced(qemu, MAP));
            holder.destroyForcibly();
            Await.until("the trace is off again", Duration.ofSeconds(10), () -> !traced(qemu, MAP));
            Await.until("QEMU closes its log", Duration.ofSeconds(5), () -> !logsForUs(qemu));
        }
    }

    @Test
    public void followingNeedsAVirtioIommu() throws Exception {
        List<String> other = new ArrayList<>(BARE);
        other.set(other.indexOf("virtio-iommu-pci,addr=1"), "edu,addr=1");
        try (Qemu qemu = Qemu.start("qemu-system-x86_64", other)) {
            try (Lease lease = platform.lease(qemu.origin() + ",follow=on")) {
                throw new AssertionError("opened " + lease.machine().units());
            } catch (IommuException e) {
                assertTrue(e.getMessage(), e.getMessage().contains("no virtio-iommu"));
            }
        }
    }
}
