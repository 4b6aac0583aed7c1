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
import org.sluice.machine.DeviceId;
import org.sluice.shell.completer.DeviceCompleter;
import org.sluice.shell.session.CommandException;
import org.sluice.shell.session.Console;

/** Blocks a device. */
@Service
@Command(scope = IommuCommand.SCOPE, name = "device-detach", description = "Blocks a device",
        detailedDescription = """
                When the command ends, no DMA of the device uses its address space any more.

                Example: device-detach lab 00:03.0""")
public final class DeviceDetach extends MachineCommand {
    @Reference
    private SpaceService spaces;

    @Argument(index = 1, name = "device", required = true, description = "SSSS:BB:DD.F, BB:DD.F, sid:0x.. or fid:0x..")
    @Completion(DeviceCompleter.class)
    private String device;

    @Option(name = "--pasid", description = "Only this process address space id")
    private String pasid;

    @Override
    protected Outcome run(Console console, Machine target) throws IOException {
        DeviceId id = Arguments.device(device);
        int process = Arguments.pasid(pasid);
        AddressSpace used = spaces.list(target).stream().filter(s -> s.attachments().stream().anyMatch(a -> a.device().equals(id) && a.pasid() == process))
                .findFirst().orElseThrow(() -> new CommandException(id + " uses no address space; see space-list"));
        used.detach(id, process);
        return Outcome.DONE;
    }
}
