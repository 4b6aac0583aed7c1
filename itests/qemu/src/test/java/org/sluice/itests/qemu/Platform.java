// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.qemu;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import org.sluice.api.Access;
import org.sluice.api.Defect;
import org.sluice.api.DeviceSummary;
import org.sluice.api.MachineService.Lease;
import org.sluice.api.Mapping;
import org.sluice.api.Progress;
import org.sluice.api.TranslationReport;
import org.sluice.api.TranslationRequest;
import org.sluice.backend.amdvi.AmdViBackend;
import org.sluice.backend.smmuv3.Smmuv3Backend;
import org.sluice.backend.virtio.VirtioBackend;
import org.sluice.backend.vtd.VtdBackend;
import org.sluice.core.inspect.Inspection;
import org.sluice.core.registry.BackendRegistry;
import org.sluice.core.registry.MachineRegistry;
import org.sluice.machine.DeviceId;
import org.sluice.machines.capture.CaptureSource;
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
}
