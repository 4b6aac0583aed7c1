// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import java.io.IOException;
import java.util.List;

import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Completion;
import org.apache.karaf.shell.api.action.lifecycle.Reference;
import org.apache.karaf.shell.api.action.lifecycle.Service;
import org.sluice.api.LayoutService;
import org.sluice.api.layout.StructureLayout;
import org.sluice.shell.completer.StructureCompleter;
import org.sluice.shell.rows.FieldRows;
import org.sluice.shell.session.Console;

/** Decodes the raw value of a structure. */
@Service
@Command(scope = IommuCommand.SCOPE, name = "layout-decode", description = "Decodes the raw value of a structure",
        detailedDescription = """
                The value is one hexadecimal number of any length, highest digit first, as entries are shown in JSON; \
                or several 64-bit words, the lowest word first, as -v and memory dumps show them.

                Example: layout-decode vtd/context-entry 0x3eaa001 0x302
                Example: layout-decode vtd/context-entry 0x00000000000003020000000003eaa001""")
public final class LayoutDecode extends IommuCommand {
    @Reference
    private LayoutService layouts;

    @Argument(index = 0, name = "name", required = true, description = "Name of a structure, with or without its backend")
    @Completion(StructureCompleter.class)
    private String name;

    @Argument(index = 1, name = "hex", required = true, multiValued = true,
            description = "One hexadecimal number, or 64-bit words, lowest first")
    private List<String> hex;

    @Override
    protected Outcome run(Console console) throws IOException {
        StructureLayout layout = LayoutNames.find(name, layouts.structures(), "structure");
        List<Long> words = HexWords.parse(hex, layout);
        console.all(FieldRows.SCHEMA, layout.decode(words), "no field is described");
        return Outcome.DONE;
    }
}
