// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import java.io.IOException;

import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.sluice.api.Difference;
import org.sluice.api.InspectService;
import org.sluice.api.InspectService.Coverage;
import org.sluice.api.MachineService;
import org.sluice.api.MachineService.Lease;
import org.sluice.shell.completer.MachineCompleter;
import org.sluice.shell.rows.DifferenceRows;
import org.sluice.shell.session.Console;
import org.sluice.shell.session.Rows;

/** Compares the mappings of two machines. */
@Service
@Command(scope = IommuCommand.SCOPE, name = "table-diff", description = "Compares the mappings of two machines",
        detailedDescription = """
                Shows each mapping that only one has (only-left, only-right) or that differs (changed). \
                The status is 1 if there are any.

                Example: table-diff captures/vtd-legacy captures/vtd-scalable""")
public final class TableDiff extends IommuCommand {
    @Reference
    private MachineService machines;

    @Reference
    private InspectService inspect;

    @Argument(index = 0, name = "left", required = true, description = "First machine: an open one's name, or what to open")
    @Completion(MachineCompleter.class)
    private String left;

    @Argument(index = 1, name = "right", required = true, description = "Second machine")
    @Completion(MachineCompleter.class)
    private String right;

    @Override
    protected Outcome run(Console console) throws IOException {
        try (Lease one = machines.lease(Arguments.machine(left, machines), console.progress());
                Lease two = machines.lease(Arguments.machine(right, machines), console.progress())) {
            Rows<Difference> rows = console.rows(DifferenceRows.SCHEMA);
            Coverage coverage = inspect.diff(one.machine(), two.machine(), console.progress(), rows);
            rows.finish(console, "no difference in " + Console.counted(coverage.items(), "mapping"));
            console.gaps(coverage);
            return Outcome.positiveIf(rows.count() == 0);
        }
    }
}
