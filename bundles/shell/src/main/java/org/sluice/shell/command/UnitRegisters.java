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

/** Shows the registers of a unit. */
@Service
@Command(scope = IommuCommand.SCOPE, name = "unit-registers", description = "Shows the registers of an IOMMU, decoded",
        detailedDescription = """
                The table names the fields that are not zero; --json has them all. A register without a value is not known.

                Example: unit-registers captures/vtd-legacy 0""")
public final class UnitRegisters extends UnitCommand {
    @Reference
    private InspectService inspect;

    @Override
    protected Outcome run(Console console, Machine target, String unitName) throws IOException {
        console.all(RegisterRows.registers(unitName), inspect.registers(target, unitName), "the unit has no registers");
        return Outcome.DONE;
    }
}
