// SPDX-License-Identifier: Apache-2.0
package org.sluice.benchmarks;

import java.lang.annotation.Annotation;
import java.util.ArrayList;
import java.util.List;

import org.sluice.api.Machine;
import org.sluice.api.Progress;
import org.sluice.api.TranslationRequest;
import org.sluice.api.dma.DmaPort;
import org.sluice.api.dma.DmaService;
import org.sluice.api.space.SpaceService;
import org.sluice.api.space.SwapService;
import org.sluice.backend.amdvi.AmdViBackend;
import org.sluice.backend.smmuv3.Smmuv3Backend;
import org.sluice.backend.virtio.VirtioBackend;
import org.sluice.backend.vtd.VtdBackend;
import org.sluice.backend.zpci.ZpciBackend;
import org.sluice.core.dma.DmaPorts;
import org.sluice.core.interrupt.InterruptPipeline;
import org.sluice.core.registry.BackendRegistry;
import org.sluice.core.registry.MachineRegistry;
import org.sluice.core.space.SpaceRegistry;
import org.sluice.core.swap.Swaps;
import org.sluice.machine.DeviceId;
import org.sluice.machines.synthetic.SyntheticSource;
import org.sluice.spi.Backend;

/** The services with every backend that translates, wired as the container wires them. */
final class Installation implements AutoCloseable {
    static final List<String> BACKENDS = List.of("vtd", "smmuv3", "amdvi", "zpci", "virtio");
    static final int NO_PASID = TranslationRequest.NO_PASID;
    static final DeviceId NIC = DeviceId.parse("0000:00:03.0");

    final SpaceService spaces;
    final SwapService swaps;
    private final DmaService dma;
    private final MachineRegistry machines;
    private final List<Machine> open = new ArrayList<>();

    Installation() {
        BackendRegistry backends = new BackendRegistry();
        machines = new MachineRegistry(backends);
        SpaceRegistry registry = new SpaceRegistry();
        InterruptPipeline pipeline = new InterruptPipeline(registry);
        spaces = registry;
        dma = new DmaPorts(pipeline);
        swaps = new Swaps(backends, machines, registry, pipeline, new NoStandby());
        SyntheticSource synthetic = new SyntheticSource();
        machines.bind(synthetic);
        List<Backend> all = List.of(new Smmuv3Backend("1.0"), new VtdBackend("1.0"), new AmdViBackend("1.0"), new ZpciBackend("1.0"),
                new VirtioBackend("1.0"));
        all.forEach(backends::bind);
        all.forEach(synthetic::bind);
    }

    Machine open(String order) {
        Machine machine = machines.open("synthetic:" + order, "m" + open.size(), false, Progress.NONE);
        open.add(machine);
        return machine;
    }

    DmaPort port(Machine machine) {
        return dma.port(machine, NIC, NO_PASID);
    }

    @Override
    public void close() {
        open.forEach(machine -> machines.close(machine.name()));
        open.clear();
    }

    private static final class NoStandby implements Swaps.Policy {
        @Override
        public String[] standby() {
            return new String[0];
        }

        @Override
        public long takeoverMillis() {
            return 0;
        }

        @Override
        public Class<? extends Annotation> annotationType() {
            return Swaps.Policy.class;
        }
    }
}
