// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import java.io.IOException;

import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.sluice.api.Defect;
import org.sluice.api.InspectService;
import org.sluice.api.InspectService.Coverage;
import org.sluice.api.Machine;
import org.sluice.shell.completer.DeviceCompleter;
import org.sluice.shell.rows.DefectRows;
import org.sluice.shell.session.Console;
import org.sluice.shell.session.Rows;

/** Looks for defects. */
@Service
@Command(scope = IommuCommand.SCOPE, name = "table-verify", description = "Looks for defects in the structures of one device or of all",
        detailedDescription = """
                Reserved bits, loops, tables outside RAM, tables shared by two domains, and more; each with the address of the \
                faulty entry and the rule that it breaks. The status is 1 if there are any.

                Example: table-verify captures/vtd-legacy""")
public final class TableVerify extends MachineCommand {
    @Reference
    private InspectService inspect;

    @Argument(index = 1, name = "device", description = "SSSS:BB:DD.F, BB:DD.F, sid:0x.. or fid:0x..; without it all devices")
    @Completion(DeviceCompleter.class)
    private String device;

    @Override
    protected Outcome run(Console console, Machine target) throws IOException {
        Rows<Defect> rows = console.rows(DefectRows.SCHEMA);
        Coverage coverage = inspect.verify(target, Arguments.optionalDevice(device), console.progress(), rows);
        String entries = coverage.items() + (coverage.items() == 1 ? " entry" : " entries");
        rows.finish(console, "no defect in " + entries);
        if (rows.count() > 0) {
            console.remark(Console.counted(rows.count(), "defect") + " in " + entries);
        }
        console.gaps(coverage);
        return Outcome.positiveIf(rows.count() == 0);
    }
}
