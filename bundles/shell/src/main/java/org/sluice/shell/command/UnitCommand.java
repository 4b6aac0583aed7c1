// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import java.io.IOException;

import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Completion;
import org.sluice.api.Machine;
import org.sluice.api.UnitInfo;
import org.sluice.shell.completer.UnitCompleter;
import org.sluice.shell.session.Console;

/** A command on one unit of a machine. */
abstract class UnitCommand extends MachineCommand {
    @Argument(index = 1, name = "unit", required = true, description = "Index or name of the unit, see unit-list")
    @Completion(UnitCompleter.class)
    private String unit;

    @Override
    protected final Outcome run(Console console, Machine target) throws IOException {
        // A unit given by its index is shown by its name; one that does not exist is for the service to refuse.
        String name = target.units().stream().filter(u -> Integer.toString(u.index()).equals(unit))
                .map(UnitInfo::name).findFirst().orElse(unit);
        return run(console, target, name);
    }

    protected abstract Outcome run(Console console, Machine target, String unitName) throws IOException;
}
