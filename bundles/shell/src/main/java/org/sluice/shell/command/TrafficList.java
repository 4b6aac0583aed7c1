// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import java.io.IOException;

import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.sluice.api.dma.TrafficService;
import org.sluice.shell.rows.TrafficRows;
import org.sluice.shell.session.Console;

/** Lists devices that do verified DMA, and what they have done. */
@Service
@Command(scope = IommuCommand.SCOPE, name = "traffic-list", description = "Lists devices that do verified DMA, and what they have done",
        detailedDescription = """
                Running and stopped ones, of all machines.

                Example: traffic-list --json""")
public final class TrafficList extends IommuCommand {
    @Reference
    private TrafficService traffic;

    @Override
    protected Outcome run(Console console) throws IOException {
        console.all(TrafficRows.SCHEMA, traffic.list(), "no device was started; traffic-start starts one");
        return Outcome.DONE;
    }
}
