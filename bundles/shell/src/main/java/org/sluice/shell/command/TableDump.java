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
import org.sluice.api.InspectService.Coverage;
import org.sluice.api.Machine;
import org.sluice.api.Mapping;
import org.sluice.shell.completer.DeviceCompleter;
import org.sluice.shell.render.Sizes;
import org.sluice.shell.rows.MappingRows;
import org.sluice.shell.session.Console;
import org.sluice.shell.session.Rows;

/** Dumps mappings. */
@Service
@Command(scope = IommuCommand.SCOPE, name = "table-dump", description = "Shows the mappings of one device or of all",
        detailedDescription = """
                Mappings are merged where they are contiguous on both sides and equal in permissions and memory type. \
                Tables that the image does not hold are counted on standard error.

                Example: table-dump captures/vtd-legacy 0000:00:03.0""")
public final class TableDump extends MachineCommand {
    @Reference
    private InspectService inspect;

    @Argument(index = 1, name = "device", description = "SSSS:BB:DD.F, BB:DD.F, sid:0x.. or fid:0x..; without it all devices")
    @Completion(DeviceCompleter.class)
    private String device;

    @Option(name = "--pasid", description = "Only this process address space id")
    private String pasid;

    @Override
    protected Outcome run(Console console, Machine target) throws IOException {
        Rows<Mapping> rows = console.rows(MappingRows.SCHEMA);
        long[] bytes = new long[1];
        Coverage coverage = inspect.mappings(target, Arguments.optionalDevice(device), Arguments.pasid(pasid), console.progress(),
                mapping -> {
                    bytes[0] += MappingRows.bytes(mapping);
                    rows.accept(mapping);
                });
        rows.finish(console, "nothing is mapped");
        if (rows.count() > 0) {
            console.remark(Console.counted(rows.count(), "run") + " of " + Console.counted(coverage.items(), "mapping") + ", "
                    + Sizes.text(bytes[0]));
        }
        console.gaps(coverage);
        return Outcome.DONE;
    }
}
