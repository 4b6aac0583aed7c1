// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import java.io.IOException;

import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.sluice.api.InspectService;
import org.sluice.api.InterruptReport;
import org.sluice.api.InterruptReport.Result;
import org.sluice.api.InterruptRequest;
import org.sluice.api.LayoutService;
import org.sluice.api.Machine;
import org.sluice.shell.bulk.InterruptFile;
import org.sluice.shell.completer.DeviceCompleter;
import org.sluice.shell.completer.FileOrInputCompleter;
import org.sluice.shell.rows.InterruptRow;
import org.sluice.shell.session.CommandException;
import org.sluice.shell.session.Console;

/** Remaps one interrupt message or many. */
@Service
@Command(scope = IommuCommand.SCOPE, name = "interrupt-remap",
        description = "Tells what becomes of an interrupt message, or of many from a file",
        detailedDescription = """
                Takes the message a device writes (address and data). The result is remapped, posted, passed (unchanged), blocked or \
                unknown. With --from the file is tab-separated and its header names device (or bdf), address and data. \
                The status is 1 for a blocked message or an unknown answer, with --from only for unknown ones.

                Example: interrupt-remap captures/vtd-legacy 0000:ff:00.0 0xfee00030 0x2 -v""")
public final class InterruptRemap extends MachineCommand {
    @Reference
    private InspectService inspect;

    @Reference
    private LayoutService layouts;

    @Argument(index = 1, name = "device", description = "Who sends it: SSSS:BB:DD.F, BB:DD.F, sid:0x.. or fid:0x..")
    @Completion(DeviceCompleter.class)
    private String device;

    @Argument(index = 2, name = "address", description = "Where the device writes, 0x... or decimal")
    private String address;

    @Argument(index = 3, name = "data", description = "What it writes, 0x... or decimal")
    private String data;

    @Option(name = "--from", description = "Tab-separated file with a row per message; - is standard input")
    @Completion(FileOrInputCompleter.class)
    private String from;

    @Option(name = "-v", aliases = "--verbose", description = "Shows every structure read, with address, raw value and fields")
    private boolean verbose;

    @Override
    protected Outcome run(Console console, Machine target) throws IOException {
        Steps steps = new Steps(target, layouts);
        if (from != null && device == null) {
            return Bulk.answer(console, from, "remapping", InterruptRow.SCHEMA,
                    lines -> new InterruptFile(lines, request -> remap(target, request, steps)));
        }
        if (from != null || data == null) {
            throw new CommandException("give a device, an address and data, or --from FILE: interrupt-remap MACHINE DEVICE ADDRESS DATA");
        }
        InterruptRow row = remap(target,
                new InterruptRequest(Arguments.device(device), Arguments.number(address), Arguments.number(data)), steps);
        Steps.show(console, InterruptRow.SCHEMA, row, row.steps());
        return Outcome.positiveIf(row.result() != Result.BLOCKED && row.result() != Result.UNKNOWN);
    }

    private InterruptRow remap(Machine target, InterruptRequest request, Steps steps) {
        InterruptReport report = inspect.remapInterrupt(target, request, verbose);
        return InterruptRow.answered(report, steps.rows(report.steps()));
    }
}
