// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import java.io.IOException;

import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.sluice.api.FaultService;
import org.sluice.api.Machine;
import org.sluice.shell.session.Console;

/** Forgets the faults that a machine's history holds. */
@Service
@Command(scope = IommuCommand.SCOPE, name = "fault-clear", description = "Forgets the faults of a machine's history and their counts",
        detailedDescription = """
                Only units that the platform drives have a history; what a capture has recorded stays. Later faults go on with \
                their numbers.

                Example: fault-clear lab""")
public final class FaultClear extends MachineCommand {
    @Reference
    private FaultService faults;

    @Override
    protected Outcome run(Console console, Machine target) throws IOException {
        console.remark(Console.counted(faults.clear(target), "fault") + " forgotten");
        return Outcome.DONE;
    }
}
