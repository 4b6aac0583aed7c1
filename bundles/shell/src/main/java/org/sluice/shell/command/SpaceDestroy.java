// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import java.io.IOException;

import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.sluice.api.Machine;
import org.sluice.api.space.SpaceService;
import org.sluice.shell.completer.SpaceCompleter;
import org.sluice.shell.session.Console;

/** Ends an address space that no device uses. */
@Service
@Command(scope = IommuCommand.SCOPE, name = "space-destroy", description = "Ends an address space that no device uses",
        detailedDescription = """
                What is mapped in it goes with it.

                Example: space-destroy lab guest1""")
public final class SpaceDestroy extends MachineCommand {
    @Reference
    private SpaceService spaces;

    @Argument(index = 1, name = "space", required = true, description = "Name of the space, see space-list")
    @Completion(SpaceCompleter.class)
    private String space;

    @Override
    protected Outcome run(Console console, Machine target) throws IOException {
        spaces.destroy(spaces.find(target, space));
        return Outcome.DONE;
    }
}
