// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import java.io.IOException;
import java.util.List;

import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.sluice.api.InspectService;
import org.sluice.api.Machine;
import org.sluice.api.SpaceBand;
import org.sluice.shell.completer.DeviceCompleter;
import org.sluice.shell.rows.BandRows;
import org.sluice.shell.session.Console;

/** Draws the input addresses of a device. */
@Service
@Command(scope = IommuCommand.SCOPE, name = "table-draw", description = "Draws which input addresses of a device are mapped",
        detailedDescription = """
                One line for each part of the space that has something in it, from low to high: its first address, the free space before \
                it, what one cell stands for, and the cells. A cell is # mapped for reads and writes, R for reads, W for writes (+ r w if only \
                in part), x reserved, ! mapped though reserved, . free.

                Example: table-draw captures/vtd-legacy 0000:00:06.0""")
public final class TableDraw extends MachineCommand {
    @Reference
    private InspectService inspect;

    @Argument(index = 1, name = "device", required = true, description = "SSSS:BB:DD.F, BB:DD.F, sid:0x.. or fid:0x..")
    @Completion(DeviceCompleter.class)
    private String device;

    @Option(name = "--pasid", description = "Process address space id; without it all of the device's")
    private String pasid;

    @Override
    protected Outcome run(Console console, Machine target) throws IOException {
        List<SpaceBand> bands = inspect.picture(target, Arguments.device(device), Arguments.pasid(pasid));
        console.all(BandRows.SCHEMA, bands, "nothing is mapped");
        if (!bands.isEmpty()) {
            console.remark("# rw  R read  W write  + r w in part  x reserved  ! mapped though reserved");
        }
        return Outcome.DONE;
    }
}
