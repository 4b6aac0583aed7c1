// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import java.io.IOException;

import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Parsing;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.sluice.api.InspectService;
import org.sluice.api.Machine;
import org.sluice.shell.rows.FaultRows;
import org.sluice.shell.session.Console;

/** Lists recorded faults. */
@Service
@Parsing(OptionsAnywhere.class)
@Command(scope = IommuCommand.SCOPE, name = "fault-list", description = "Lists the faults that the IOMMUs of a machine have recorded",
        detailedDescription = "Example: fault-list captures/vtd-legacy")
public final class FaultList extends MachineCommand {
    @Reference
    private InspectService inspect;

    @Override
    protected Outcome run(Console console, Machine target) throws IOException {
        console.all(FaultRows.SCHEMA, inspect.faults(target), "no fault is recorded");
        return Outcome.DONE;
    }
}
