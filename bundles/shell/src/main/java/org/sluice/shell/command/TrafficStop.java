// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import java.io.IOException;

import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.sluice.api.Machine;
import org.sluice.api.dma.TrafficService;
import org.sluice.api.dma.TrafficService.Traffic;
import org.sluice.shell.completer.DeviceCompleter;
import org.sluice.shell.rows.TrafficRows;
import org.sluice.shell.session.Console;

/** Stops verified DMA of a device and shows what it did. */
@Service
@Command(scope = IommuCommand.SCOPE, name = "traffic-stop", description = "Stops verified DMA of a device and shows what it did",
        detailedDescription = """
                Status 1 if a payload was wrong or the unit refused an operation.

                Example: traffic-stop lab 00:03.0""")
public final class TrafficStop extends MachineCommand {
    @Reference
    private TrafficService traffic;

    @Argument(index = 1, name = "device", required = true, description = "SSSS:BB:DD.F or BB:DD.F")
    @Completion(DeviceCompleter.class)
    private String device;

    @Override
    protected Outcome run(Console console, Machine target) throws IOException {
        Traffic done = traffic.stop(target, Arguments.device(device));
        console.record(TrafficRows.SCHEMA, done);
        return Outcome.positiveIf(done.wrong() == 0 && done.faults() == 0 && done.failure().isEmpty());
    }
}
