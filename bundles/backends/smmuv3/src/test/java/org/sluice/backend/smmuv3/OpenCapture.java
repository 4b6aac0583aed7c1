// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3;

import org.sluice.api.Progress;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.machines.capture.CaptureSource;
import org.sluice.spi.Inspector;
import org.sluice.spi.MachineSource.OpenedMachine;
import org.sluice.spi.UnitContext;
import org.sluice.testkit.Captures;

/** A capture that ships with the sources, opened, with an inspector over its unit. */
final class OpenCapture implements AutoCloseable {
    final OpenedMachine machine;
    final UnitContext context;
    final Inspector inspector;

    OpenCapture(String name) {
        machine = new CaptureSource().open(Captures.path(name).toString(), Progress.NONE);
        UnitDescription unit = machine.description().units().get(0);
        context = new UnitContext(machine.description(), unit, machine.memory(), machine.registers(unit));
        inspector = new Smmuv3Backend("test").inspector(context).orElseThrow();
    }

    @Override
    public void close() {
        machine.close();
    }
}
