// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import java.io.IOException;
import java.util.List;

import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.sluice.api.InterruptMessage;
import org.sluice.api.Machine;
import org.sluice.api.dma.TrafficService;
import org.sluice.api.space.InterruptService;
import org.sluice.machine.DeviceId;
import org.sluice.shell.completer.DeviceCompleter;
import org.sluice.shell.rows.SpaceRows;
import org.sluice.shell.session.CommandException;
import org.sluice.shell.session.Console;

/** Sets up vectors of a device. */
@Service
@Command(scope = IommuCommand.SCOPE, name = "interrupt-enable", description = "Sets up message interrupts of a device",
        detailedDescription = """
                Chooses and maps the doorbell or makes remapping entries, whichever the unit's backend needs, and shows what \
                each vector must be programmed with. Replaces the vectors that the device had. interrupt-raise has the \
                device raise one, interrupt-disable ends them.

                Example: interrupt-enable lab 00:03.0 2""")
public final class InterruptEnable extends MachineCommand {
    /** As many as MSI-X has. */
    private static final int MOST = 2048;

    @Reference
    private InterruptService interrupts;

    @Reference
    private TrafficService traffic;

    @Argument(index = 1, name = "device", required = true, description = "SSSS:BB:DD.F or BB:DD.F")
    @Completion(DeviceCompleter.class)
    private String device;

    @Argument(index = 2, name = "count", description = "Number of vectors, 1 to 2048; 1 if not given")
    private String count = "1";

    @Override
    protected Outcome run(Console console, Machine target) throws IOException {
        DeviceId who = Arguments.device(device);
        long vectors = Arguments.number(count);
        if (vectors < 1 || vectors > MOST) {
            throw new CommandException("'" + count + "' is no number of vectors: a device has 1 to " + MOST);
        }
        InterruptDisable.refuseIfRunning(traffic, target, who);
        interrupts.enable(target, who, (int) vectors, false, new Counted());
        List<InterruptService.Route> routes = interrupts.routes(target).stream().filter(r -> r.device().equals(who)).toList();
        console.all(SpaceRows.ROUTE, routes, "");
        return Outcome.DONE;
    }

    /** Nobody waits for them: the platform counts, and {@code interrupt-raise} writes what is right at that moment. */
    private static final class Counted implements InterruptService.Listener {
        @Override
        public void interrupt(int index) {
            // Counted by the service.
        }

        @Override
        public void reprogram(int index, InterruptMessage message) {
            // interrupt-list shows the new message.
        }
    }
}
