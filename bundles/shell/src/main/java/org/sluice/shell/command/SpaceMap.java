// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import java.io.IOException;

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
import org.sluice.api.space.Placement;
import org.sluice.api.space.RangeKind;
import org.sluice.api.space.SpaceService;
import org.sluice.machine.AddressRange;
import org.sluice.shell.completer.SpaceCompleter;
import org.sluice.shell.rows.SpaceRows;
import org.sluice.shell.rows.SpaceRows.Owned;
import org.sluice.shell.session.Console;

/** Maps a range of an address space to memory. */
@Service
@Command(scope = IommuCommand.SCOPE, name = "space-map", description = "Maps a range of an address space to memory",
        detailedDescription = """
                With 'any' as IOVA a free place is chosen and shown. Sizes are bytes or have K, M or G. A refusal names \
                both owners, the overlap and the ways out, and changes nothing.

                Example: space-map lab guest1 0x100000000 0x200000 2M --permissions rw""")
public final class SpaceMap extends MachineCommand {
    @Reference
    private SpaceService spaces;

    @Argument(index = 1, name = "space", required = true, description = "Name of the space, see space-list")
    @Completion(SpaceCompleter.class)
    private String space;

    @Argument(index = 2, name = "iova", required = true, description = "First input address, or 'any'")
    private String iova;

    @Argument(index = 3, name = "output", required = true, description = "Physical address that it leads to")
    private String output;

    @Argument(index = 4, name = "size", required = true, description = "Bytes, or with K, M, G")
    private String size;

    @Option(name = "--permissions", description = "r, w, rw, x, rx, rwx")
    private String permissions = "rw";

    @Option(name = "--below", description = "Highest input address of a place chosen by any")
    private String below;

    @Override
    protected Outcome run(Console console, Machine target) throws IOException {
        AddressSpace named = spaces.find(target, space);
        long bytes = Arguments.size(size);
        long to = Arguments.number(output);
        int allowed = Arguments.permissions(permissions);
        long from;
        if (iova.equals("any")) {
            AddressRange window = new AddressRange(0, below == null ? -1L : Arguments.number(below));
            from = named.place(to, bytes, allowed, new Placement(window, 0));
        } else {
            from = Arguments.number(iova);
            named.map(from, to, bytes, allowed);
        }
        OwnedRange range = new OwnedRange(AddressRange.ofSize(from, bytes), RangeKind.USER, Origin.USER, "space " + named.name());
        console.record(SpaceRows.OWNED, new Owned(range, to, Permissions.text(allowed)));
        return Outcome.DONE;
    }
}
