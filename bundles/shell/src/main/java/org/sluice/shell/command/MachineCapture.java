// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import java.io.IOException;

import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Parsing;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.sluice.api.CaptureService;
import org.sluice.api.Machine;
import org.sluice.shell.rows.CaptureRows;
import org.sluice.shell.session.Console;
import org.sluice.shell.session.UserPaths;

/** Writes a machine to a capture folder. */
@Service
@Parsing(OptionsAnywhere.class)
@Command(scope = IommuCommand.SCOPE, name = "machine-capture", description = "Writes what is known of a machine to a capture folder",
        detailedDescription = """
                The folder (form iommu-capture/1) holds all memory that is known, registers, devices and firmware tables, and opens \
                like any other. It must not exist, or be empty.

                Example: machine-capture captures/vtd-legacy copy""")
public final class MachineCapture extends MachineCommand {
    @Reference
    private CaptureService captures;

    @Argument(index = 1, name = "folder", required = true, description = "Folder to write, new or empty")
    private String folder;

    @Override
    protected Outcome run(Console console, Machine target) throws IOException {
        console.record(CaptureRows.SCHEMA, captures.write(target, UserPaths.resolve(folder), console.progress()));
        return Outcome.DONE;
    }
}
