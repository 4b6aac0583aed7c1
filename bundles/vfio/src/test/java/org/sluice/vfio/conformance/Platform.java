// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.conformance;

import java.lang.annotation.Annotation;
import java.util.List;
import org.sluice.api.Machine;
import org.sluice.api.Progress;
import org.sluice.api.dma.DmaService;
import org.sluice.api.space.InterruptService;
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
import org.sluice.machines.synthetic.SyntheticSource;

/** A made-up machine and the platform's services with all backends, wired as the container wires them. */
final class Platform implements AutoCloseable {
    final SpaceService spaces;
    final DmaService dma;
    final InterruptService interrupts;
    final SwapService swaps;
    final Machine machine;
    private final MachineRegistry machines;

    Platform(String backend) {
        BackendRegistry backends = new BackendRegistry();
        machines = new MachineRegistry(backends);
        SpaceRegistry registry = new SpaceRegistry();
        InterruptPipeline pipeline = new InterruptPipeline(registry);
        spaces = registry;
        interrupts = pipeline;
        dma = new DmaPorts(pipeline);
        swaps = new Swaps(backends, machines, registry, pipeline, new NoStandby());
        SyntheticSource source = new SyntheticSource();
        machines.bind(source);
        List.of(new Smmuv3Backend("1.0"), new VtdBackend("1.0"), new AmdViBackend("1.0"), new ZpciBackend("1.0"), new VirtioBackend("1.0"))
                .forEach(each -> {
                    backends.bind(each);
                    source.bind(each);
                });
        machine = machines.open("synthetic:" + backend, "m", false, Progress.NONE);
    }

    @Override
    public void close() {
        machines.close("m");
    }

    private static final class NoStandby implements Swaps.Policy {
        @Override
        public String[] standby() {
            return new String[0];
        }

        @Override
        public long takeoverMillis() {
            return 10_000;
        }

        @Override
        public Class<? extends Annotation> annotationType() {
            return Swaps.Policy.class;
        }
    }
}
