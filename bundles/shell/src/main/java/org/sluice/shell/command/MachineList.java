// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import java.io.IOException;

import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.sluice.api.MachineService;
import org.sluice.shell.rows.MachineRows;
import org.sluice.shell.session.Console;

/** Lists open machines. */
@Service
@Command(scope = IommuCommand.SCOPE, name = "machine-list", description = "Lists the machines that are open",
        detailedDescription = "Example: machine-list --json")
public final class MachineList extends IommuCommand {
    @Reference
    private MachineService machines;

    @Override
    protected Outcome run(Console console) throws IOException {
        console.all(MachineRows.SCHEMA, machines.list(), "no machine is open: try machine-open PATH");
        return Outcome.DONE;
    }
}
