// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.completer;

import java.util.Collection;
import java.util.List;

import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.sluice.api.MachineService;
import org.sluice.api.space.AddressSpace;
import org.sluice.api.space.SpaceService;

/** Completes names of address spaces of the machine that the line names. */
@Service
public final class SpaceCompleter extends WordCompleter {
    @Reference
    private MachineService machines;

    @Reference
    private SpaceService spaces;

    @Override
    protected Collection<String> words(String typed, List<String> line) {
        return NamedMachine.in(line, machines).stream().flatMap(m -> spaces.list(m).stream()).map(AddressSpace::name).toList();
    }
}
