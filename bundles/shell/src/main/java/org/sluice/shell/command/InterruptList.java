// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import java.io.IOException;

import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Parsing;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.sluice.api.Machine;
import org.sluice.api.space.InterruptService;
import org.sluice.shell.rows.SpaceRows;
import org.sluice.shell.session.Console;

/** Lists the vectors of devices and where their messages go. */
@Service
@Parsing(OptionsAnywhere.class)
@Command(scope = IommuCommand.SCOPE, name = "interrupt-list", description = "Lists the vectors of devices and where their messages go",
        detailedDescription = """
                Each with what the device writes to raise it, the way it takes, and what else the device may write by that \
                way.

                Example: interrupt-list lab""")
public final class InterruptList extends MachineCommand {
    @Reference
    private InterruptService interrupts;

    @Override
    protected Outcome run(Console console, Machine target) throws IOException {
        console.all(SpaceRows.ROUTE, interrupts.routes(target), "no device has a vector; traffic-start gives one to its device");
        return Outcome.DONE;
    }
}
