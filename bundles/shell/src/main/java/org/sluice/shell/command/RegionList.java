// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import java.io.IOException;

import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.sluice.api.InspectService;
import org.sluice.api.Machine;
import org.sluice.shell.rows.RegionRows;
import org.sluice.shell.session.Console;

/** Lists ranges that are not free for DMA. */
@Service
@Command(scope = IommuCommand.SCOPE, name = "region-list", description = "Lists the address ranges that are not free for DMA",
        detailedDescription = """
                Reserved and direct-mapped regions and interrupt doorbells, each with who says so.

                Example: region-list captures/vtd-legacy""")
public final class RegionList extends MachineCommand {
    @Reference
    private InspectService inspect;

    @Override
    protected Outcome run(Console console, Machine target) throws IOException {
        console.all(RegionRows.SCHEMA, inspect.regions(target), "no range is reserved as far as the machine tells");
        return Outcome.DONE;
    }
}
