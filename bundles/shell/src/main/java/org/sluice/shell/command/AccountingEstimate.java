// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.sluice.api.Machine;
import org.sluice.api.space.AccountingService;
import org.sluice.api.space.AccountingService.Estimate;
import org.sluice.api.space.Change;
import org.sluice.api.space.SpaceService;
import org.sluice.shell.completer.DeviceCompleter;
import org.sluice.shell.completer.SpaceCompleter;
import org.sluice.shell.render.Format;
import org.sluice.shell.rows.AccountRows;
import org.sluice.shell.rows.RefusalRows;
import org.sluice.shell.session.CommandException;
import org.sluice.shell.session.Console;

/** Tells what mappings would cost, and whether they would be refused. */
@Service
@Command(scope = IommuCommand.SCOPE, name = "accounting-estimate", description = "Tells what mappings would cost, and whether they would be refused",
        detailedDescription = """
                Each mapping is IOVA,OUTPUT,SIZE. Shows how much would be pinned, how much is pinned already, the limit, \
                and the memory that the tables of the space's units would take for these mappings alone; nothing \
                changes. With --device it answers as if that device used the space too. The status is 1 if the mappings \
                would be refused.

                Example: accounting-estimate lab guest1 0x100000000,0,1G --device 00:03.0""")
public final class AccountingEstimate extends MachineCommand {
    @Reference
    private SpaceService spaces;

    @Reference
    private AccountingService accounting;

    @Argument(index = 1, name = "space", required = true, description = "Name of the space, see space-list")
    @Completion(SpaceCompleter.class)
    private String space;

    @Argument(index = 2, name = "mapping", required = true, multiValued = true, description = "IOVA,OUTPUT,SIZE; one or more")
    private List<String> mappings;

    @Option(name = "--device", description = "A device that would use the space too")
    @Completion(DeviceCompleter.class)
    private String device;

    @Option(name = "--permissions", description = "r, w, rw, x, rx, rwx")
    private String permissions = "rw";

    @Override
    protected Outcome run(Console console, Machine target) throws IOException {
        List<Change> changes = new ArrayList<>();
        for (String mapping : mappings) {
            String[] parts = mapping.split(",", -1);
            if (parts.length != 3) {
                throw new CommandException("'" + mapping + "' is no mapping: write IOVA,OUTPUT,SIZE, as in 0x100000000,0x200000,2M");
            }
            changes.add(Change.map(Arguments.number(parts[0]), Arguments.number(parts[1]), Arguments.size(parts[2]), Arguments.permissions(permissions)));
        }
        Estimate estimate = accounting.estimate(spaces.find(target, space), Arguments.optionalDevice(device), changes);
        console.record(AccountRows.ESTIMATE, estimate);
        if (console.format() != Format.JSON && !estimate.refusals().isEmpty()) {
            console.gap();
            console.all(RefusalRows.SCHEMA, estimate.refusals(), "");
        }
        return Outcome.positiveIf(estimate.refusals().isEmpty());
    }
}
