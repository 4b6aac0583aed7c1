// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.stress;

import java.lang.annotation.Annotation;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import org.sluice.api.Machine;
import org.sluice.api.Progress;
import org.sluice.api.TranslationRequest;
import org.sluice.api.dma.DmaPort;
import org.sluice.api.dma.DmaService;
import org.sluice.api.space.InterruptService;
import org.sluice.api.space.SpaceService;
import org.sluice.backend.amdvi.AmdViBackend;
import org.sluice.backend.none.NoneBackend;
import org.sluice.backend.smmuv3.Smmuv3Backend;
import org.sluice.backend.virtio.VirtioBackend;
import org.sluice.backend.vtd.VtdBackend;
import org.sluice.backend.zpci.ZpciBackend;
import org.sluice.core.dma.DmaPorts;
import org.sluice.core.durable.DurableSpaces;
import org.sluice.core.inspect.Inspection;
import org.sluice.core.interrupt.InterruptPipeline;
import org.sluice.core.registry.BackendRegistry;
import org.sluice.core.registry.MachineRegistry;
import org.sluice.core.registry.OpenMachine;
import org.sluice.core.space.SpaceRegistry;
import org.sluice.core.swap.Swaps;
import org.sluice.machine.DeviceId;
import org.sluice.machines.synthetic.SyntheticSource;
import org.sluice.spi.Backend;

/** The platform's services with all backends, wired as the container wires them. */
final class Platform implements AutoCloseable {
    static final DeviceId NIC = DeviceId.parse("0000:00:03.0");
    static final DeviceId ENGINE = DeviceId.parse("0000:00:04.0");
    /** Backends whose units can be made up and translate, by name. */
    static final List<String> TRANSLATING = List.of("smmuv3", "vtd", "amdvi", "zpci", "virtio");

    final BackendRegistry backends = new BackendRegistry();
    final MachineRegistry machines = new MachineRegistry(backends);
    final SpaceRegistry registry = new SpaceRegistry();
    final SpaceService spaces = registry;
    final InterruptPipeline pipeline = new InterruptPipeline(registry);
    final InterruptService interrupts = pipeline;
    final DmaService dma = new DmaPorts(pipeline);
    final Swaps swaps;
    /** What keeps durable spaces, or null. */
    final DurableSpaces durable;
    final Inspection inspect = new Inspection();
    private final List<Machine> open = new ArrayList<>();
    private final List<Backend> bound = new ArrayList<>();

    /** Each of these with each other, in order, for parameterized tests. */
    static List<Object[]> pairs(List<String> names) {
        List<Object[]> pairs = new ArrayList<>();
        names.forEach(from -> names.stream().filter(to -> !to.equals(from)).forEach(to -> pairs.add(new Object[] {from, to})));
        return pairs;
    }

    Platform(String... standby) {
        this(null, all(), standby);
    }

    /** A platform that keeps durable spaces in a folder, if there is one, and has only those backends. */
    Platform(Path store, List<Backend> installed, String... standby) {
        swaps = new Swaps(backends, machines, registry, pipeline, policy(standby));
        machines.bind(synthetic);
        installed.forEach(this::add);
        durable = store == null ? null : new DurableSpaces(store, backends, machines, registry, swaps);
    }

    /** Ends as the container does: nothing is closed by anybody's wish. */
    void end() {
        durable.stop();
        machines.list().forEach(machine -> machines.close(machine.name()));
    }

    final SyntheticSource synthetic = new SyntheticSource();

    /** Takes a backend away, as the removal of its bundle does. */
    void remove(String name) {
        Backend leaving = bound.stream().filter(b -> b.info().name().equals(name)).findFirst().orElseThrow();
        bound.remove(leaving);
        synthetic.unbind(leaving);
        backends.unbind(leaving);
    }

    /** Brings one. */
    void add(Backend backend) {
        bound.add(backend);
        backends.bind(backend);
        synthetic.bind(backend);
    }

    static List<Backend> all() {
        return List.of(new Smmuv3Backend("1.0"), new VtdBackend("1.0"), new AmdViBackend("1.0"), new ZpciBackend("1.0"),
                new VirtioBackend("1.0"), new NoneBackend("1.0"));
    }

    Machine open(String kind) {
        Machine machine = machines.open("synthetic:" + kind, "m" + open.size(), false, Progress.NONE);
        open.add(machine);
        return machine;
    }

    /** What an operating system does after faults: units that stopped a device at its fault let it go on. */
    void recover(Machine machine) {
        OpenMachine.of(machine).lock().lock();
        try {
            OpenMachine.of(machine).slots().get(0).live().driver().drainFaults(fault -> { });
        } finally {
            OpenMachine.of(machine).lock().unlock();
        }
    }

    /** Takes what the units have recorded into the history, as the fault service's thread does. */
    void drain(Machine machine) {
        OpenMachine open = OpenMachine.of(machine);
        open.lock().lock();
        try {
            open.slots().forEach(slot -> slot.drainFaults(slot.live()));
        } finally {
            open.lock().unlock();
        }
    }

    DmaPort port(Machine machine, DeviceId device) {
        return dma.port(machine, device, TranslationRequest.NO_PASID);
    }

    @Override
    public void close() {
        open.forEach(machine -> machines.close(machine.name()));
    }

    static Swaps.Policy policy(String[] standby) {
        return new Swaps.Policy() {
            @Override
            public String[] standby() {
                return standby;
            }

            @Override
            public long takeoverMillis() {
                return 10_000;
            }

            @Override
            public Class<? extends Annotation> annotationType() {
                return Swaps.Policy.class;
            }
        };
    }
}
