// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import java.io.IOException;

import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.sluice.api.Machine;
import org.sluice.api.space.SwapService;
import org.sluice.shell.rows.SwapRows;
import org.sluice.shell.session.Console;

/** Lists the last swaps of a machine. */
@Service
@Command(scope = IommuCommand.SCOPE, name = "swap-list", description = "Lists the last swaps of a machine",
        detailedDescription = """
                Oldest first, with how long each prepared and how long DMA was held.

                Example: swap-list lab""")
public final class SwapList extends MachineCommand {
    @Reference
    private SwapService swaps;

    @Override
    protected Outcome run(Console console, Machine target) throws IOException {
        console.all(SwapRows.SCHEMA, swaps.history(target), "nothing was swapped");
        return Outcome.DONE;
    }
}
