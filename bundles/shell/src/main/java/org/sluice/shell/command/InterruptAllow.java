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
import org.sluice.api.space.InterruptService;
import org.sluice.shell.completer.DeviceCompleter;
import org.sluice.shell.rows.AccountRows;
import org.sluice.shell.session.Console;

/** Lets a device raise interrupts although it could raise those of others. */
@Service
@Command(scope = IommuCommand.SCOPE, name = "interrupt-allow", description = "Lets a device raise interrupts although it could raise those of others",
        detailedDescription = """
                Where a unit does not isolate messages of its devices, vectors are refused until an operator allows them \
                here. Shows all devices that are allowed; without a device it does nothing else. The decision is kept \
                with the machine's durable spaces. --revoke takes it back for vectors that are set up later; those \
                already enabled stay.

                Example: interrupt-allow lab 00:03.0""")
public final class InterruptAllow extends MachineCommand {
    @Reference
    private InterruptService interrupts;

    @Argument(index = 1, name = "device", description = "SSSS:BB:DD.F, BB:DD.F, sid:0x.. or fid:0x..")
    @Completion(DeviceCompleter.class)
    private String device;

    @Option(name = "--revoke", description = "Take the permission back")
    private boolean revoke;

    @Override
    protected Outcome run(Console console, Machine target) throws IOException {
        if (device != null) {
            interrupts.allowUnisolated(target, Arguments.device(device), !revoke);
        }
        console.all(AccountRows.UNISOLATED, interrupts.unisolated(target), "no device may raise interrupts of others");
        return Outcome.DONE;
    }
}
