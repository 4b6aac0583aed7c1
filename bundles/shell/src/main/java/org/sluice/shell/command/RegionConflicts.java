// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.apache.karaf.shell.support.completers.StringsCompleter;
import org.sluice.api.ConflictService;
import org.sluice.api.ConflictService.Conflict;
import org.sluice.api.ConflictService.Mode;
import org.sluice.api.Machine;
import org.sluice.machine.AddressRange;
import org.sluice.shell.rows.ConflictRows;
import org.sluice.shell.rows.Words;
import org.sluice.shell.session.CommandException;
import org.sluice.shell.session.Console;

/** Finds addresses that two owners count on. */
@Service
@Command(scope = IommuCommand.SCOPE, name = "region-conflicts", description = "Finds memory that lies where hardware, firmware or the kernel need something else",
        detailedDescription = """
                There are three modes, and all are shown unless one is given: physical, where devices use physical \
                addresses; driver, where drivers chose what the tables map; guest, where a virtual machine's RAM is \
                mapped one to one, at --ram or where this machine has its own. The status is 1 if there are conflicts.

                Example: region-conflicts captures/vtd-legacy --ram 0x0-0xffffffff""")
public final class RegionConflicts extends MachineCommand {
    @Reference
    private ConflictService conflicts;

    @Option(name = "--mode", description = "physical, driver or guest; all of them if not given")
    @Completion(value = StringsCompleter.class, values = {"physical", "driver", "guest"})
    private String mode;

    @Option(name = "--ram", description = "START-LAST[,START-LAST...]: where a virtual machine's RAM lies")
    private String ram;

    @Override
    protected Outcome run(Console console, Machine target) throws IOException {
        List<AddressRange> guestRam = new ArrayList<>();
        for (String range : ram == null ? new String[0] : ram.split(",")) {
            guestRam.add(Arguments.range(range));
        }
        Set<Mode> modes = modes();
        List<Conflict> found = new ArrayList<>();
        conflicts.conflicts(target, modes, guestRam, console.progress(), found::add);
        String used = modes.stream().map(m -> Words.lower(m) + " (" + m.text() + ")").collect(Collectors.joining(", "));
        console.all(ConflictRows.SCHEMA, found, "no conflict in mode " + used);
        return Outcome.positiveIf(found.isEmpty());
    }

    private Set<Mode> modes() {
        if (mode == null) {
            return EnumSet.allOf(Mode.class);
        }
        try {
            return EnumSet.of(Mode.valueOf(mode.toUpperCase(Locale.ROOT)));
        } catch (IllegalArgumentException e) {
            throw new CommandException("'" + mode + "' is no mode: it is physical, driver or guest", e);
        }
    }
}
