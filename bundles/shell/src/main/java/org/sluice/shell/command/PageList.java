// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import java.io.IOException;

import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.sluice.api.Machine;
import org.sluice.api.space.PluckService;
import org.sluice.shell.rows.PluckRows;
import org.sluice.shell.session.Console;

/** Lists the pages that guests were asked to give up. */
@Service
@Command(scope = IommuCommand.SCOPE, name = "page-list", description = "Lists the pages that guests were asked to give up",
        detailedDescription = """
                Shows those that are away from DMA (released), and the last requests that came to nothing. A guest that \
                is migrated takes its released pages along; on the other host page-pluck --adopt takes them over.

                Example: page-list lab""")
public final class PageList extends MachineCommand {
    @Reference
    private PluckService plucks;

    @Override
    protected Outcome run(Console console, Machine target) throws IOException {
        console.all(PluckRows.SCHEMA, plucks.list(target), "no page was asked for");
        return Outcome.DONE;
    }
}
