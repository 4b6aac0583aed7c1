// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import java.io.IOException;

import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.sluice.api.Machine;
import org.sluice.api.space.PluckService;
import org.sluice.api.space.SpaceService;
import org.sluice.shell.completer.SpaceCompleter;
import org.sluice.shell.rows.PluckRows;
import org.sluice.shell.session.Console;

/** Gives plucked pages back. */
@Service
@Command(scope = IommuCommand.SCOPE, name = "page-return", description = "Gives plucked pages back to the guest and its devices",
        detailedDescription = """
                Devices reach the pages as before, then the guest is told. Refused if something else needs the range by \
                now, for example a device that was attached in the meantime.

                Example: page-return lab guest1 0x100100000 64K""")
public final class PageReturn extends MachineCommand {
    @Reference
    private SpaceService spaces;

    @Reference
    private PluckService plucks;

    @Argument(index = 1, name = "space", required = true, description = "Name of the space, see space-list")
    @Completion(SpaceCompleter.class)
    private String space;

    @Argument(index = 2, name = "address", required = true, description = "First guest-physical address, as plucked")
    private String address;

    @Argument(index = 3, name = "size", required = true, description = "Bytes as plucked, or a number with K, M or G")
    private String size;

    @Override
    protected Outcome run(Console console, Machine target) throws IOException {
        console.record(PluckRows.SCHEMA, plucks.giveBack(spaces.find(target, space), Arguments.range(address, size)));
        return Outcome.DONE;
    }
}
