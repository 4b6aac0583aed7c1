// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import java.io.IOException;

import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.sluice.api.FaultRecord;
import org.sluice.api.MachineService.Lease;
import org.sluice.api.WatchService;
import org.sluice.shell.rows.FaultRows;
import org.sluice.shell.session.Console;
import org.sluice.shell.session.Rows;

/** Shows faults as they are recorded. */
@Service
@Command(scope = IommuCommand.SCOPE, name = "fault-tail", description = "Shows faults as they are recorded",
        detailedDescription = """
                Faults recorded before it started are shown by fault-list. A record that the machine's own driver clears \
                between two looks is not seen: a shorter --interval misses less. Ends with Ctrl-C, or when --count or \
                --for is reached.

                Example: fault-tail captures/vtd-legacy --interval 10 --count 1""")
public final class FaultTail extends WatchCommand {
    @Reference
    private WatchService watch;

    @Override
    Outcome run(Console console, Lease lease) throws IOException {
        Rows<FaultRecord> rows = console.live(FaultRows.SCHEMA);
        watch.faults(lease, pace(), rows, console::show);
        rows.finish(console, "no fault was recorded");
        return Outcome.DONE;
    }
}
