// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import java.io.IOException;

import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.sluice.api.InspectService;
import org.sluice.api.Machine;
import org.sluice.shell.rows.RegisterRows;
import org.sluice.shell.session.Console;

/** Shows the queues and logs of a unit. */
@Service
@Command(scope = IommuCommand.SCOPE, name = "unit-queues", description = "Shows the command queues and logs of an IOMMU, decoded",
        detailedDescription = """
                An entry is pending until the unit (or for a log the driver) has consumed it.

                Example: unit-queues captures/vtd-legacy 0""")
public final class UnitQueues extends UnitCommand {
    @Reference
    private InspectService inspect;

    @Override
    protected Outcome run(Console console, Machine target, String unitName) throws IOException {
        console.all(RegisterRows.queues(unitName), inspect.queues(target, unitName), "the queues of the unit are empty");
        return Outcome.DONE;
    }
}
