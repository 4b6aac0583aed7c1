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
import org.sluice.api.space.InterruptService;
import org.sluice.machine.DeviceId;
import org.sluice.shell.completer.DeviceCompleter;
import org.sluice.shell.session.CommandException;
import org.sluice.shell.session.Console;

/** Ends all vectors of a device. */
@Service
@Command(scope = IommuCommand.SCOPE, name = "interrupt-disable", description = "Ends all message interrupts of a device",
        detailedDescription = """
                What was set up for them is taken away: entries of the remapping table, and the doorbell's mapping with its \
                last user.

                Example: interrupt-disable lab 00:03.0""")
public final class InterruptDisable extends MachineCommand {
    @Reference
    private InterruptService interrupts;

    @Reference
    private TrafficService traffic;

    @Argument(index = 1, name = "device", required = true, description = "SSSS:BB:DD.F or BB:DD.F")
    @Completion(DeviceCompleter.class)
    private String device;

    @Override
    protected Outcome run(Console console, Machine target) throws IOException {
        DeviceId who = Arguments.device(device);
        refuseIfRunning(traffic, target, who);
        long had = interrupts.routes(target).stream().filter(r -> r.device().equals(who)).count();
        interrupts.disable(target, who);
        console.remark(had == 0 ? who + " has no vectors" : Console.counted(had, "vector") + " ended");
        return Outcome.DONE;
    }

    /** Vectors of a device that runs traffic are not for others to change: what it waits for would not come. */
    static void refuseIfRunning(TrafficService traffic, Machine target, DeviceId who) {
        if (traffic.list().stream().anyMatch(t -> t.running() && t.machine().equals(target.name()) && t.device().equals(who))) {
            throw new CommandException("traffic runs on " + who + " and waits for its own vectors: traffic-stop " + target.name() + " " + who + " first");
        }
    }
}
