// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.interrupt;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.sluice.api.InterruptMessage;
import org.sluice.api.Machine;
import org.sluice.api.space.InterruptService;
import org.sluice.core.registry.OpenMachine;
import org.sluice.core.space.MachineSpaces;
import org.sluice.core.space.SpaceRegistry;
import org.sluice.machine.DeviceId;

/** The interrupt service: each machine has its own {@link MachineInterrupts}. */
@Component(service = {InterruptPipeline.class, InterruptService.class})
public final class InterruptPipeline implements InterruptService {
    private final SpaceRegistry spaces;
    private final Map<OpenMachine, MachineInterrupts> machines = new ConcurrentHashMap<>();

    @Activate
    public InterruptPipeline(@Reference SpaceRegistry spaces) {
        this.spaces = spaces;
    }

    /** Where the machine's interrupts are delivered. */
    public Interrupts of(OpenMachine machine) {
        return interrupts(machine).delivery();
    }

    /** What becomes of units that break. */
    public MachineSpaces spaces(OpenMachine machine) {
        return spaces.of(machine);
    }

    /** The machine's vectors, for whoever swaps what is in front of them. */
    public MachineInterrupts interrupts(OpenMachine machine) {
        return machines.computeIfAbsent(machine, open -> {
            open.onClose(() -> machines.remove(open));
            return new MachineInterrupts(spaces.of(open));
        });
    }

    @Override
    public List<InterruptMessage> enable(Machine machine, DeviceId device, int count, boolean allowUnisolated, Listener listener) {
        OpenMachine open = OpenMachine.of(machine);
        open.lock().lock();
        try {
            return interrupts(open).enable(device, count, allowUnisolated, listener);
        } finally {
            open.lock().unlock();
        }
    }

    @Override
    public void disable(Machine machine, DeviceId device) {
        OpenMachine open = OpenMachine.of(machine);
        open.lock().lock();
        try {
            interrupts(open).disable(device);
        } finally {
            open.lock().unlock();
        }
    }

    @Override
    public void allowUnisolated(Machine machine, DeviceId device, boolean allowed) {
        OpenMachine open = OpenMachine.of(machine);
        open.slotOf(device);
        spaces.of(open).allowUnisolated(device, allowed);
    }

    @Override
    public List<DeviceId> unisolated(Machine machine) {
        OpenMachine open = OpenMachine.of(machine);
        open.lock().lock();
        try {
            return List.copyOf(spaces.of(open).unisolated());
        } finally {
            open.lock().unlock();
        }
    }

    @Override
    public List<Route> routes(Machine machine) {
        OpenMachine open = OpenMachine.of(machine);
        open.lock().lock();
        try {
            return new ArrayList<>(interrupts(open).routes());
        } finally {
            open.lock().unlock();
        }
    }

    @Override
    public List<Forgery> forgeries(Machine machine) {
        return of(OpenMachine.of(machine)).forgeries();
    }
}
