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
import org.sluice.shell.completer.DeviceCompleter;
import org.sluice.shell.completer.SpaceCompleter;
import org.sluice.shell.rows.SpaceRows;
import org.sluice.shell.session.Console;

/** Lets a device use an address space. */
@Service
@Command(scope = IommuCommand.SCOPE, name = "device-attach", description = "Lets a device use an address space",
        detailedDescription = """
                A device that uses another space is moved at once. Refused before anything changes if a mapping meets a range \
                that the device reserves, or its unit cannot express a mapping.

                Example: device-attach lab 00:03.0 guest1""")
public final class DeviceAttach extends MachineCommand {
    @Reference
    private SpaceService spaces;

    @Argument(index = 1, name = "device", required = true, description = "SSSS:BB:DD.F, BB:DD.F, sid:0x.. or fid:0x..")
    @Completion(DeviceCompleter.class)
    private String device;

    @Argument(index = 2, name = "space", required = true, description = "Name of the space, see space-list")
    @Completion(SpaceCompleter.class)
    private String space;

    @Option(name = "--pasid", description = "Only this process address space id")
    private String pasid;

    @Override
    protected Outcome run(Console console, Machine target) throws IOException {
        AddressSpace named = spaces.find(target, space);
        named.attach(Arguments.device(device), Arguments.pasid(pasid));
        console.all(SpaceRows.ATTACHMENT, named.attachments(), "");
        return Outcome.DONE;
    }
}
