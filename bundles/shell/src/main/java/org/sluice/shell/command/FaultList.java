// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import java.io.IOException;

import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.sluice.api.FaultService;
import org.sluice.api.FaultService.History;
import org.sluice.api.Machine;
import org.sluice.shell.rows.FaultRows;
import org.sluice.shell.session.Console;

/** Lists recorded faults. */
@Service
@Command(scope = IommuCommand.SCOPE, name = "fault-list", description = "Lists the faults that the IOMMUs of a machine have recorded",
        detailedDescription = """
                Of a machine that the platform drives, the last faults are kept, even those of a backend that was \
                swapped out; index numbers them since the machine was opened. With --counts it shows how many there \
                were, by unit and device.

                Example: fault-list captures/vtd-legacy""")
public final class FaultList extends MachineCommand {
    @Reference
    private FaultService faults;

    @Option(name = "--counts", description = "Count the faults of units that the platform drives instead")
    private boolean counts;

    @Override
    protected Outcome run(Console console, Machine target) throws IOException {
        History history = faults.history(target);
        if (counts) {
            console.all(FaultRows.COUNT, history.counts(), "no fault was counted");
            return Outcome.DONE;
        }
        console.all(FaultRows.SCHEMA, history.records(), "no fault is recorded");
        if (history.dropped() > 0) {
            console.warn("incomplete: " + Console.counted(history.dropped(), "older fault") + " made room; --counts has them all");
        }
        return Outcome.DONE;
    }
}
