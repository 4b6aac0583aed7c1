// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import java.io.IOException;

import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.sluice.api.Machine;
import org.sluice.api.MachineService;
import org.sluice.api.space.RefusedException;
import org.sluice.shell.completer.MachineCompleter;
import org.sluice.shell.rows.RefusalRows;
import org.sluice.shell.session.Console;

/** A command on one machine: an open one, or one that is opened for this command alone. */
abstract class MachineCommand extends IommuCommand {
    @Reference
    private MachineService machines;

    @Argument(index = 0, name = "machine", required = true,
            description = "Name of an open machine, or what to open for this command alone: a path, qemu:SOCKET, synthetic:BACKEND")
    @Completion(MachineCompleter.class)
    private String machine;

    @Option(name = "--stop", description = "Stop a running machine for the time of the command, so that all it reads is of one moment")
    private boolean stop;

    @Override
    protected final Outcome run(Console console) throws IOException {
        try (MachineService.Lease lease = machines.lease(Arguments.machine(machine, machines), stop, console.progress())) {
            return run(console, lease);
        } catch (RefusedException e) {
            // A refusal is an answer: what, why, who has it, and the ways out.
            console.all(RefusalRows.SCHEMA, e.refusals(), "");
            return Outcome.NEGATIVE;
        }
    }

    /** For a command that looks at its machine more than once. */
    Outcome run(Console console, MachineService.Lease lease) throws IOException {
        return run(console, lease.machine());
    }

    protected abstract Outcome run(Console console, Machine target) throws IOException;
}
