// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import java.io.IOException;

import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.sluice.api.Machine;
import org.sluice.shell.rows.MachineRows;
import org.sluice.shell.session.Console;

/** Shows what is known of a machine as a whole. */
@Service
@Command(scope = IommuCommand.SCOPE, name = "machine-info", description = "Shows what is known of a machine as a whole",
        detailedDescription = """
                RAM, units, groups, interrupt controllers and firmware tables. presentBytes is how much memory the image holds.

                Example: machine-info captures/vtd-legacy""")
public final class MachineInfo extends MachineCommand {
    @Override
    protected Outcome run(Console console, Machine target) throws IOException {
        console.record(MachineRows.DETAILS, target);
        return Outcome.DONE;
    }
}
