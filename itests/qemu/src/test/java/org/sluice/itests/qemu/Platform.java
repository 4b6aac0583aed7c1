// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.qemu;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

import org.sluice.api.Access;
import org.sluice.api.CaptureService.Written;
import org.sluice.api.Defect;
import org.sluice.api.DeviceSummary;
import org.sluice.api.MachineService.Lease;
import org.sluice.api.Mapping;
import org.sluice.api.Progress;
import org.sluice.api.TranslationReport;
import org.sluice.api.TranslationRequest;
import org.sluice.api.UnitInfo;
import org.sluice.backend.amdvi.AmdViBackend;
import org.sluice.backend.smmuv3.Smmuv3Backend;
import org.sluice.backend.virtio.VirtioBackend;
import org.sluice.backend.vtd.VtdBackend;
import org.sluice.backend.zpci.ZpciBackend;
import org.sluice.core.inspect.Inspection;
import org.sluice.core.registry.BackendRegistry;
import org.sluice.core.registry.MachineRegistry;
import org.sluice.machine.DeviceId;
import org.sluice.machines.capture.CaptureSource;
import org.sluice.machines.capture.CaptureWriter;
import org.sluice.machines.qemu.QemuSource;

/** The services of the product, put together without a container, and short forms of what the tests ask. */
final class Platform {
    final MachineRegistry machines;
    final Inspection inspect = new Inspection();

    Platform() {
        BackendRegistry backends = new BackendRegistry();
        backends.bind(new VtdBackend("0"));
        backends.bind(new AmdViBackend("0"));
        backends.bind(new Smmuv3Backend("0"));
        backends.bind(new VirtioBackend("0"));
        backends.bind(new ZpciBackend("0"));
        machines = new MachineRegistry(backends);
        machines.bind(new QemuSource());
        machines.bind(new CaptureSource());
    }

    Lease lease(String nameOrOrigin) {
        return machines.lease(nameOrOrigin, Progress.NONE);
    }

    Lease lease(Path capture) {
        return lease(capture.toString());
    }

    Lease stopped(String nameOrOrigin) {
        return machines.lease(nameOrOrigin, true, Progress.NONE);
    }

    TranslationReport walk(Lease lease, DeviceId device, long iova, Access access) {
        return inspect.translate(lease.machine(), new TranslationRequest(device, TranslationRequest.NO_PASID, iova, access), false);
    }

    List<DeviceSummary> devices(Lease lease) {
        List<DeviceSummary> all = new ArrayList<>();
        inspect.devices(lease.machine(), Progress.NONE, all::add);
        return all;
    }

    List<Mapping> mappings(Lease lease, DeviceId device) {
        List<Mapping> all = new ArrayList<>();
        inspect.mappings(lease.machine(), device, TranslationRequest.NO_PASID, Progress.NONE, all::add);
        return all;
    }

    List<Defect> defects(Lease lease, DeviceId device) {
        List<Defect> all = new ArrayList<>();
        inspect.verify(lease.machine(), device, Progress.NONE, all::add);
        return all;
    }

    /**
     * Captures a machine that is stopped for it, opens the capture, and holds it against the machine.
     *
     * @param most pages that the capture may hold at most
     * @return how many it holds
     */
    long capturedAndOpenedAgain(String machine, boolean full, List<DeviceId> devices, long most) throws IOException {
        Path folder = Files.createTempDirectory("sluice-capture-");
        try (Lease live = stopped(machine)) {
            Written written = new CaptureWriter(inspect).write(live.machine(), folder, full, Progress.NONE);
            System.out.println(machine + ": captured " + written.pages() + " pages and " + written.zeroPages() + " zero pages");
            assertTrue(written.toString(), written.pages() + written.zeroPages() <= most);
            try (Lease capture = lease(folder)) {
                new SameAnswers(this, live, capture).check(devices);
            }
            return written.pages() + written.zeroPages();
        } finally {
            try (Stream<Path> files = Files.walk(folder)) {
                files.sorted(Comparator.reverseOrder()).forEach(p -> p.toFile().delete());
            }
        }
    }

    /** Each of these devices must be translated, and have something mapped. */
    void assertTranslated(String machine, String backend, List<DeviceId> ids) {
        try (Lease lease = lease(machine)) {
            assertEquals(List.of(backend), lease.machine().units().stream().map(UnitInfo::backend).toList());
            List<DeviceSummary> devices = devices(lease);
            for (DeviceId id : ids) {
                DeviceSummary device = devices.stream().filter(d -> d.device().equals(id)).findFirst().orElseThrow();
                assertEquals(id + " " + device.status(), "TRANSLATED", device.status().state());
                assertTrue(id + " maps something", device.mappings() > 0);
            }
        }
    }
}
