// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import java.io.IOException;

import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.sluice.api.VectorService;
import org.sluice.shell.rows.VectorRows;
import org.sluice.shell.session.Console;
import org.sluice.shell.session.UserPaths;

/** Writes the published test vectors. */
@Service
@Command(scope = IommuCommand.SCOPE, name = "vectors-export", description = "Writes the test vectors of all vendors, one folder each",
        detailedDescription = """
                Each folder holds the tables (memory.elf), the machine (machine.json) and a line per access in \
                vectors.jsonl: registers, the entries that lead to the tables, the address or the fault with its record \
                that the specification asks for, its clause, and who confirmed it. docs/vectors.md describes the form. \
                The folder must not exist, or be empty.

                Example: vectors-export vectors""")
public final class VectorsExport extends IommuCommand {
    @Reference
    private VectorService vectors;

    @Argument(index = 0, name = "folder", required = true, description = "Folder to write, new or empty")
    private String folder;

    @Override
    protected Outcome run(Console console) throws IOException {
        console.all(VectorRows.FOLDERS, vectors.export(UserPaths.resolve(folder), console.progress()), "there are no vectors");
        return Outcome.DONE;
    }
}
