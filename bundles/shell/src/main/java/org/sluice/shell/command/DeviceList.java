// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import java.io.IOException;

import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.sluice.api.DeviceSummary;
import org.sluice.api.InspectService;
import org.sluice.api.Machine;
import org.sluice.shell.render.Sizes;
import org.sluice.shell.rows.DeviceRows;
import org.sluice.shell.session.Console;
import org.sluice.shell.session.Rows;

/** Lists the requesters of a machine. */
@Service
@Command(scope = IommuCommand.SCOPE, name = "device-list", description = "Lists every requester that tables or firmware know",
        detailedDescription = """
                Per requester and PASID: its unit, domain, kind and depth of tables, and how much they map.

                Example: device-list captures/vtd-legacy""")
public final class DeviceList extends MachineCommand {
    @Reference
    private InspectService inspect;

    @Override
    protected Outcome run(Console console, Machine target) throws IOException {
        Rows<DeviceSummary> rows = console.rows(DeviceRows.SCHEMA);
        long[] sums = new long[2];
        inspect.devices(target, console.progress(), device -> {
            sums[0] += Math.max(0, device.mappings());
            sums[1] += Math.max(0, device.mappedBytes());
            rows.accept(device);
        });
        rows.finish(console, "the machine knows no device");
        if (rows.count() > 0) {
            console.remark(Console.counted(rows.count(), "device") + ", " + Console.counted(sums[0], "mapping") + ", "
                    + Sizes.text(sums[1]));
        }
        return Outcome.DONE;
    }
}
