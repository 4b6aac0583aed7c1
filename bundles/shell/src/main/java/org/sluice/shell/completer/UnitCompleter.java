// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.completer;

import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;

import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.sluice.api.MachineService;

/** Units of the machine named before, by name and index. */
@Service
public final class UnitCompleter extends WordCompleter {
    @Reference
    private MachineService machines;

    @Override
    protected Collection<String> words(String typed, List<String> line) {
        return NamedMachine.in(line, machines).stream().flatMap(m -> m.units().stream())
                .flatMap(u -> Stream.of(u.name(), Integer.toString(u.index()))).toList();
    }
}
