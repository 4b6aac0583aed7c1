// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import java.io.IOException;

import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.sluice.api.Machine;
import org.sluice.api.space.AddressSpace;
import org.sluice.api.space.SpaceService;
import org.sluice.shell.rows.SpaceRows;
import org.sluice.shell.session.Console;

/** Lists the address spaces of a machine. */
@Service
@Command(scope = IommuCommand.SCOPE, name = "space-list", description = "Lists the address spaces of a machine",
        detailedDescription = """
                Counts what was mapped, unmapped and invalidated since each space was made: a space whose counts stand \
                still is static in practice. Remarks on standard error say what a store of durable spaces has lost and \
                what still waits for a backend.

                Example: space-list lab""")
public final class SpaceList extends MachineCommand {
    @Reference
    private SpaceService spaces;

    @Override
    protected Outcome run(Console console, Machine target) throws IOException {
        console.all(SpaceRows.SCHEMA, spaces.list(target).stream().map(AddressSpace::info).toList(), "the machine has no address space; space-create makes one");
        spaces.remarks(target).forEach(console::warn);
        return Outcome.DONE;
    }
}
