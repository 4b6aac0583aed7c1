// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import java.io.IOException;

import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Option;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.sluice.api.CaptureService;
import org.sluice.api.Machine;
import org.sluice.shell.rows.CaptureRows;
import org.sluice.shell.session.Console;
import org.sluice.shell.session.UserPaths;

/** Writes a machine to a capture folder. */
@Service
@Command(scope = IommuCommand.SCOPE, name = "machine-capture", description = "Writes what is known of a machine to a capture folder",
        detailedDescription = """
                The folder (form iommu-capture/1) holds all memory that is known, registers, devices and firmware \
                tables, and opens like any other. It must not exist, or be empty. Of a running machine it holds only the \
                pages that tables, queues, logs and firmware tables lie in; with --stop all of them are of one moment.

                Example: machine-capture captures/vtd-legacy copy""")
public final class MachineCapture extends MachineCommand {
    @Reference
    private CaptureService captures;

    @Argument(index = 1, name = "folder", required = true, description = "Folder to write, new or empty")
    private String folder;

    @Option(name = "--full", description = "Write all RAM of a running machine, with the data of its devices")
    private boolean full;

    @Override
    protected Outcome run(Console console, Machine target) throws IOException {
        console.record(CaptureRows.SCHEMA, captures.write(target, UserPaths.resolve(folder), full, console.progress()));
        return Outcome.DONE;
    }
}
