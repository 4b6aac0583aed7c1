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
import org.sluice.api.dma.TrafficService;
import org.sluice.shell.completer.DeviceCompleter;
import org.sluice.shell.session.Console;

/** Starts verified DMA of a device of a made-up machine. */
@Service
@Command(scope = IommuCommand.SCOPE, name = "traffic-start", description = "Starts verified DMA by a device of a made-up machine",
        detailedDescription = """
                A device like a network card receives frames through a ring, a DMA engine copies scattered pieces; each \
                payload is checked where it should land and beside it. A device without an address space gets one.

                Example: traffic-start lab 00:03.0 --rate 1000""")
public final class TrafficStart extends MachineCommand {
    @Reference
    private TrafficService traffic;

    @Argument(index = 1, name = "device", required = true, description = "SSSS:BB:DD.F or BB:DD.F")
    @Completion(DeviceCompleter.class)
    private String device;

    @Option(name = "--rate", description = "Operations per second; without it as fast as possible")
    private long rate;

    @Override
    protected Outcome run(Console console, Machine target) throws IOException {
        Arguments.notNegative("--rate", rate);
        traffic.start(target, Arguments.device(device), rate);
        return Outcome.DONE;
    }
}
