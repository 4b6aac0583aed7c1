// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.fault;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.sluice.api.FaultRecord;
import org.sluice.api.FaultService;
import org.sluice.api.Machine;
import org.sluice.api.Status;
import org.sluice.api.space.SwapState;
import org.sluice.core.registry.MachineRegistry;
import org.sluice.core.registry.OpenMachine;
import org.sluice.core.registry.UnitSlot;
import org.sluice.core.space.SpaceRegistry;
import org.sluice.core.unit.FaultLog;
import org.sluice.core.unit.LiveUnit;

/**
 * What an operating system's fault handler does, for every driven unit of every machine: one thread looks at short intervals while any
 * unit serves, and sleeps else. Without it queues run over, and functions that a fault has stopped (zPCI) stay so.
 */
@Component(immediate = true, service = FaultService.class)
public final class Faults implements FaultService {
    private static final long INTERVAL_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
    private static final long JOIN_MILLIS = 10_000;

    private final MachineRegistry machines;
    private final SpaceRegistry spaces;
    private final Thread drainer = new Thread(this::run, "sluice-faults");
    private final Runnable wake = () -> LockSupport.unpark(drainer);
    private volatile boolean stopped;

    @Activate
    public Faults(@Reference MachineRegistry machines, @Reference SpaceRegistry spaces) {
        this.machines = machines;
        this.spaces = spaces;
        machines.addLiveListener(wake);
        drainer.setDaemon(true);
        drainer.start();
    }

    /** Ends the thread; when this returns it touches no unit any more. */
    @Deactivate
    public void stop() {
        machines.removeLiveListener(wake);
        stopped = true;
        wake.run();
        try {
            drainer.join(JOIN_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        while (!stopped) {
            boolean any = false;
            for (OpenMachine machine : machines.all()) {
                any |= drainIfFree(machine);
            }
            if (any) {
                LockSupport.parkNanos(this, INTERVAL_NANOS);
            } else {
                LockSupport.park(this);
            }
        }
    }

    /** Whether the machine has units that serve. One whose lock somebody holds is left for the next time, so that it holds nobody up. */
    private boolean drainIfFree(OpenMachine machine) {
        boolean live = machine.slots().stream().anyMatch(slot -> slot.live() != null);
        if (live && machine.lock().tryLock()) {
            try {
                drain(machine);
            } finally {
                machine.lock().unlock();
            }
        }
        return live;
    }

    /** The machine's lock is held. */
    private void drain(OpenMachine machine) {
        for (UnitSlot slot : machine.slots()) {
            LiveUnit unit = slot.live();
            if (unit != null) {
                try {
                    slot.drainFaults(unit);
                } catch (RuntimeException | Error e) {
                    // Fails closed, as with any other call: what broke serves no longer.
                    spaces.of(machine).fail(slot, unit, e);
                }
            }
        }
    }

    @Override
    public History history(Machine machine) {
        OpenMachine open = OpenMachine.of(machine);
        open.lock().lock();
        try {
            drain(open);
        } finally {
            open.lock().unlock();
        }
        List<FaultRecord> records = new ArrayList<>();
        for (UnitSlot slot : open.slots()) {
            if (!slot.isDrivable()) {
                records.addAll(slot.inspector().faults());
            }
        }
        FaultLog log = open.faults();
        log.since(0, records::add);
        return new History(records, log.dropped(), log.counts());
    }

    @Override
    public long clear(Machine machine) {
        OpenMachine open = OpenMachine.of(machine);
        open.lock().lock();
        try {
            drain(open);
            return open.faults().clear();
        } finally {
            open.lock().unlock();
        }
    }
}
