// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import java.io.IOException;

import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.sluice.api.MachineService;
import org.sluice.shell.completer.OpenMachineCompleter;
import org.sluice.shell.session.Console;

/** Closes an open machine. */
@Service
@Command(scope = IommuCommand.SCOPE, name = "machine-close", description = "Closes an open machine",
        detailedDescription = """
                Prints nothing if it went well.

                Example: machine-close lab""")
public final class MachineClose extends IommuCommand {
    @Reference
    private MachineService machines;

    @Argument(index = 0, name = "machine", required = true, description = "Name of an open machine")
    @Completion(OpenMachineCompleter.class)
    private String machine;

    @Override
    protected Outcome run(Console console) throws IOException {
        machines.close(machine);
        return Outcome.DONE;
    }
}
