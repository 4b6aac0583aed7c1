// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.counters;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.WeakHashMap;
import java.util.function.LongSupplier;

import javax.management.JMException;
import javax.management.ObjectName;

import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.sluice.api.FaultService.Count;
import org.sluice.api.UnitInfo;
import org.sluice.api.space.AddressSpace;
import org.sluice.api.space.InterruptService;
import org.sluice.api.space.InterruptService.Forgery;
import org.sluice.api.space.InterruptService.Route;
import org.sluice.api.space.SpaceInfo;
import org.sluice.core.registry.MachineRegistry;
import org.sluice.core.registry.OpenMachine;
import org.sluice.core.space.MachineSpaces;
import org.sluice.core.space.Space;
import org.sluice.core.space.SpaceRegistry;

/** The bean {@value #NAME}, there for as long as this component is. Thread-safe. */
@Component(immediate = true, service = {})
public final class Counters implements CountersMXBean {
    public static final String NAME = "org.sluice:type=Counters";

    private final MachineRegistry machines;
    private final SpaceRegistry spaces;
    private final InterruptService interrupts;
    private final LongSupplier clock;
    private final Map<AddressSpace, Churn> churns = new WeakHashMap<>();

    @Activate
    public Counters(@Reference MachineRegistry machines, @Reference SpaceRegistry spaces, @Reference InterruptService interrupts) {
        this(machines, spaces, interrupts, System::nanoTime);
    }

    /** @param clock nanoseconds */
    public Counters(MachineRegistry machines, SpaceRegistry spaces, InterruptService interrupts, LongSupplier clock) {
        this.machines = machines;
        this.spaces = spaces;
        this.interrupts = interrupts;
        this.clock = clock;
        try {
            ManagementFactory.getPlatformMBeanServer().registerMBean(this, new ObjectName(NAME));
        } catch (JMException e) {
            throw new IllegalStateException("the bean " + NAME + " cannot be registered", e);
        }
    }

    /** Takes the bean away. */
    @Deactivate
    public void stop() {
        try {
            ManagementFactory.getPlatformMBeanServer().unregisterMBean(new ObjectName(NAME));
        } catch (JMException e) {
            throw new IllegalStateException("the bean " + NAME + " cannot be taken away", e);
        }
    }

    @Override
    public List<SpaceCounters> getSpaces() {
        List<SpaceCounters> all = new ArrayList<>();
        for (MachineSpaces of : spaces.all()) {
            for (AddressSpace space : spaces.list(of.machine())) {
                SpaceInfo info = space.info();
                all.add(new SpaceCounters(info, churn(space, info), ((Space) space).accounted()));
            }
        }
        return all;
    }

    private synchronized Churn churn(AddressSpace space, SpaceInfo info) {
        long now = clock.getAsLong();
        return churns.compute(space, (s, before) -> before == null ? Churn.first(info, now) : before.next(info, now));
    }

    @Override
    public List<UnitCounters> getUnits() {
        List<UnitCounters> all = new ArrayList<>();
        for (OpenMachine machine : machines.all()) {
            List<Count> faults = machine.faults().counts();
            for (UnitInfo unit : machine.units()) {
                long count = faults.stream().filter(c -> c.unit().equals(unit.name())).mapToLong(Count::faults).sum();
                all.add(new UnitCounters(machine.name(), unit, count));
            }
        }
        return all;
    }

    @Override
    public List<InterruptCounters> getInterrupts() {
        List<InterruptCounters> all = new ArrayList<>();
        for (MachineSpaces of : spaces.all()) {
            OpenMachine machine = of.machine();
            Map<String, InterruptCounters> devices = new TreeMap<>();
            for (Route route : interrupts.routes(machine)) {
                devices.computeIfAbsent(route.device().toString(), d -> new InterruptCounters(machine.name(), d)).addVector(route.count());
            }
            for (Forgery forgery : interrupts.forgeries(machine)) {
                devices.computeIfAbsent(forgery.device().toString(), d -> new InterruptCounters(machine.name(), d)).addForged(forgery.count());
            }
            all.addAll(devices.values());
        }
        return all;
    }
}
