// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.completer;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.sluice.api.BackendService;
import org.sluice.api.Machine;
import org.sluice.api.MachineService;

/** Open machines, and what could be opened for one command. */
@Service
public final class MachineCompleter extends WordCompleter {
    @Reference
    private MachineService machines;

    @Reference
    private BackendService backends;

    @Override
    protected Collection<String> words(String typed, List<String> line) {
        List<String> words = new ArrayList<>();
        machines.list().stream().map(Machine::name).forEach(words::add);
        words.addAll(OriginCompleter.synthetic(backends));
        words.addAll(PathWords.ofOrigin(typed));
        return words;
    }
}
