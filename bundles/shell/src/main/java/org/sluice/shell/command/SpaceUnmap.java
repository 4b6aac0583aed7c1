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
import org.sluice.api.space.AddressSpace;
import org.sluice.api.space.SpaceService;
import org.sluice.shell.completer.SpaceCompleter;
import org.sluice.shell.render.Sizes;
import org.sluice.shell.session.Console;

/** Removes mappings from an address space. */
@Service
@Command(scope = IommuCommand.SCOPE, name = "space-unmap", description = "Removes mappings from an address space",
        detailedDescription = """
                Mappings must lie in the range as a whole; with --cut those at its ends are split. When the command ends, no \
                device reaches what was removed.

                Example: space-unmap lab guest1 0x100000000 2M""")
public final class SpaceUnmap extends MachineCommand {
    @Reference
    private SpaceService spaces;

    @Argument(index = 1, name = "space", required = true, description = "Name of the space, see space-list")
    @Completion(SpaceCompleter.class)
    private String space;

    @Argument(index = 2, name = "iova", required = true, description = "First input address")
    private String iova;

    @Argument(index = 3, name = "size", required = true, description = "Bytes, or with K, M, G; 0 for all that follows")
    private String size;

    @Option(name = "--cut", description = "Split mappings at the ends of the range")
    private boolean cut;

    @Override
    protected Outcome run(Console console, Machine target) throws IOException {
        AddressSpace named = spaces.find(target, space);
        long bytes = cut ? named.cut(Arguments.number(iova), Arguments.size(size)) : named.unmap(Arguments.number(iova), Arguments.size(size));
        console.remark(Sizes.text(bytes) + " unmapped");
        return Outcome.DONE;
    }
}
