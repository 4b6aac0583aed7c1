// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.completer;

import java.util.Collection;
import java.util.List;

import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.sluice.api.MachineService;

/** Devices of the machine named before. */
@Service
public final class DeviceCompleter extends WordCompleter {
    @Reference
    private MachineService machines;

    @Override
    protected Collection<String> words(String typed, List<String> line) {
        return NamedMachine.in(line, machines)
                .map(m -> m.description().devices().stream().map(d -> d.device().toString()).toList()).orElse(List.of());
    }
}
