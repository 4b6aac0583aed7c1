// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import java.io.IOException;

import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.sluice.api.Machine;
import org.sluice.api.space.AddressSpace;
import org.sluice.api.space.PluckService;
import org.sluice.api.space.PluckService.Pluck;
import org.sluice.api.space.PluckService.State;
import org.sluice.api.space.SpaceService;
import org.sluice.shell.completer.SpaceCompleter;
import org.sluice.shell.rows.PluckRows;
import org.sluice.shell.session.Console;

/** Takes pages of a running guest away from DMA. */
@Service
@Command(scope = IommuCommand.SCOPE, name = "page-pluck", description = "Takes pages of a running guest away from DMA, with its consent",
        detailedDescription = """
                The guest is asked to give the pages up; devices reach them until it has, and not afterwards. If it refuses or \
                does not answer, everything is as it was and the status is 1. With --adopt nobody is asked: the guest gave \
                them up on the host that it comes from. guest-behave tells the guest of a made-up machine what to answer.

                Example: page-pluck lab guest1 0x100100000 64K""")
public final class PagePluck extends MachineCommand {
    private static final long PATIENCE = 5000;

    @Reference
    private SpaceService spaces;

    @Reference
    private PluckService plucks;

    @Argument(index = 1, name = "space", required = true, description = "Name of the space, see space-list")
    @Completion(SpaceCompleter.class)
    private String space;

    @Argument(index = 2, name = "address", required = true, description = "First guest-physical address")
    private String address;

    @Argument(index = 3, name = "size", required = true, description = "Bytes, or a number with K, M or G")
    private String size;

    @Option(name = "--timeout", description = "Milliseconds that the guest may take, 5000 if not given")
    private String timeout;

    @Option(name = "--adopt", description = "Do not ask: the guest gave the pages up before it came here")
    private boolean adopt;

    @Override
    protected Outcome run(Console console, Machine target) throws IOException {
        AddressSpace named = spaces.find(target, space);
        long millis = timeout == null ? PATIENCE : Arguments.number(timeout);
        Pluck pluck = adopt ? plucks.adopt(named, Arguments.range(address, size)) : plucks.pluck(named, Arguments.range(address, size), millis);
        console.record(PluckRows.SCHEMA, pluck);
        return Outcome.positiveIf(pluck.state() == State.RELEASED);
    }
}
