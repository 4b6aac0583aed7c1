// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import java.io.IOException;

import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.sluice.api.Machine;
import org.sluice.shell.rows.UnitRows;
import org.sluice.shell.session.Console;

/** Lists the units of a machine. */
@Service
@Command(scope = IommuCommand.SCOPE, name = "unit-list", description = "Lists the IOMMUs of a machine and who reads them",
        detailedDescription = """
                A unit that is not ACTIVE says what is missing. registers is the physical address of the register page.

                Example: unit-list captures/vtd-legacy""")
public final class UnitList extends MachineCommand {
    @Override
    protected Outcome run(Console console, Machine target) throws IOException {
        console.all(UnitRows.SCHEMA, target.units(), "the machine has no IOMMU");
        return Outcome.DONE;
    }
}
