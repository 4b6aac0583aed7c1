// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.completer;

import java.util.Collection;
import java.util.List;

import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.sluice.api.Machine;
import org.sluice.api.MachineService;

/** Names of open machines. */
@Service
public final class OpenMachineCompleter extends WordCompleter {
    @Reference
    private MachineService machines;

    @Override
    protected Collection<String> words(String typed, List<String> line) {
        return machines.list().stream().map(Machine::name).toList();
    }
}
