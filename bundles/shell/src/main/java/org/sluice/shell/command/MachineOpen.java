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
import org.sluice.api.MachineService;
import org.sluice.shell.completer.OriginCompleter;
import org.sluice.shell.rows.MachineRows;
import org.sluice.shell.session.Console;

/** Opens a machine under a name. */
@Service
@Command(scope = IommuCommand.SCOPE, name = "machine-open", description = "Opens a machine so that later commands can name it",
        detailedDescription = """
                Takes a capture folder, an ELF core, a raw RAM file with a description, a running QEMU as qemu:SOCKET \
                (the Unix socket of its -qmp option; its RAM must be shared), or synthetic:BACKEND, which makes a \
                machine up (synthetic:vtd,ram=4G,tables=2G for other sizes). The mappings of a virtio-iommu are known as \
                far as QEMU traces the requests to it: qemu:SOCKET,follow=on has it do so until the machine is closed, \
                log=FILE names the log where it cannot be found. The machine stays open until machine-close or the end \
                of the platform. Each command takes a new look at a running machine; with --stop the machine stands \
                still as long as it is open, and goes on afterwards, whatever becomes of this process.

                Example: machine-open captures/vtd-legacy --name lab""")
public final class MachineOpen extends IommuCommand {
    @Reference
    private MachineService machines;

    @Argument(index = 0, name = "path", required = true, description = "Capture folder, ELF core, raw RAM file, qemu:SOCKET, or synthetic:BACKEND")
    @Completion(OriginCompleter.class)
    private String path;

    @Option(name = "--name", description = "Name to open it under; without it the source's own name")
    private String name;

    @Option(name = "--stop", description = "Stop a running machine until it is closed")
    private boolean stop;

    @Override
    protected Outcome run(Console console) throws IOException {
        Machine machine = machines.open(Arguments.origin(path), name, stop, console.progress());
        console.record(MachineRows.SCHEMA, machine);
        return Outcome.DONE;
    }
}
