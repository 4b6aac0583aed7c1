// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import java.io.IOException;

import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.sluice.api.FaultService;
import org.sluice.api.Machine;
import org.sluice.api.TranslationRequest;
import org.sluice.api.dma.DmaPort;
import org.sluice.api.dma.DmaService;
import org.sluice.api.space.InterruptService;
import org.sluice.api.space.InterruptService.Route;
import org.sluice.machine.DeviceId;
import org.sluice.shell.completer.DeviceCompleter;
import org.sluice.shell.rows.DmaRow;
import org.sluice.shell.session.CommandException;
import org.sluice.shell.session.Console;

/** Has a device raise one of its vectors. */
@Service
@Command(scope = IommuCommand.SCOPE, name = "interrupt-raise", description = "Has a device of a made-up machine raise one of its interrupts",
        detailedDescription = """
                The device writes the vector's message as it is programmed at that moment, through its unit; interrupt-list \
                counts those that arrived. Status 1 if this one did not.

                Example: interrupt-raise lab 00:03.0 1""")
public final class InterruptRaise extends MachineCommand {
    @Reference
    private InterruptService interrupts;

    @Reference
    private DmaService dma;

    @Reference
    private FaultService faults;

    @Argument(index = 1, name = "device", required = true, description = "SSSS:BB:DD.F or BB:DD.F")
    @Completion(DeviceCompleter.class)
    private String device;

    @Argument(index = 2, name = "index", description = "Which of the device's vectors, from 0; 0 if not given")
    private String index = "0";

    @Override
    protected Outcome run(Console console, Machine target) throws IOException {
        DeviceId who = Arguments.device(device);
        long wanted = Arguments.number(index);
        Route route = interrupts.routes(target).stream().filter(r -> r.device().equals(who) && r.index() == wanted).findFirst().orElseThrow(
                () -> new CommandException(who + " has no vector " + index + ": interrupt-list shows which, interrupt-enable sets them up"));
        int result = dma.port(target, who, TranslationRequest.NO_PASID).raise(route.index());
        DmaRow row = new DmaRow(who, TranslationRequest.NO_PASID, route.message().address(), Integer.BYTES, result,
                DmaCommand.recorded(faults, target, who, result), null);
        console.record(DmaRow.SCHEMA, row);
        return Outcome.positiveIf(result == DmaPort.INTERRUPT);
    }
}
