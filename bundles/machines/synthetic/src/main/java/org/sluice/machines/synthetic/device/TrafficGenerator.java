// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.synthetic.device;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.sluice.api.Machine;
import org.sluice.api.TranslationRequest;
import org.sluice.api.dma.DmaService;
import org.sluice.api.dma.TrafficService;
import org.sluice.api.space.AddressSpace;
import org.sluice.api.space.InterruptService;
import org.sluice.api.space.Refusal;
import org.sluice.api.space.Refusal.Rule;
import org.sluice.api.space.RefusedException;
import org.sluice.api.space.SpaceOptions;
import org.sluice.api.space.SpaceService;
import org.sluice.machine.AddressRange;
import org.sluice.machine.DeviceId;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;
import org.sluice.machine.MachineDescription.DeviceDescription;

/** The traffic service for devices of made-up machines. What a device did is forgotten with its machine. */
@Component
public final class TrafficGenerator implements TrafficService {
    private static final long CLASS_NETWORK = 0x02;
    private static final int CLASS_SHIFT = 16;
    /** Each device works in a part of its own of the upper half of RAM. */
    private static final int PARTS = 16;

    private final SpaceService spaces;
    private final DmaService dma;
    private final InterruptService interrupts;
    private final Map<Machine, Runners> machines = new LinkedHashMap<>();

    /** Those of one machine; {@code left} ends that its closing is waited for. */
    private record Runners(Map<DeviceId, Runner> byDevice, Runnable left) {
        void stop() {
            byDevice.values().forEach(runner -> runner.stop(false));
        }
    }

    @Activate
    public TrafficGenerator(@Reference SpaceService spaces, @Reference DmaService dma, @Reference InterruptService interrupts) {
        this.spaces = spaces;
        this.dma = dma;
        this.interrupts = interrupts;
    }

    @Override
    public synchronized void start(Machine machine, DeviceId device, long rate) {
        Runner before = find(machine, device);
        if (before != null && before.isRunning()) {
            throw new RefusedException(Refusal.of(Rule.BUSY, null, device + " of machine " + machine.name() + " is running", "traffic-stop it first"));
        }
        DeviceDescription description = machine.description().device(device).orElseThrow(() -> new IommuException(Reason.UNKNOWN_DEVICE,
                "machine " + machine.name() + " has no device " + device + " to exercise; see device-list"));
        AddressSpace space = spaces.of(machine, device);
        if (space == null) {
            space = spaces.create(machine, SpaceOptions.named("traffic-" + device));
            space.attach(device, TranslationRequest.NO_PASID);
        }
        Counters counters = new Counters();
        Bench bench = new Bench(machine.memory(), space, dma.port(machine, device, TranslationRequest.NO_PASID), ram(machine, description), counters,
                Exercise.VECTORS);
        interrupts.enable(machine, device, Exercise.VECTORS, true, bench);
        boolean network = description.attributes().number("class").orElse(0L) >>> CLASS_SHIFT == CLASS_NETWORK;
        Runner runner = new Runner(machine, device, network ? new RingNic(bench) : new CopyEngine(bench), counters, rate);
        runner.start();
        machines.computeIfAbsent(machine, m -> new Runners(new LinkedHashMap<>(), m.onClose(() -> forget(m)))).byDevice.put(device, runner);
    }

    private Runner find(Machine machine, DeviceId device) {
        Runners all = machines.get(machine);
        return all == null ? null : all.byDevice.get(device);
    }

    private synchronized void forget(Machine closed) {
        Runners all = machines.remove(closed);
        if (all != null) {
            all.stop();
        }
    }

    private static AddressRange ram(Machine machine, DeviceDescription device) {
        AddressRange all = machine.description().ram().get(0);
        long part = all.size() / 2 / PARTS & -Bench.PAGE;
        int index = machine.description().devices().indexOf(device) % PARTS;
        if (part < Bench.BYTES) {
            throw new IommuException(Reason.LIMIT, "machine " + machine.name() + " has too little RAM to exercise devices; open one with ram="
                    + (2L * PARTS * Bench.BYTES >> 20) + "M or more");
        }
        return AddressRange.ofSize(all.start() + all.size() / 2 + index * part, part);
    }

    @Override
    public synchronized Traffic stop(Machine machine, DeviceId device) {
        Runner runner = find(machine, device);
        if (runner == null) {
            throw new IommuException(Reason.NOT_FOUND, device + " of machine " + machine.name() + " was not started; see traffic-list");
        }
        if (runner.isRunning()) {
            runner.stop(true);
            interrupts.disable(machine, device);
        }
        return runner.traffic();
    }

    @Override
    public synchronized List<Traffic> list() {
        return machines.values().stream().flatMap(all -> all.byDevice.values().stream()).map(Runner::traffic).toList();
    }

    @Deactivate
    synchronized void stopAll() {
        for (Runners all : machines.values()) {
            all.left.run();
            all.stop();
        }
        machines.clear();
    }
}
