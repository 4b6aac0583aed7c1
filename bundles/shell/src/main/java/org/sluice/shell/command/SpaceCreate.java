// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import java.io.IOException;

import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.sluice.api.Machine;
import org.sluice.api.space.AddressSpace;
import org.sluice.api.space.SpaceOptions;
import org.sluice.api.space.SpaceService;
import org.sluice.machine.AddressRange;
import org.sluice.shell.rows.SpaceRows;
import org.sluice.shell.session.Console;

/** Creates an address space on a machine that the platform drives. */
@Service
@Command(scope = IommuCommand.SCOPE, name = "space-create", description = "Creates an address space on a machine that the platform drives",
        detailedDescription = """
                The space is empty and no device uses it. With --message-window doorbells are mapped there if the \
                machine's unit translates messages. The space is durable: once a command has returned, its change is \
                there again after the platform ends, however it ends. A machine that is opened for one command alone \
                keeps nothing, nor does the platform of a single command; a remark says so.

                Example: space-create lab guest1""")
public final class SpaceCreate extends MachineCommand {
    @Reference
    private SpaceService spaces;

    @Argument(index = 1, name = "name", required = true, description = "Name of the space, unique in the machine")
    private String name;

    @Option(name = "--volatile", description = "Do not keep the space beyond the end of the platform")
    private boolean volatileSpace;

    @Option(name = "--message-window", description = "START-LAST: where doorbells go if messages are translated")
    private String window;

    @Override
    protected Outcome run(Console console, Machine target) throws IOException {
        AddressRange messages = window == null ? null : Arguments.range(window);
        AddressSpace space = spaces.create(target, new SpaceOptions(name, !volatileSpace, messages, 0));
        if (!volatileSpace && !space.isDurable()) {
            console.warn("the space is not durable: " + spaces.notKept(target));
        }
        console.record(SpaceRows.SCHEMA, space.info());
        return Outcome.DONE;
    }
}
