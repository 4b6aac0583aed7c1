// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import java.io.IOException;

import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.apache.karaf.shell.support.completers.StringsCompleter;
import org.sluice.api.InspectService;
import org.sluice.api.LayoutService;
import org.sluice.api.Machine;
import org.sluice.api.TranslationReport;
import org.sluice.api.TranslationReport.Result;
import org.sluice.api.TranslationRequest;
import org.sluice.shell.bulk.WalkFile;
import org.sluice.shell.completer.DeviceCompleter;
import org.sluice.shell.completer.FileOrInputCompleter;
import org.sluice.shell.rows.WalkRow;
import org.sluice.shell.session.CommandException;
import org.sluice.shell.session.Console;

/** Translates one address or many. */
@Service
@Command(scope = IommuCommand.SCOPE, name = "table-walk", description = "Translates one address, or many from a file",
        detailedDescription = """
                The result is mapped, fault or unknown (the image lacks what would decide); -v shows every structure read. \
                With --from the file is tab-separated and its header names device (or bdf) and iova, optionally access and pasid; \
                other columns are ignored. The status is 1 for a fault or an unknown answer, with --from only for unknown ones.

                Example: table-walk captures/vtd-legacy 0000:00:03.0 0xffffe000 --access w -v
                Example: table-walk captures/vtd-legacy --from captures/vtd-legacy/expected-translations.tsv --json""")
public final class TableWalk extends MachineCommand {
    @Reference
    private InspectService inspect;

    @Reference
    private LayoutService layouts;

    @Argument(index = 1, name = "device", description = "SSSS:BB:DD.F, BB:DD.F, sid:0x.. or fid:0x..")
    @Completion(DeviceCompleter.class)
    private String device;

    @Argument(index = 2, name = "iova", description = "I/O virtual address, 0x... or decimal")
    private String iova;

    @Option(name = "--access", description = "What the device does: r, w or x")
    @Completion(value = StringsCompleter.class, values = {"r", "w", "x"})
    private String access = "r";

    @Option(name = "--pasid", description = "Process address space id")
    private String pasid;

    @Option(name = "--from", description = "Tab-separated file with a row per address; - is standard input")
    @Completion(FileOrInputCompleter.class)
    private String from;

    @Option(name = "-v", aliases = "--verbose", description = "Shows every structure read, with address, raw value and fields")
    private boolean verbose;

    @Override
    protected Outcome run(Console console, Machine target) throws IOException {
        Steps steps = new Steps(target, layouts);
        if (from != null && device == null) {
            return Bulk.answer(console, from, "translating", WalkRow.SCHEMA,
                    lines -> new WalkFile(lines, request -> translate(target, request, steps)));
        }
        if (from != null || iova == null) {
            throw new CommandException("give a device and an IOVA, or --from FILE: table-walk MACHINE DEVICE IOVA");
        }
        WalkRow row = translate(target, new TranslationRequest(Arguments.device(device), Arguments.pasid(pasid),
                Arguments.number(iova), Arguments.access(access)), steps);
        Steps.show(console, WalkRow.SCHEMA, row, row.steps());
        return Outcome.positiveIf(row.result() == Result.MAPPED);
    }

    private WalkRow translate(Machine target, TranslationRequest request, Steps steps) {
        TranslationReport report = inspect.translate(target, request, verbose);
        return WalkRow.answered(report, steps.rows(report.steps()));
    }
}
