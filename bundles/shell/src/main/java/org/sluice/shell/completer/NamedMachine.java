// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.completer;

import java.util.List;
import java.util.Optional;

import org.sluice.api.Machine;
import org.sluice.api.MachineService;

/** The machine that a command line is about, if it is open; nothing is opened only to complete a word. */
final class NamedMachine {
    private NamedMachine() {
    }

    static Optional<Machine> in(List<String> line, MachineService machines) {
        return machines.list().stream().filter(m -> line.indexOf(m.name()) > 0).findFirst();
    }
}
