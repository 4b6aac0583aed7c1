// SPDX-License-Identifier: Apache-2.0
package org.sluice.testkit;

import org.sluice.api.Progress;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.spi.Backend;
import org.sluice.spi.Inspector;
import org.sluice.spi.MachineSource;
import org.sluice.spi.MachineSource.OpenedMachine;
import org.sluice.spi.UnitContext;

/** A capture that ships with the sources, opened, with an inspector over its first unit. A backend's tests extend it with their backend. */
public class CapturedUnit implements AutoCloseable {
    public final OpenedMachine machine;
    public final UnitContext context;
    public final Inspector inspector;

    /** @param source opens capture folders; this bundle cannot name it, since its tests use this one */
    protected CapturedUnit(MachineSource source, Backend backend, String capture) {
        machine = source.open(Captures.path(capture).toString(), Progress.NONE);
        UnitDescription unit = machine.description().units().get(0);
        context = new UnitContext(machine.description(), unit, machine.memory(), machine.registers(unit));
        inspector = backend.inspector(context).orElseThrow();
    }

    @Override
    public void close() {
        machine.close();
    }
}
