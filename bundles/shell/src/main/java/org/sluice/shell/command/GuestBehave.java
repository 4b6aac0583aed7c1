// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import java.io.IOException;

import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.apache.karaf.shell.support.completers.StringsCompleter;
import org.sluice.api.Machine;
import org.sluice.api.space.MadeUpGuest;
import org.sluice.api.space.MadeUpGuest.Behaviour;
import org.sluice.shell.rows.Words;
import org.sluice.shell.session.CommandException;
import org.sluice.shell.session.Console;

/** Tells the guest of a made-up machine how to answer. */
@Service
@Command(scope = IommuCommand.SCOPE, name = "guest-behave", description = "Tells the guest of a made-up machine how to answer a request for pages",
        detailedDescription = """
                accept gives the pages up, refuse keeps them and says so, silent never answers.

                Example: guest-behave lab silent""")
public final class GuestBehave extends MachineCommand {
    @Reference
    private MadeUpGuest guest;

    @Argument(index = 1, name = "behaviour", required = true, description = "accept, refuse or silent")
    @Completion(value = StringsCompleter.class, values = {"accept", "refuse", "silent"})
    private String behaviour;

    @Override
    protected Outcome run(Console console, Machine target) throws IOException {
        for (Behaviour known : Behaviour.values()) {
            if (Words.lower(known).equals(behaviour)) {
                guest.behave(target, known);
                console.remark("the guest of " + target.name() + " will " + (known == Behaviour.SILENT ? "be silent" : behaviour));
                return Outcome.DONE;
            }
        }
        throw new CommandException("'" + behaviour + "' is no behaviour: it is accept, refuse or silent");
    }
}
