// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.sluice.api.Machine;
import org.sluice.api.Permissions;
import org.sluice.api.space.AddressSpace;
import org.sluice.api.space.Origin;
import org.sluice.api.space.OwnedRange;
import org.sluice.api.space.SpaceService;
import org.sluice.machine.AddressRange;
import org.sluice.shell.completer.SpaceCompleter;
import org.sluice.shell.rows.RegionRows;
import org.sluice.shell.rows.SpaceRows;
import org.sluice.shell.rows.SpaceRows.Owned;
import org.sluice.shell.session.Console;

/** Shows every range of an address space with its owner. */
@Service
@Command(scope = IommuCommand.SCOPE, name = "space-info", description = "Shows every range of an address space with its owner",
        detailedDescription = """
                Mappings and reserved ranges, each with exactly one owner, what it is for and who says so. With --attachments \
                the devices that use the space, with --usable the ranges in which mappings are possible, with --placements how \
                full it is where addresses are chosen: what of the span in use is free, and the largest free stretch.

                Example: space-info lab guest1""")
public final class SpaceInfo extends MachineCommand {
    @Reference
    private SpaceService spaces;

    @Argument(index = 1, name = "space", required = true, description = "Name of the space, see space-list")
    @Completion(SpaceCompleter.class)
    private String space;

    @Option(name = "--attachments", description = "Show the devices that use it")
    private boolean attachments;

    @Option(name = "--usable", description = "Show the ranges in which mappings are possible")
    private boolean usable;

    @Option(name = "--placements", description = "Show how full it is where addresses are chosen")
    private boolean placements;

    @Override
    protected Outcome run(Console console, Machine target) throws IOException {
        AddressSpace named = spaces.find(target, space);
        if (attachments) {
            console.all(SpaceRows.ATTACHMENT, named.attachments(), "no device uses the space; device-attach lets one");
        } else if (usable) {
            console.all(RegionRows.RANGE, named.usable(), "nothing can be mapped");
        } else if (placements) {
            console.all(SpaceRows.PLACEMENTS, named.placements().stream().toList(), "no address was chosen yet; space-map with 'any' chooses one");
        } else {
            console.all(SpaceRows.OWNED, owned(named), "the space is empty");
        }
        return Outcome.DONE;
    }

    private static List<Owned> owned(AddressSpace space) {
        List<Owned> all = new ArrayList<>();
        space.owned().forEach(range -> all.add(new Owned(range, 0, null)));
        space.visit(new AddressRange(0, -1L), (iova, last, output, permissions, kind) -> all.add(new Owned(
                new OwnedRange(new AddressRange(iova, last), kind, Origin.USER, "space " + space.name()), output, Permissions.text(permissions))));
        all.sort(Comparator.comparing(o -> o.range().range()));
        return all;
    }
}
