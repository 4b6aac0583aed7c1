// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import java.io.IOException;
import java.util.List;

import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.sluice.api.Machine;
import org.sluice.api.space.InterruptService;
import org.sluice.api.space.InterruptService.Forgery;
import org.sluice.shell.rows.SpaceRows;
import org.sluice.shell.session.Console;

/** Lists the vectors of devices and where their messages go. */
@Service
@Command(scope = IommuCommand.SCOPE, name = "interrupt-list", description = "Lists the vectors of devices and where their messages go",
        detailedDescription = """
                Shows for each vector what the device writes to raise it, which way the message takes, and what else the \
                device may write by that way. With --forged it shows the interrupts that devices have raised with data: \
                DMA that hit a doorbell.

                Example: interrupt-list lab""")
public final class InterruptList extends MachineCommand {
    @Reference
    private InterruptService interrupts;

    @Option(name = "--forged", description = "Show the interrupts forged by DMA instead, by device; the status is 1 if there are any")
    private boolean forged;

    @Override
    protected Outcome run(Console console, Machine target) throws IOException {
        List<Forgery> forgeries = interrupts.forgeries(target);
        if (forged) {
            console.all(SpaceRows.FORGERY, forgeries, "no interrupt was forged by DMA");
            return Outcome.positiveIf(forgeries.isEmpty());
        }
        console.all(SpaceRows.ROUTE, interrupts.routes(target), "no device has a vector; interrupt-enable sets them up, traffic-start too");
        if (!forgeries.isEmpty()) {
            console.warn("interrupts were forged by DMA: interrupt-list --forged tells by whom");
        }
        return Outcome.DONE;
    }
}
