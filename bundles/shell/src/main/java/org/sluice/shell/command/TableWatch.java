// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import java.io.IOException;

import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.sluice.api.MachineService.Lease;
import org.sluice.api.MappingChange;
import org.sluice.api.MappingRate;
import org.sluice.api.WatchService;
import org.sluice.shell.completer.DeviceCompleter;
import org.sluice.shell.rows.ChangeRows;
import org.sluice.shell.rows.RateRows;
import org.sluice.shell.session.Console;
import org.sluice.shell.session.Rows;

/** Watches mappings. */
@Service
@Command(scope = IommuCommand.SCOPE, name = "table-watch", description = "Shows mappings as they appear, vanish and change",
        detailedDescription = """
                Compares each look at the tables with the one before; what comes and goes between two looks is not seen. \
                With --rates there is a line for each device and look instead of one for each change. Ends with Ctrl-C, \
                or when --count or --for is reached.

                Example: table-watch captures/vtd-legacy --rates --interval 10 --count 1""")
public final class TableWatch extends WatchCommand {
    @Reference
    private WatchService watch;

    @Argument(index = 1, name = "device", description = "SSSS:BB:DD.F, BB:DD.F, sid:0x.. or fid:0x..; without it all devices")
    @Completion(DeviceCompleter.class)
    private String device;

    @Option(name = "--rates", description = "How fast the mappings of each device change, instead of each change")
    private boolean rates;

    @Override
    Outcome run(Console console, Lease lease) throws IOException {
        Rows<MappingRate> fast = console.live(RateRows.SCHEMA);
        Rows<MappingChange> each = console.live(ChangeRows.SCHEMA);
        watch.mappings(lease, Arguments.optionalDevice(device), pace(), rates ? change -> { } : each, rate -> {
            if (rates) {
                fast.accept(rate);
            }
            console.show();
        });
        (rates ? fast : each).finish(console, rates ? "no device has tables" : "nothing changed");
        return Outcome.DONE;
    }
}
